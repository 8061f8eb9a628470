/** The marks that an answer's streams leave on its timeline: what came first, and when a connection was open. */
import { firstSound } from '../audio/energy.ts';
import type { Marks } from '../latency/timeline.ts';
import type { TtsChunk } from '../providers/tts/tts.ts';

/** Text of the model came. @param connectMs how long a connection took that had to be opened for it. */
export function markText(marks: Marks, nowMs: number, connectMs?: number): void {
  markConnected(marks, 'llmConnected', marks.llmSent, connectMs);
  marks.llmFirstToken ??= nowMs;
}

/** The model's stream ended, or is ended: the first time counts, and none that was never asked for. */
export function markModelDone(marks: Marks, nowMs: number): void {
  if (marks.llmSent !== undefined) marks.llmDone ??= nowMs;
}

/** Audio of the voice came, at `rate` in Hz. */
export function markAudio(marks: Marks, nowMs: number, { pcm, connectMs }: TtsChunk, rate: number): void {
  markConnected(marks, 'ttsConnected', marks.ttsSent, connectMs);
  marks.ttsFirstByte ??= nowMs;
  if (marks.ttsFirstSound === undefined && firstSound(pcm, rate) !== -1) marks.ttsFirstSound = nowMs;
}

function markConnected(
  marks: Marks,
  mark: 'llmConnected' | 'ttsConnected',
  sentMs: number | undefined,
  connectMs: number | undefined,
): void {
  if (connectMs !== undefined && sentMs !== undefined) marks[mark] ??= sentMs + connectMs;
}
