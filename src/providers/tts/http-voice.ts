/** A voice behind HTTP that streams raw PCM, one request a clause, over connections that are kept open. */
import type { Clock } from '../../base/clock.ts';
import { ParleyError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { HttpPool, type HttpReply } from '../wire/http-pool.ts';
import type { Refusal } from '../wire/socket.ts';
import { Watchdog } from '../wire/watchdog.ts';
import { ClauseRequests } from './clause-requests.ts';
import { type ProbedVoice, probeVoice } from './probe.ts';
import type { TtsConnection, TtsReply } from './tts.ts';

/** From the request to the first byte of audio. */
const FIRST_BYTE_MS = 3_000;
/** Between two pieces of audio, which come faster than they are spoken. */
const NEXT_BYTES_MS = 2_000;
/** Enough for every vendor's error. */
const MAX_REFUSAL_BYTES = 8 * 1024;

export interface HttpVoiceOptions {
  clock: Clock;
  log: Log;
  name: string;
  place: string;
  /** Names the peer in errors: "the voice of OpenAI". */
  what: string;
  /** Hz; what the PCM of the answers is in. */
  sampleRate: number;
  /** May throw a ParleyError. */
  url(): URL;
  headers: Readonly<Record<string, string>>;
  body(text: string, previousText: string): string;
  /** Turns an answer with another status than 200 into an error. */
  refused(refusal: Refusal): ParleyError;
}

export function createHttpVoice(options: HttpVoiceOptions): ProbedVoice {
  const { name, place } = options;
  const voice = {
    ...{ name, place },
    async connect(signal: AbortSignal) {
      signal.throwIfAborted();
      const connection = new Connection(options);
      try {
        await connection.open(signal);
      } catch (error) {
        await connection.close();
        throw error;
      }
      return connection;
    },
  };
  return { ...voice, probe: (signal) => probeVoice(voice, options.clock, signal) };
}

class Connection implements TtsConnection {
  readonly sampleRate: number;
  readonly #options: HttpVoiceOptions;
  readonly #url: URL;
  readonly #pool: HttpPool;
  readonly #replies = new Set<TtsReply>();
  #closed = false;
  #givenCharacters = 0;

  constructor(options: HttpVoiceOptions) {
    this.#options = options;
    this.sampleRate = options.sampleRate;
    this.#url = options.url();
    this.#pool = new HttpPool({ clock: options.clock, log: options.log, codePrefix: 'TTS' });
  }

  get givenCharacters(): number {
    return this.#givenCharacters;
  }

  async open(signal: AbortSignal): Promise<void> {
    await this.#pool.open(this.#url, signal);
  }

  warm(): void {
    this.#pool.warm(this.#url);
  }

  reply(): TtsReply {
    const reply = new ClauseRequests(
      (text, previousText, signal) => this.#ask(text, previousText, signal),
      () => this.#replies.delete(reply),
    );
    if (this.#closed) reply.cancel();
    else this.#replies.add(reply);
    return reply;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const reply of this.#replies) reply.cancel();
    await this.#pool.close();
  }

  async *#ask(text: string, previousText: string, caller: AbortSignal): AsyncGenerator<Uint8Array> {
    const { clock, headers, body } = this.#options;
    const watchdog = new Watchdog(clock, caller);
    const { signal } = watchdog;
    let reply: HttpReply | null = null;
    try {
      watchdog.expect(FIRST_BYTE_MS, () => this.#late(FIRST_BYTE_MS));
      const given = () => {
        this.#givenCharacters += text.length;
      };
      const posted = this.#pool.post({
        ...{ url: this.#url, body: body(text, previousText), signal, onLost: given },
        headers: { 'content-type': 'application/json', ...headers },
      });
      reply = await posted.catch((error: unknown) => {
        // It may be at work on it.
        if (signal.aborted) given();
        throw error;
      });
      if (reply.status === 200) given();
      await this.#check(reply);
      let first = true;
      for await (const bytes of reply.body) {
        if (first && isWave(bytes)) throw this.#notPcm('audio/wav');
        first = false;
        watchdog.expect(NEXT_BYTES_MS, () => this.#late(NEXT_BYTES_MS));
        yield bytes;
      }
      if (first) throw this.#empty();
    } finally {
      watchdog.stop();
      // What is not read to its end would keep the connection busy.
      reply?.body.cancel();
    }
  }

  async #check({ status, headers, body }: HttpReply): Promise<void> {
    const type = headers['content-type'] ?? '';
    if (status !== 200) {
      const seconds = Number(headers['retry-after'] ?? Number.NaN);
      throw this.#options.refused({
        ...{ status, body: await body.text(MAX_REFUSAL_BYTES) },
        ...(seconds >= 0 && { retryAfterMs: seconds * 1000 }),
      });
    }
    if (/^(text\/|application\/json)|mpeg|mp3|wav|ogg|opus|flac|aac/i.test(type)) throw this.#notPcm(type);
  }

  #late(afterMs: number): ParleyError {
    return new ParleyError(`Nothing came from ${this.#options.what} for ${afterMs} ms`, {
      code: 'TTS_TIMEOUT',
      remedy: 'Try again; if it stays, check whether that service is up and fast enough.',
      retryable: true,
    });
  }

  #notPcm(type: string): ParleyError {
    return new ParleyError(`${this.#options.what} sent ${type.split(';')[0]} where raw PCM was asked for`, {
      code: 'TTS_FORMAT',
      remedy: 'Check the address: it must be a server that speaks raw 16-bit PCM.',
    });
  }

  #empty(): ParleyError {
    return new ParleyError(`${this.#options.what} answered without any audio`, {
      code: 'TTS_SILENT',
      remedy: 'Check that voice and model fit together.',
      retryable: true,
    });
  }
}

const isWave = (bytes: Uint8Array): boolean =>
  Buffer.from(bytes.subarray(0, 4)).toString('latin1') === 'RIFF';
