/** The messages between the synthesiser and its worker thread. */
import type { FliteVoice } from './voices.ts';

/** What the worker is started with: the voice is warmed up before it says that it is ready. */
export interface FliteWorkerData {
  voice: FliteVoice;
}

export interface ToFlite {
  type: 'speak';
  id: number;
  text: string;
}

/** `pcm`: 16 kHz, trimmed, its memory transferred; empty when the text holds nothing to say. */
export type FromFlite =
  | { type: 'ready' }
  | { type: 'spoken'; id: number; pcm: Int16Array }
  | { type: 'failed'; id: number; message: string };
