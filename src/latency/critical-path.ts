/** The critical path of one turn: which stage the room was waiting for, at every instant of the response gap. */
import type { Mark, Marks } from './timeline.ts';

export type Stage =
  /** Waiting for packets before the last voiced one that were late or lost. */
  | 'receiveRepair'
  /** Waiting to be sure that the speaker is done. */
  | 'gate'
  /** A connection to the recogniser had to be opened first. */
  | 'sttConnect'
  | 'speechToText'
  /** From words to a request: also the wait for another answer to end. */
  | 'dispatch'
  /** A connection to the language model had to be opened first. */
  | 'llmConnect'
  | 'languageModel'
  | 'firstClause'
  /** From the clause to the voice. */
  | 'handover'
  | 'ttsConnect'
  | 'textToSpeech'
  /** The voice's audio began with silence, which is waited for and then trimmed. */
  | 'leadingSilence'
  /** From audio that may be heard to its first frame on the way. */
  | 'encodeAndPacing'
  /** Frames on the way that are too quiet to hear, before the first that is not. */
  | 'quietStart'
  | 'unattributed';

export interface Span {
  stage: Stage;
  from: Mark;
  to: Mark;
  /** On the clock of the marks. */
  startMs: number;
  endMs: number;
}

interface Rule {
  /** What the wait that ends with this mark is called. */
  stage: Stage;
  /** The marks without which this one cannot be: any of them may have been the last, or all are needed. */
  needs: readonly Mark[];
  all?: true;
  /** Marks that it waits for where they are known, which they need not be. */
  also?: readonly Mark[];
}

const rules: Partial<Record<Mark, Rule>> = {
  repaired: { stage: 'receiveRepair', needs: ['lastVoiced'] },
  pauseDetected: { stage: 'gate', needs: ['repaired', 'lastVoiced'] },
  endOfTurn: { stage: 'gate', needs: ['pauseDetected', 'repaired', 'lastVoiced'] },
  sttConnected: { stage: 'sttConnect', needs: ['endOfTurn', 'pauseDetected', 'repaired', 'lastVoiced'] },
  interimUsed: { stage: 'speechToText', needs: ['sttConnected', 'pauseDetected', 'repaired', 'lastVoiced'] },
  sttFinal: {
    stage: 'speechToText',
    needs: ['sttConnected', 'endOfTurn', 'pauseDetected', 'repaired', 'lastVoiced'],
  },
  draftStarted: { stage: 'dispatch', needs: ['sttFinal', 'interimUsed', 'pauseDetected', 'endOfTurn'] },
  llmSent: { stage: 'dispatch', needs: ['sttFinal', 'interimUsed', 'draftStarted'] },
  llmConnected: { stage: 'llmConnect', needs: ['llmSent'] },
  llmFirstToken: { stage: 'languageModel', needs: ['llmConnected', 'llmSent'] },
  firstClause: { stage: 'firstClause', needs: ['llmFirstToken'] },
  ttsSent: { stage: 'handover', needs: ['firstClause'] },
  ttsConnected: { stage: 'ttsConnect', needs: ['ttsSent'] },
  ttsFirstByte: { stage: 'textToSpeech', needs: ['ttsConnected', 'ttsSent'] },
  ttsFirstSound: { stage: 'leadingSilence', needs: ['ttsFirstByte'] },
  firstFrameOut: {
    stage: 'encodeAndPacing',
    needs: ['endOfTurn', 'ttsFirstByte'],
    all: true,
    also: ['sttFinal', 'ttsFirstSound'],
  },
  firstAudibleOut: { stage: 'quietStart', needs: ['firstFrameOut'] },
};

/**
 * Walks back from `firstAudibleOut`, at each mark to the latest one it waited for. The spans, in order of time, tile
 * [lastVoiced, firstAudibleOut] exactly; a stretch that begins or ends with marks which explain nothing is
 * `unattributed`. Empty when either end is absent, or the answer was audible before the last voiced frame.
 */
export function criticalPath(marks: Marks): Span[] {
  const { lastVoiced: originMs, firstAudibleOut } = marks;
  if (originMs === undefined || firstAudibleOut === undefined) return [];
  const spans: Span[] = [];
  let to: Mark = 'firstAudibleOut';
  let endMs = firstAudibleOut;
  while (endMs > originMs) {
    const before: Candidate = latestBefore(marks, to, endMs) ?? unexplained(originMs);
    const startMs = Math.max(before.ms, originMs);
    const stage = before.explains ? rules[to]!.stage : 'unattributed';
    if (startMs < endMs) spans.push({ stage, from: before.mark, to, startMs, endMs });
    to = before.mark;
    endMs = startMs;
  }
  return spans.reverse();
}

interface Candidate {
  mark: Mark;
  ms: number;
  /** Whether the time from this mark on is known to be the stage of the mark that waited. */
  explains: boolean;
}

/** Where nothing is known of what a mark waited for: all the time back to the last voiced frame. */
const unexplained = (originMs: number): Candidate => ({ mark: 'lastVoiced', ms: originMs, explains: false });

/** The latest known mark that `mark`, reached at `ms`, waited for; looks behind absent ones. */
function latestBefore(marks: Marks, mark: Mark, ms: number): Candidate | null {
  const rule = rules[mark];
  if (!rule) return null;
  const known: Candidate[] = [];
  const behind: Candidate[] = [];
  for (const need of rule.needs) {
    const needMs = marks[need];
    if (needMs !== undefined && needMs <= ms) {
      known.push({ mark: need, ms: needMs, explains: true });
    } else {
      const further = latestBefore(marks, need, ms);
      if (further) behind.push({ ...further, explains: false });
    }
  }
  if (!rule.all) return latest(known) ?? latest(behind);
  if (known.length === rule.needs.length) return latest([...known, ...alsoKnown(marks, rule, ms)]);
  // One of several that were all needed is unknown: it may have come last, so nothing after the others is explained.
  return latest([...known.map((one) => ({ ...one, explains: false })), ...behind]);
}

function alsoKnown(marks: Marks, { also = [] }: Rule, ms: number): Candidate[] {
  return also.flatMap((mark) => {
    const alsoMs = marks[mark];
    return alsoMs !== undefined && alsoMs <= ms ? [{ mark, ms: alsoMs, explains: true }] : [];
  });
}

function latest(candidates: readonly Candidate[]): Candidate | null {
  return candidates.reduce<Candidate | null>((best, one) => (best && best.ms >= one.ms ? best : one), null);
}
