/** What an answer is made of, and whom it tells what becomes of it. */
import type { Clock } from '../base/clock.ts';
import type { ParleyError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { LlmConnection, LlmMessage } from '../providers/llm/llm.ts';
import type { TtsConnection } from '../providers/tts/tts.ts';
import type { Mouth } from './ports.ts';

export interface AnswerOptions {
  clock: Clock;
  log: Log;
  llm: LlmConnection;
  tts: TtsConnection;
  mouth: Mouth;
  /** Unique in the conversation: names the voice's draft. */
  id: string;
  system: string;
  messages: readonly LlmMessage[];
  maxTokens: number;
  /** A draft: nothing of it is heard before `open()`. */
  held: boolean;
  /** How far a draft works ahead: the model alone, or the voice of the first clause as well. */
  ahead: 'llm' | 'llm+tts';
  /** Aborted when the conversation is over: nothing is written or spoken after that. */
  over: AbortSignal;
  /** The first frame left, which may be too quiet to hear. */
  onStarted(atMs: number): void;
  onAudible(atMs: number): void;
  /** All that the voice was given to say so far. */
  onSpoken(text: string): void;
  /** Everything was played, or the answer was stopped after it had begun to play. */
  onDone(atMs: number): void;
  /** Also of a draft, of which then nothing is said or written. */
  onFailed(error: ParleyError): void;
  /** The voice failed: all that the model wrote, for the chat. At most once, and maybe after the turn has ended. */
  onWrittenInstead(text: string): void;
}
