/** The messages between the recogniser and its worker thread. */

export interface RecogniserWorkerData {
  /** Every phrase that can be recognised: lower-case words of the dictionary, single spaces. */
  phrases: readonly string[];
  /** Decoders made before the worker says that it is ready. */
  readyDecoders: number;
}

/** `generation` counts a speaker's utterances: what is said about an earlier one is dropped. */
export type ToRecogniser =
  | { type: 'open'; speaker: number }
  | { type: 'audio'; speaker: number; pcm: Int16Array }
  | { type: 'commit'; speaker: number; commitId: number; generation: number }
  | { type: 'reset'; speaker: number; generation: number }
  | { type: 'close'; speaker: number };

export type FromRecogniser =
  | { type: 'ready' }
  | { type: 'interim'; speaker: number; generation: number; text: string; finished: boolean }
  | {
      type: 'final';
      speaker: number;
      commitId: number;
      text: string;
      understood: boolean;
      /** 0 to 1; 0 when there are no words. */
      confidence: number;
    };
