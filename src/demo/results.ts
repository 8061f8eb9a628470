/** What the demo measures: one result a turn, and their summary. The shapes that `--json` prints. */
import { distribution } from '../latency/percentile.ts';
import type { Marks, Outcome } from '../latency/timeline.ts';
import type { ClientKind } from './script.ts';

export interface TurnResult {
  type: 'turn';
  n: number;
  speaker: string;
  client: ClientKind;
  said: string;
  transcript: string;
  reply: string;
  botHeardBack: boolean;
  audible: 'answer' | 'notice' | null;
  /** By the bot's own timeline. */
  responseGapMs: number | null;
  /** By the far side: packet with the last voiced frame sent, to first audible frame received. */
  roomGapMs: number | null;
  pipelineMs: number | null;
  promptMs: number | null;
  /** Relative to `lastVoiced`. */
  marks: Marks;
  speculation: 'hit' | 'miss' | 'off';
  outcome: Outcome;
  reason: string | null;
  /** The bot was audible before the speaker's last word. */
  falseCutoff: boolean;
  /** How often the answer paused for a sound that was no interruption. */
  falseBargeIns: number;
  /** The speaker had to say the same again. */
  repeated: boolean;
}

interface Percentiles {
  p50: number;
  p95: number;
  p99: number;
}

export interface DemoSummary {
  type: 'summary';
  n: number;
  answered: number;
  unanswered: number;
  missed: number;
  falseCutoffs: number;
  falseBargeIns: number;
  repeats: number;
  exactTranscripts: number;
  botHeardBack: number;
  /** Median over turns of the difference between both sides' gaps. */
  medianGapDifferenceMs: number | null;
  responseGapMs: Percentiles | null;
  roomGapMs: Percentiles | null;
  promptMs: Percentiles | null;
  byClient: Record<ClientKind, { n: number; roomGapMs: Percentiles | null }>;
  stt: string;
  llm: string;
  tts: string;
  opus: string;
  dave: boolean;
}

export type Setup = Pick<DemoSummary, 'stt' | 'llm' | 'tts' | 'opus' | 'dave'>;

export function summariseDemo(results: readonly TurnResult[], setup: Setup): DemoSummary {
  const count = (test: (result: TurnResult) => boolean) => results.filter(test).length;
  const of = (client: ClientKind) => results.filter((result) => result.client === client);
  const differences = results.flatMap(({ responseGapMs, roomGapMs }) =>
    responseGapMs === null || roomGapMs === null ? [] : [Math.abs(responseGapMs - roomGapMs)],
  );
  return {
    type: 'summary',
    n: results.length,
    answered: count(({ outcome }) => outcome === 'answered'),
    unanswered: count(({ outcome }) => outcome === 'unanswered'),
    missed: count(({ outcome }) => outcome === 'missed'),
    falseCutoffs: count(({ falseCutoff }) => falseCutoff),
    falseBargeIns: results.reduce((sum, { falseBargeIns }) => sum + falseBargeIns, 0),
    repeats: count(({ repeated }) => repeated),
    exactTranscripts: count(({ said, transcript }) => said === transcript),
    botHeardBack: count(({ botHeardBack }) => botHeardBack),
    medianGapDifferenceMs: distribution(differences)?.p50 ?? null,
    responseGapMs: percentiles(results, 'responseGapMs'),
    roomGapMs: percentiles(results, 'roomGapMs'),
    promptMs: percentiles(results, 'promptMs'),
    byClient: {
      voiceActivity: byClient(of('voiceActivity')),
      pushToTalk: byClient(of('pushToTalk')),
    },
    ...setup,
  };
}

function byClient(results: readonly TurnResult[]): { n: number; roomGapMs: Percentiles | null } {
  return { n: results.length, roomGapMs: percentiles(results, 'roomGapMs') };
}

function percentiles(
  results: readonly TurnResult[],
  figure: 'responseGapMs' | 'roomGapMs' | 'promptMs',
): Percentiles | null {
  const values = distribution(results.flatMap((result) => result[figure] ?? []));
  return values && { p50: values.p50, p95: values.p95, p99: values.p99 };
}
