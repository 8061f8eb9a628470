/** One turn stage by stage: what the room waited for, and what else went on meanwhile. Text, pictures and exports show it. */
import { criticalPath, type Stage } from './critical-path.ts';
import type { Mark, Marks, TurnRecord } from './timeline.ts';

/** In the order of work. Labels have at most 15 characters: they stand in columns and beside bars. */
const STAGES: readonly (readonly [stage: Stage, label: string, always: boolean])[] = [
  ['receiveRepair', 'receive repair', false],
  ['gate', 'end of turn', true],
  ['sttConnect', 'hearing connect', false],
  ['speechToText', 'speech to text', true],
  ['dispatch', 'dispatch', false],
  ['llmConnect', 'model connect', false],
  ['languageModel', 'language model', true],
  ['firstClause', 'first clause', true],
  ['handover', 'hand-over', false],
  ['ttsConnect', 'voice connect', false],
  ['textToSpeech', 'text to speech', true],
  ['leadingSilence', 'leading silence', false],
  ['encodeAndPacing', 'encode, pacing', true],
  ['quietStart', 'quiet start', false],
  ['unattributed', 'unattributed', false],
];

export const STAGE_ORDER: readonly Stage[] = STAGES.map(([stage]) => stage);

/** A stretch of time, in whole ms after the last voiced frame. */
export interface Stretch {
  startMs: number;
  endMs: number;
}

export interface StageRow {
  stage: Stage;
  label: string;
  /** The stretches of the critical path: those of all stages fill the response gap, each ms once. */
  waited: readonly Stretch[];
  /** The sum of `waited`; null when the stage was not waited for, or that cannot be known. */
  waitedMs: number | null;
  /** When the work went on, waited for or not; null when it cannot be known. May begin before the last voiced frame. */
  work: Stretch | null;
}

/** All stages of a turn in the order of work; without those that are not always there and took no time. */
export function stageRows(record: Pick<TurnRecord, 'audible' | 'marks'>): StageRow[] {
  const waits = waitsByStage(record);
  return STAGES.flatMap(([stage, label, always]) => {
    const waited = waits.get(stage) ?? [];
    const work = workOf(stage, record.marks);
    if (!always && lengthOf(work ? [...waited, work] : waited) === 0) return [];
    return [{ stage, label, waited, waitedMs: waited.length > 0 ? lengthOf(waited) : null, work }];
  });
}

const lengthOf = (stretches: readonly Stretch[]): number =>
  stretches.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);

/** The spans of the critical path by stage. Both ends are rounded, so that the rounded spans still add up. */
function waitsByStage(record: Pick<TurnRecord, 'audible' | 'marks'>): Map<Stage, Stretch[]> {
  const waits = new Map<Stage, Stretch[]>();
  if (record.audible !== 'answer') return waits;
  for (const { stage, startMs, endMs } of criticalPath(record.marks)) {
    const stretch = relative(record.marks, startMs, endMs);
    if (stretch) waits.set(stage, [...(waits.get(stage) ?? []), stretch]);
  }
  return waits;
}

function workOf(stage: Stage, marks: Marks): Stretch | null {
  const span = (from: Mark, to: Mark) => relative(marks, marks[from], marks[to]);
  switch (stage) {
    case 'receiveRepair':
      return span('lastVoiced', 'repaired');
    case 'gate':
      return span(marks.repaired === undefined ? 'lastVoiced' : 'repaired', 'endOfTurn');
    case 'speechToText':
      return span('endOfTurn', 'sttFinal');
    case 'llmConnect':
      return span('llmSent', 'llmConnected');
    case 'languageModel':
      return span(marks.llmConnected === undefined ? 'llmSent' : 'llmConnected', 'llmFirstToken');
    case 'firstClause':
      return span('llmFirstToken', 'firstClause');
    case 'ttsConnect':
      return span('ttsSent', 'ttsConnected');
    case 'textToSpeech':
      return span(marks.ttsConnected === undefined ? 'ttsSent' : 'ttsConnected', 'ttsFirstByte');
    case 'leadingSilence':
      return span('ttsFirstByte', 'ttsFirstSound');
    case 'encodeAndPacing':
      return relative(marks, mayBeHeardMs(marks), marks.firstFrameOut);
    case 'quietStart':
      return span('firstFrameOut', 'firstAudibleOut');
    default:
      return null;
  }
}

/** From when there was audio, and the turn had ended; undefined when either is not known. */
function mayBeHeardMs({
  endOfTurn,
  ttsFirstByte,
  ttsFirstSound = ttsFirstByte,
  sttFinal,
  firstFrameOut,
}: Marks) {
  if (endOfTurn === undefined || ttsFirstSound === undefined || firstFrameOut === undefined) return undefined;
  const waitedForWords = sttFinal !== undefined && sttFinal <= firstFrameOut;
  return Math.max(endOfTurn, ttsFirstSound, waitedForWords ? sttFinal : endOfTurn);
}

function relative(marks: Marks, startMs: number | undefined, endMs: number | undefined): Stretch | null {
  if (marks.lastVoiced === undefined || startMs === undefined || endMs === undefined) return null;
  if (startMs > endMs) return null;
  return { startMs: Math.round(startMs - marks.lastVoiced), endMs: Math.round(endMs - marks.lastVoiced) };
}
