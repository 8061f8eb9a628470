/** One speaker's recogniser over requests: each utterance is posted when it is asked for, and finals come in order. */
import type { Clock } from '../../../base/clock.ts';
import { ParleyError, toParleyError } from '../../../base/errors.ts';
import { joinText } from '../streaming/session.ts';
import type { Recogniser, SttEvent } from '../stt.ts';
import { Utterance } from './utterance.ts';

/** What is told before the transcript is whole. */
export interface Told {
  onWords(text: string): void;
  /** A connection had to be opened, and was by then. */
  onConnected(atMs: number): void;
}

export interface TranscriptionRecogniserOptions {
  clock: Clock;
  /** Rejects with a ParleyError, or the signal's reason. @param before what was said just before, for context. */
  transcribe(pcm: Int16Array, before: string, signal: AbortSignal, told: Told): Promise<string>;
  listener(event: SttEvent): void;
  onClose(): void;
}

/** Words that follow so soon go on with the sentence. */
const GOES_ON_MS = 2_000;

/** Its pieces are asked for at once, and its words told in order. */
interface Asked {
  pieces: Promise<string>[];
  /** The words of its pieces so far. */
  words: string[];
  controller: AbortController;
}

export class TranscriptionRecogniser implements Recogniser {
  readonly #options: TranscriptionRecogniserOptions;
  readonly #utterance = new Utterance();
  #asked: Asked = newAsked();
  readonly #running = new Set<Asked>();
  #lastCommitId = 0;
  #told: Promise<void> = Promise.resolve();
  #before = { text: '', atMs: Number.NEGATIVE_INFINITY };
  #context = '';
  #error: ParleyError | null = null;
  #closed = false;

  constructor(options: TranscriptionRecogniserOptions) {
    this.#options = options;
  }

  write(pcm: Int16Array): void {
    if (this.#closed || this.#error || pcm.length === 0) return;
    if (this.#utterance.empty && this.#asked.pieces.length === 0) {
      const goesOn = this.#options.clock.now() - this.#before.atMs < GOES_ON_MS;
      this.#context = goesOn ? this.#before.text : '';
    }
    if (this.#utterance.add(pcm)) this.#ask();
  }

  commit(): number {
    const id = ++this.#lastCommitId;
    if (this.#closed) return id;
    this.#ask();
    const asked = this.#asked;
    this.#asked = newAsked();
    this.#told = this.#told.then(() => this.#tell(id, asked));
    return id;
  }

  reset(): void {
    this.#utterance.take();
    this.#end(this.#asked);
    this.#asked = newAsked();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.reset();
    for (const asked of this.#running) this.#end(asked);
    this.#options.onClose();
  }

  /** Asks for the words of what was written so far. */
  #ask(): void {
    const pcm = this.#error ? null : this.#utterance.take();
    if (!pcm) return;
    const asked = this.#asked;
    this.#running.add(asked);
    const index = asked.pieces.length;
    const tell = (event: SttEvent) => {
      if (!this.#closed && !this.#error && !asked.controller.signal.aborted) this.#options.listener(event);
    };
    const told: Told = {
      onWords: (text) => {
        asked.words[index] = text;
        tell({ type: 'interim', text: asked.words.reduce(joinText, '') });
      },
      onConnected: (atMs) => tell({ type: 'connected', atMs }),
    };
    const piece = this.#options.transcribe(pcm, this.#context, asked.controller.signal, told);
    // It is looked at when its turn comes.
    piece.catch(() => undefined);
    asked.pieces.push(piece);
  }

  async #tell(commitId: number, asked: Asked): Promise<void> {
    if (this.#closed) return;
    try {
      if (this.#error) throw this.#error;
      const text = (await Promise.all(asked.pieces)).reduce(joinText, '');
      this.#running.delete(asked);
      if (this.#closed) return;
      this.#before = { text, atMs: this.#options.clock.now() };
      this.#options.listener({ type: 'final', commitId, text, understood: text !== '' });
    } catch (thrown) {
      this.#end(asked);
      if (!this.#closed) this.#fail(thrown);
    }
  }

  #fail(thrown: unknown): void {
    const remedy = 'Check the address, the key and the model of the recogniser.';
    this.#error ??= toParleyError(thrown, { code: 'STT_FAILED', remedy });
    this.#options.listener({ type: 'error', error: this.#error });
  }

  #end(asked: Asked): void {
    this.#running.delete(asked);
    asked.controller.abort(
      new ParleyError('Nobody wants to know what was said any more', {
        ...{ code: 'STT_CLOSED', remedy: 'Nothing: it was asked for and taken back.' },
      }),
    );
  }
}

const newAsked = (): Asked => ({ pieces: [], words: [], controller: new AbortController() });
