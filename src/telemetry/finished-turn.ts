/** One turn that has ended, as telemetry needs it. */
import type { TurnRecord } from '../latency/timeline.ts';

export interface FinishedTurn {
  record: TurnRecord;
  /** Added to a mark, gives milliseconds since 1970. */
  toUnixMs: number;
  /** The models in use; a vendor with no choice of models is named by itself. */
  models: { stt: string; llm: string; tts: string };
}

/** As the code of an error looks: never text, an id or a name. */
const CODE = /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/;
const LONGEST_CODE = 40;

/** The reason of a turn as a label; empty for none. What does not look like a code is not told. */
export function reasonLabel({ reason }: TurnRecord): string {
  if (reason === null) return '';
  return CODE.test(reason) && reason.length <= LONGEST_CODE ? reason : 'OTHER';
}
