/** Speech to text without a key or a network: a closed set of phrases, recognised in a worker thread as they are spoken. */

import { samplesToMs } from '../../audio/pcm.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import { ParleyError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { ON_THIS_MACHINE } from '../../base/this-machine.ts';
import { connectTo, type SpawnWorker, START_WITHIN_MS, WorkerHost } from '../../base/worker-host.ts';
import { plainWords } from '../plain-words.ts';
import type { FromRecogniser, RecogniserWorkerData, ToRecogniser } from './soundswallower/protocol.ts';
import type { Recogniser, SpeechToText, SttConnection, SttEvent } from './stt.ts';

/**
 * A final takes 2 to 20 ms; it must come before the two-second fallback makes it useless. Audio that was written faster
 * than it was spoken gets its length on top.
 */
const FINAL_WITHIN_MS = 1_500;
const READY_DECODERS = 2;

export interface EmbeddedSoundswallowerOptions {
  clock: Clock;
  log: Log;
  /** All that can be recognised; words of the dictionary, punctuation is ignored. */
  phrases: readonly string[];
  /** Speakers at once, over all channels; each holds about 10 MB. */
  maxSpeakers?: number;
  spawn?: SpawnWorker;
}

type Listener = (event: SttEvent) => void;

/** All connections share one worker. Its death is an `error` to every open recogniser; reopening starts a new one. */
export function createEmbeddedSoundswallower(options: EmbeddedSoundswallowerOptions): SpeechToText {
  const thread = new RecogniserThread(options);
  return {
    name: 'embedded',
    place: ON_THIS_MACHINE,
    // It knows whole phrases only.
    earlyCommit: false,
    languages: ['en'],
    connect: (signal) =>
      connectTo(thread, new Connection(thread), {
        clock: options.clock,
        what: 'Starting the embedded recogniser',
        signal,
      }),
  };
}

class Connection implements SttConnection {
  readonly #thread: RecogniserThread;
  readonly #open = new Set<Recogniser>();

  constructor(thread: RecogniserThread) {
    this.#thread = thread;
  }

  /** Restarts the worker if it died. */
  warm(): void {
    this.#thread.host.start().catch(() => {});
  }

