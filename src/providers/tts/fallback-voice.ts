/** Two ways to one voice: the first speaks, and where it fails or is late, the second goes on from the same clause. */
import type { Clock, Timer } from '../../base/clock.ts';
import { type ParleyError, toParleyError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { FallbackReply } from './fallback-reply.ts';
import type { TextToSpeech, TtsConnection, TtsReply } from './tts.ts';

/** Nearly three times what the fastest hosted voices take at the median; two seconds are all an answer has. */
const LATE_MS = 800;
/** A first way that could not be connected is tried again with the next speaker after this. */
const RETRY_MS = 10_000;

export interface FallbackVoiceOptions {
  clock: Clock;
  log: Log;
  first: TextToSpeech;
  /** Of the same sample rate. */
  second: TextToSpeech;
  /** From asking for a clause to its first audio, before the second is asked as well. What both made is paid twice. */
  lateMs?: number;
}

/** Has the name and the place of the first. It connects as long as one of both does. */
export function createFallbackVoice(options: FallbackVoiceOptions): TextToSpeech {
  const { name, place } = options.first;
  return {
    ...{ name, place },
    async connect(signal) {
      signal.throwIfAborted();
      const connecting = [options.first, options.second].map((voice) => voice.connect(signal));
      const [first, second] = (await Promise.allSettled(connecting)) as [Outcome, Outcome];
      const error = first.status === 'rejected' ? asError(first.reason) : null;
      const connections = [first, second].flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      // A key that is refused is refused to both; and whoever aborted wants neither.
      const hopeless = error !== null && !error.retryable;
      if (signal.aborted || hopeless || connections.length === 0) {
        await Promise.all(connections.map((connection) => connection.close()));
        throw signal.aborted ? signal.reason : error;
      }
      for (const one of [first, second])
        if (one.status === 'rejected')
          options.log.warn({ err: one.reason as unknown }, 'one of two ways to the voice is closed');
      return new Connection(options, connectionOf(first), connectionOf(second));
    },
  };
}

type Outcome = PromiseSettledResult<TtsConnection>;

const connectionOf = (outcome: Outcome): TtsConnection | null =>
  outcome.status === 'fulfilled' ? outcome.value : null;

const asError = (thrown: unknown): ParleyError =>
  toParleyError(thrown, { code: 'TTS_FAILED', remedy: 'Try again.', retryable: true });

class Connection implements TtsConnection {
  readonly sampleRate: number;
  readonly #options: FallbackVoiceOptions;
  readonly #life = new AbortController();
  readonly #second: TtsConnection | null;
  #first: TtsConnection | null;
  #retry: Timer | null = null;
  #connecting: Promise<void> | null = null;

  constructor(options: FallbackVoiceOptions, first: TtsConnection | null, second: TtsConnection | null) {
    this.#options = options;
    this.#first = first;
    this.sampleRate = (first ?? second!).sampleRate;
    this.#second = second?.sampleRate === this.sampleRate ? second : null;
    if (!first) this.#waitToRetry();
  }

  /** Of both ways: a clause that the first was late with is given twice. */
  get givenCharacters(): number | undefined {
    const ways = [this.#first, this.#second].filter((way) => way !== null);
    if (ways.some(({ givenCharacters }) => givenCharacters === undefined)) return undefined;
    return ways.reduce((sum, { givenCharacters = 0 }) => sum + givenCharacters, 0);
  }

  warm(): void {
    this.#first?.warm();
    this.#second?.warm();
    if (!this.#first && !this.#retry) this.#connecting ??= this.#connectFirst();
  }

  reply(draftId: string): TtsReply {
    const { clock, log, lateMs = LATE_MS } = this.#options;
    const [first, second] = [this.#first, this.#second];
    if (!first) return second!.reply(draftId);
    if (!second) return first.reply(draftId);
    return new FallbackReply({ clock, lateMs }, first.reply(draftId), (error) => {
      log.warn({ err: error }, 'the second way to the voice goes on');
      return second.reply(draftId);
    });
  }

  async close(): Promise<void> {
    this.#retry?.cancel();
    this.#life.abort(new Error('The voice was closed'));
    await Promise.all([this.#first?.close(), this.#second?.close(), this.#connecting]);
  }

  #waitToRetry(): void {
    this.#retry = this.#options.clock.setTimer(RETRY_MS, () => {
      this.#retry = null;
    });
  }

  async #connectFirst(): Promise<void> {
    try {
      const first = await this.#options.first.connect(this.#life.signal);
      if (this.#life.signal.aborted || first.sampleRate !== this.sampleRate) return await first.close();
      this.#first = first;
    } catch (error) {
      if (this.#life.signal.aborted) return;
      this.#options.log.debug({ err: error }, 'the first way to the voice is still closed');
      this.#waitToRetry();
    } finally {
      this.#connecting = null;
    }
  }
}
