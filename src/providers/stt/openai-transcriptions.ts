/**
 * Speech to text behind OpenAI's `/audio/transcriptions`: speaches, whisper.cpp, LocalAI, OpenAI itself.
 *
 * The server gets each utterance whole, when it is asked for, so it tells no words while they are spoken. It is meant
 * for servers that are near and fast: of hosted ones a transcript was measured to take 1.5 to 2 s at the tail.
 */
import { samplesToMs } from '../../audio/pcm.ts';
import type { Clock } from '../../base/clock.ts';
import { ParleyError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { isThisMachine, ON_THIS_MACHINE } from '../../base/this-machine.ts';
import { HttpPool } from '../wire/http-pool.ts';
import { Watchdog } from '../wire/watchdog.ts';
import { type ProbeResult, timed } from './streaming/probe.ts';
import { finalLate, isLost } from './streaming/recogniser-failures.ts';
import type { Recogniser, SpeechToText, SttConnection, SttEvent } from './stt.ts';
import { transcriptionForm } from './transcriptions/form.ts';
import { type Told, TranscriptionRecogniser } from './transcriptions/recogniser.ts';
import { readTranscript } from './transcriptions/reply.ts';

export interface OpenAiTranscriptionsOptions {
  clock: Clock;
  log: Log;
  /** Up to and with the version: https://api.openai.com/v1, http://localhost:8000/v1. */
  baseUrl: string;
  /** Servers at home need none. */
  apiKey?: string;
  /** "Systran/faster-whisper-small.en", "gpt-transcribe". */
  model: string;
  /** BCP 47 or ISO 639; found out by the server when absent. */
  language?: string;
  /** Words to expect, names above all, in a sentence or two. */
  prompt?: string;
  /** Ask for the words as they are recognised, for servers that can; off unless given. */
  stream?: boolean;
  /** From the commit to the transcript; 3000 unless given. The conversation itself waits for a second. */
  finalWithinMs?: number;
}

export interface OpenAiTranscriptions extends SpeechToText {
  /** Has half a second of a tone transcribed: the network, the key, the model. Rejects with a ParleyError. */
  probe(signal: AbortSignal): Promise<ProbeResult>;
}

const FINAL_WITHIN_MS = 3_000;
/** Loading a model may take a while. */
const PROBE_WITHIN_MS = 30_000;
/** Of what was said before; the server reads no more than 224 tokens of it. */
const CONTEXT_CHARACTERS = 200;

export function createOpenAiTranscriptions(options: OpenAiTranscriptionsOptions): OpenAiTranscriptions {
  return {
    name: 'openai-transcriptions',
    place: placeOf(options.baseUrl),
    // It tells nothing until it is asked: a draft can only begin early when it is asked early. Each part is heard by
    // itself, with the words before as a prompt, and a pause within a word may cost that word.
    earlyCommit: true,
    connect: async (signal) => {
      const connection = new TranscriptionConnection(options);
      try {
        await connection.open(signal);
      } catch (error) {
        await connection.close();
        throw error;
      }
      return connection;
    },
    probe: (signal) =>
      timed(options.clock, async () => {
        const connection = new TranscriptionConnection({ ...options, finalWithinMs: PROBE_WITHIN_MS });
        try {
          await connection.open(signal);
          await connection.transcribe(probeTone(), '', signal, UNHEARD);
          return `${options.model} at ${new URL(options.baseUrl).host}`;
        } finally {
          await connection.close();
        }
      }),
  };
}

class TranscriptionConnection implements SttConnection {
  readonly #options: OpenAiTranscriptionsOptions;
  readonly #pool: HttpPool;
  readonly #open = new Set<Recogniser>();
  #sentMs = 0;

  constructor(options: OpenAiTranscriptionsOptions) {
    this.#options = options;
    this.#pool = new HttpPool({ clock: options.clock, log: options.log, codePrefix: 'STT' });
  }

  /** An utterance that was posted twice counts twice: nobody knows whether the first was heard to its end, and billed. */
  get sentMs(): number {
    return this.#sentMs;
  }

  async open(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#pool.open(addressOf(this.#options), signal);
  }

  warm(): void {
    this.#pool.warm(addressOf(this.#options));
  }

  openRecogniser(_speaker: { id: string; name: string }, listener: (event: SttEvent) => void): Recogniser {
    const recogniser = new TranscriptionRecogniser({
      ...{ clock: this.#options.clock, listener },
      transcribe: (pcm, before, signal, told) => this.transcribe(pcm, before, signal, told),
      onClose: () => this.#open.delete(recogniser),
    });
    this.#open.add(recogniser);
    return recogniser;
  }

  async close(): Promise<void> {
    for (const recogniser of this.#open) recogniser.close();
    await this.#pool.close();
  }

  /** A connection that is lost, even in the middle of a reply, costs no words: the same audio is posted once more. */
  async transcribe(pcm: Int16Array, before: string, signal: AbortSignal, told: Told): Promise<string> {
    const dueMs = this.#options.finalWithinMs ?? FINAL_WITHIN_MS;
    const watchdog = new Watchdog(this.#options.clock, signal);
    watchdog.expect(dueMs, () => finalLate(dueMs));
    try {
      return await this.#post(pcm, before, watchdog.signal, told).catch(async (error: unknown) => {
        if (!isLost(error) || watchdog.signal.aborted) throw error;
        return await this.#post(pcm, before, watchdog.signal, told);
      });
    } finally {
      watchdog.stop();
    }
  }

  async #post(pcm: Int16Array, before: string, signal: AbortSignal, told: Told): Promise<string> {
    const { apiKey = '', model, language, prompt = '', stream = false } = this.#options;
    const context = `${prompt} ${before.slice(-CONTEXT_CHARACTERS)}`.trim();
    const url = addressOf(this.#options);
    const form = transcriptionForm(pcm, {
      ...{ model, response_format: 'json' },
      ...(language && { [languageField(model)]: language.split('-')[0]! }),
      ...(context && { prompt: context }),
      ...(stream && { stream: 'true' }),
    });
    const headers = {
      'content-type': form.contentType,
      ...(apiKey && { authorization: `Bearer ${apiKey}` }),
    };
    const sentMs = this.#options.clock.now();
    const sent = () => {
      this.#sentMs += samplesToMs(pcm.length);
    };
    const request = { url, headers, body: form.body, signal, again: false, onLost: sent };
    const reply = await this.#pool.post(request).catch((error: unknown) => {
      // It may be at work on it.
      if (signal.aborted) sent();
      throw error;
    });
    if (reply.status === 200) sent();
    if (reply.connectMs !== null) told.onConnected(sentMs + reply.connectMs);
    const facts = { address: url.host + url.pathname, model, key: apiKey };
    try {
      return await readTranscript(reply, facts, told.onWords);
    } catch (error) {
      reply.body.cancel();
      throw error;
    }
  }
}

/** The newer models take several languages instead of one. */
const languageField = (model: string): string =>
  model.startsWith('gpt-transcribe') ? 'languages[]' : 'language';

function addressOf({ baseUrl }: OpenAiTranscriptionsOptions): URL {
  const url = URL.parse(`${baseUrl.replace(/\/+$/, '')}/audio/transcriptions`);
  if (url && /^https?:$/.test(url.protocol)) return url;
  throw new ParleyError('The address of the transcription server is no web address', {
    code: 'STT_ADDRESS',
    remedy: 'Set it to one like http://localhost:8000/v1.',
  });
}

function placeOf(baseUrl: string): string {
  const host = URL.parse(baseUrl)?.hostname ?? '';
  if (host === 'api.openai.com') return 'OpenAI';
  return isThisMachine(host) ? ON_THIS_MACHINE : host;
}

const UNHEARD: Told = { onWords() {}, onConnected() {} };

/** A sound that is no word. */
const probeTone = (): Int16Array =>
  Int16Array.from({ length: 8_000 }, (_, i) =>
    Math.round(3_000 * Math.sin((2 * Math.PI * 220 * i) / 16_000)),
  );
