/** A voice without a key or a network: Flite in a worker thread, clause by clause. */

import { SAMPLE_RATE } from '../../audio/pcm.ts';
import type { Clock } from '../../base/clock.ts';
import { ParleyError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { ON_THIS_MACHINE } from '../../base/this-machine.ts';
import { connectTo, type SpawnWorker, START_WITHIN_MS, WorkerHost } from '../../base/worker-host.ts';
import { AsyncQueue } from '../async-queue.ts';
import type { FliteWorkerData, FromFlite, ToFlite } from './flite/protocol.ts';
import { DEFAULT_FLITE_VOICE, type FliteVoice } from './flite/voices.ts';
import type { TextToSpeech, TtsChunk, TtsConnection, TtsReply } from './tts.ts';

/** A clause takes 10 to 80 ms; one that takes this long never comes. */
const CLAUSE_WITHIN_MS = 3_000;
/** Audio is handed on in pieces of this length. */
const CHUNK_SAMPLES = (SAMPLE_RATE * 60) / 1000;

export interface EmbeddedFliteOptions {
  clock: Clock;
  log: Log;
  voice?: FliteVoice;
  spawn?: SpawnWorker;
}

interface Job {
  id: number;
  text: string;
  clause: number;
  reply: Reply;
}

/** All connections share one worker, which speaks one clause at a time, in the order they were asked for. */
export function createEmbeddedFlite(options: EmbeddedFliteOptions): TextToSpeech {
  const synthesiser = new Synthesiser(options);
  return {
    name: 'embedded',
    place: ON_THIS_MACHINE,
    connect: (signal) =>
      connectTo(synthesiser, new Connection(synthesiser), {
        clock: options.clock,
        what: 'Starting the embedded synthesiser',
        signal,
      }),
  };
}

class Connection implements TtsConnection {
  readonly sampleRate = SAMPLE_RATE;
  readonly #synthesiser: Synthesiser;
  readonly #replies = new Set<Reply>();

  constructor(synthesiser: Synthesiser) {
    this.#synthesiser = synthesiser;
  }

  /** Restarts the worker if it died. */
  warm(): void {
    this.#synthesiser.host.start().catch(() => {});
  }

  reply(): TtsReply {
    const reply = new Reply(this.#synthesiser, () => this.#replies.delete(reply));
    this.#replies.add(reply);
    return reply;
  }

  async close(): Promise<void> {
    for (const reply of this.#replies) reply.cancel();
    await this.#synthesiser.leave(this);
  }
}

/** `ended`: no more clauses come, some are still to be spoken. `over`: nothing more is yielded. */
type ReplyState = 'open' | 'ended' | 'over';

class Reply implements TtsReply {
  readonly audio = new AsyncQueue<TtsChunk>();
  readonly #synthesiser: Synthesiser;
  readonly #onOver: () => void;
  #clauses = 0;
  #pending = 0;
  #state: ReplyState = 'open';

  constructor(synthesiser: Synthesiser, onOver: () => void) {
    this.#synthesiser = synthesiser;
    this.#onOver = onOver;
  }

  get over(): boolean {
    return this.#state === 'over';
  }

  speak(text: string): void {
    if (this.#state !== 'open') return;
    this.#pending++;
    this.#synthesiser.enqueue(this, text, this.#clauses++);
  }

  end(): void {
    if (this.#state === 'open') this.#state = 'ended';
    this.#endWhenDone();
  }

  cancel(): void {
    this.audio.abort();
    this.#finish();
  }

  fail(error: ParleyError): void {
    if (this.over) return;
    this.audio.abort(error);
    this.#finish();
  }

  /** The sound of one clause, in the order of `speak`. */
  deliver(clause: number, pcm: Int16Array): void {
    if (this.over) return;
    let from = 0;
    do {
      const to = Math.min(pcm.length, from + CHUNK_SAMPLES);
      this.audio.push({ pcm: pcm.subarray(from, to), clause, last: to === pcm.length });
      from = to;
    } while (from < pcm.length);
    this.#pending--;
    this.#endWhenDone();
  }

  #endWhenDone(): void {
    if (this.#state !== 'ended' || this.#pending > 0) return;
    this.audio.end();
    this.#finish();
  }

  #finish(): void {
    this.#state = 'over';
    this.#onOver();
  }
}

/** The worker and the clauses that wait for it. */
class Synthesiser {
  readonly connections = new Set<Connection>();
  readonly host: WorkerHost<ToFlite, FromFlite>;
  readonly #clock: Clock;
  readonly #waiting: Job[] = [];
  #current: { job: Job; release: () => void } | null = null;
  #lastId = 0;

  constructor({ clock, log, voice = DEFAULT_FLITE_VOICE, spawn }: EmbeddedFliteOptions) {
    this.#clock = clock;
    this.host = new WorkerHost<ToFlite, FromFlite>({
      url: new URL('./flite/worker.ts', import.meta.url),
      name: 'speech synthesiser',
      diedCode: 'TTS_WORKER_DIED',
      workerData: { voice } satisfies FliteWorkerData,
      clock,
      log,
      startWithinMs: START_WITHIN_MS,
      onMessage: (message) => this.#onMessage(message),
      onDeath: (error) => this.#failAll(error),
      ...(spawn && { spawn }),
    });
  }

  enqueue(reply: Reply, text: string, clause: number): void {
    this.#waiting.push({ id: ++this.#lastId, text, clause, reply });
    this.#next();
  }

  /** The last connection to leave stops the worker. */
  async leave(connection: Connection): Promise<void> {
    if (this.connections.delete(connection) && this.connections.size === 0) await this.host.stop();
  }

  #next(): void {
    if (this.#current) return;
    let job = this.#waiting.shift();
    while (job?.reply.over) job = this.#waiting.shift();
    if (!job) return;
    const timer = this.#clock.setTimer(CLAUSE_WITHIN_MS, () =>
      this.host.kill(`no sound within ${CLAUSE_WITHIN_MS} ms`),
    );
    this.#current = { job, release: () => timer.cancel() };
    const { id, text } = job;
    // A worker that died earlier is started again; the clause waits for it.
    this.host.start().catch((error: ParleyError) => this.#failAll(error));
    this.host.post({ type: 'speak', id, text });
  }

  #onMessage(message: FromFlite): void {
    if (message.type === 'ready' || message.id !== this.#current?.job.id) return;
    const { job, release } = this.#current;
    release();
    this.#current = null;
    if (message.type === 'spoken') job.reply.deliver(job.clause, message.pcm);
    else
      job.reply.fail(
        new ParleyError(message.message, {
          code: 'TTS_FAILED',
          remedy: 'Try again; if it goes on, choose another voice.',
          retryable: true,
        }),
      );
    this.#next();
  }

  #failAll(error: ParleyError): void {
    this.#current?.release();
    const jobs = this.#current ? [this.#current.job, ...this.#waiting] : [...this.#waiting];
    this.#current = null;
    this.#waiting.length = 0;
    for (const { reply } of jobs) reply.fail(error);
  }
}