  openRecogniser(_speaker: { id: string; name: string }, listener: Listener): Recogniser {
    const recogniser = new SpeakerRecogniser(this.#thread, listener, () => this.#open.delete(recogniser));
    this.#open.add(recogniser);
    return recogniser;
  }

  async close(): Promise<void> {
    for (const recogniser of this.#open) recogniser.close();
    await this.#thread.leave(this);
  }
}

class SpeakerRecogniser implements Recogniser {
  readonly #thread: RecogniserThread;
  readonly #listener: Listener;
  readonly #onClose: () => void;
  /** Null once closed or failed. */
  #id: number | null = null;
  #error: ParleyError | null = null;
  #generation = 0;
  #lastCommitId = 0;
  /** When the first audio since the last commit was written, and how long it all lasts. */
  #writingSinceMs: number | null = null;
  #writtenMs = 0;
  readonly #deadlines = new Map<number, Timer>();

  constructor(thread: RecogniserThread, listener: Listener, onClose: () => void) {
    this.#thread = thread;
    this.#listener = listener;
    this.#onClose = onClose;
    const id = thread.admit(this);
    if (id instanceof ParleyError) {
      queueMicrotask(() => this.fail(id));
      return;
    }
    this.#id = id;
    thread.host.start().catch((error: ParleyError) => this.fail(error));
    thread.host.post({ type: 'open', speaker: id });
  }

  write(pcm: Int16Array): void {
    if (this.#id === null) return;
    this.#writingSinceMs ??= this.#thread.clock.now();
    this.#writtenMs += samplesToMs(pcm.length);
    const copy = pcm.slice();
    this.#thread.host.post({ type: 'audio', speaker: this.#id, pcm: copy }, [copy.buffer]);
  }

  commit(): number {
    const commitId = ++this.#lastCommitId;
    if (this.#id === null) {
      const error = this.#error;
      if (error) queueMicrotask(() => this.#listener({ type: 'error', error }));
      return commitId;
    }
    const generation = ++this.#generation;
    const { clock } = this.#thread;
    const spentMs = clock.now() - (this.#writingSinceMs ?? clock.now());
    const dueMs = FINAL_WITHIN_MS + Math.max(0, this.#writtenMs - spentMs);
    this.#deadlines.set(
      commitId,
      clock.setTimer(dueMs, () => this.#onLate(dueMs)),
    );
    this.#beginUtterance();
    this.#thread.host.post({ type: 'commit', speaker: this.#id, commitId, generation });
    return commitId;
  }

  reset(): void {
    if (this.#id === null) return;
    this.#beginUtterance();
    this.#thread.host.post({ type: 'reset', speaker: this.#id, generation: ++this.#generation });
  }

  close(): void {
    if (this.#id !== null) this.#thread.host.post({ type: 'close', speaker: this.#id });
    this.#release();
    this.#onClose();
  }

  fail(error: ParleyError): void {
    if (this.#error) return;
    this.#error = error;
    this.#release();
    this.#listener({ type: 'error', error });
  }

  onMessage(message: FromRecogniser): void {
    if (message.type === 'interim' && message.generation === this.#generation) {
      this.#listener({ type: 'interim', text: message.text, finished: message.finished });
    }
    if (message.type === 'final') {
      this.#deadlines.get(message.commitId)?.cancel();
      this.#deadlines.delete(message.commitId);
      const { commitId, text, understood, confidence } = message;
      // It understands whole phrases only.
      this.#listener({ type: 'final', commitId, text, understood, confidence, finished: understood });
    }
  }

  #beginUtterance(): void {
    this.#writingSinceMs = null;
    this.#writtenMs = 0;
  }

  #onLate(dueMs: number): void {
    const late = `no final within ${Math.round(dueMs)} ms`;
    this.#thread.host.kill(late);
    this.fail(
      new ParleyError(`The speech recogniser gave ${late}`, {
        code: 'STT_LATE',
        remedy: 'Speak again; if it goes on, check that the machine is not overloaded.',
        retryable: true,
      }),
    );
  }

  #release(): void {
    for (const timer of this.#deadlines.values()) timer.cancel();
    this.#deadlines.clear();
    if (this.#id !== null) this.#thread.dismiss(this.#id);
    this.#id = null;
  }
}

/** The worker, and who listens through it. */
class RecogniserThread {
  readonly connections = new Set<Connection>();
  readonly host: WorkerHost<ToRecogniser, FromRecogniser>;
  readonly clock: Clock;
  readonly #maxSpeakers: number;
  readonly #speakers = new Map<number, SpeakerRecogniser>();
  #lastId = 0;

  constructor({ clock, log, phrases, maxSpeakers = 16, spawn }: EmbeddedSoundswallowerOptions) {
    this.clock = clock;
    this.#maxSpeakers = maxSpeakers;
    const workerData: RecogniserWorkerData = {
      phrases: phrases.map(plainWords),
      readyDecoders: READY_DECODERS,
    };
    this.host = new WorkerHost<ToRecogniser, FromRecogniser>({
      url: new URL('./soundswallower/worker.ts', import.meta.url),
      name: 'speech recogniser',
      diedCode: 'STT_WORKER_DIED',
      workerData,
      clock,
      log,
      startWithinMs: START_WITHIN_MS,
      onMessage: (message) => {
        if (message.type !== 'ready') this.#speakers.get(message.speaker)?.onMessage(message);
      },
      onDeath: (error) => this.#onDeath(error),
      ...(spawn && { spawn }),
    });
  }

  /** The number of a new speaker, or why there cannot be one more. */
  admit(recogniser: SpeakerRecogniser): number | ParleyError {
    if (this.#speakers.size >= this.#maxSpeakers) {
      return new ParleyError(`The embedded recogniser already hears ${this.#maxSpeakers} speakers`, {
        code: 'STT_TOO_MANY_SPEAKERS',
        remedy: 'Wait until somebody leaves, or configure another speech-to-text service.',
        retryable: true,
      });
    }
    const id = ++this.#lastId;
    this.#speakers.set(id, recogniser);
    return id;
  }

  dismiss(id: number): void {
    this.#speakers.delete(id);
  }

  /** The last connection to leave stops the worker. */
  async leave(connection: Connection): Promise<void> {
    if (this.connections.delete(connection) && this.connections.size === 0) await this.host.stop();
  }

  #onDeath(error: ParleyError): void {
    // Started again at once, so that reopened recognisers find it ready.
    if (this.connections.size > 0) this.host.start().catch(() => {});
    for (const speaker of [...this.#speakers.values()]) speaker.fail(error);
  }
}
