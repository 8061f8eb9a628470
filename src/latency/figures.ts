/** The figures of one turn: differences between its marks, absent where a mark is. */
import type { Figures, Mark, Marks, TurnRecord } from './timeline.ts';

/** How long each published stage took, in ms; absent when it cannot be known. */
export interface StageFigures {
  /** From the arrival of the last voiced frame until it no longer waited for packets before it. */
  receiveRepairMs?: number;
  /** From then on to the end of turn: the wait to be sure that the speaker is done. */
  gateMs?: number;
  /** From the end of turn, when the recogniser is asked for its last word, to the final transcript. */
  speechToTextMs?: number;
  /** From the request to the first token. */
  languageModelMs?: number;
  /** From the first token to the first clause that can be spoken. */
  firstClauseMs?: number;
  /** From the first clause sent to the first byte of audio. */
  textToSpeechMs?: number;
}

/** The three latency figures, in ms, of marks that end with an audible answer. See `timeline.ts` for each. */
export function figures(marks: Marks): Figures {
  const result: Figures = {};
  const responseGapMs = between(marks, 'lastVoiced', 'firstAudibleOut');
  const pipelineMs = between(marks, 'endOfTurn', 'firstAudibleOut');
  const promptMs = between(marks, 'sttFinal', 'firstAudibleOut');
  if (responseGapMs !== null) result.responseGapMs = responseGapMs;
  if (pipelineMs !== null) result.pipelineMs = pipelineMs;
  if (promptMs !== null) result.promptMs = promptMs;
  return result;
}

/** The figures of a whole turn: none unless the answer itself became audible; a notice ends no response gap. */
export function figuresOf(record: TurnRecord): Figures {
  return record.audible === 'answer' ? figures(record.marks) : {};
}

/** The published stages, in ms. A stage whose marks run backwards (done before it was asked for) is absent. */
export function stageFigures(marks: Marks): StageFigures {
  const result: StageFigures = {};
  const receiveRepairMs = between(marks, 'lastVoiced', 'repaired');
  const gateMs = between(marks, marks.repaired === undefined ? 'lastVoiced' : 'repaired', 'endOfTurn');
  const speechToTextMs = between(marks, 'endOfTurn', 'sttFinal');
  const languageModelMs = between(marks, 'llmSent', 'llmFirstToken');
  const firstClauseMs = between(marks, 'llmFirstToken', 'firstClause');
  const textToSpeechMs = between(marks, 'ttsSent', 'ttsFirstByte');
  if (receiveRepairMs !== null && receiveRepairMs >= 0) result.receiveRepairMs = receiveRepairMs;
  if (gateMs !== null && gateMs >= 0) result.gateMs = gateMs;
  if (speechToTextMs !== null && speechToTextMs >= 0) result.speechToTextMs = speechToTextMs;
  if (languageModelMs !== null && languageModelMs >= 0) result.languageModelMs = languageModelMs;
  if (firstClauseMs !== null && firstClauseMs >= 0) result.firstClauseMs = firstClauseMs;
  if (textToSpeechMs !== null && textToSpeechMs >= 0) result.textToSpeechMs = textToSpeechMs;
  return result;
}

function between(marks: Marks, from: Mark, to: Mark): number | null {
  const [fromMs, toMs] = [marks[from], marks[to]];
  return fromMs === undefined || toMs === undefined ? null : toMs - fromMs;
}
