/** A voice that is changed while it is in use: replies that have begun go on as they began, later ones speak otherwise. */
import type { Clock } from '../../base/clock.ts';
import { ParleyError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { ChangingReply, type Part } from './changing-reply.ts';
import type { TextToSpeech, TtsConnection, TtsReply } from './tts.ts';

/** A voice that could not be connected is tried again with the next speaker after this. */
const RETRY_MS = 10_000;
/** The vendor will not speak with this voice until somebody puts it right. */
const REFUSALS = ['TTS_VOICE', 'TTS_PLAN', 'TTS_MODEL'];

export interface ChangingVoiceOptions {
  clock: Clock;
  log: Log;
  /** Who is to speak now, always of one vendor; asked again with every speaker and reply. */
  wanted(): TextToSpeech;
  /** The vendor refuses this voice for good; where another one is wanted then, that one speaks. May be told again. */
  onRefused(voice: TextToSpeech, error: ParleyError): void;
}

/** Has the name and the place that are wanted first. While a new voice is being connected, the old one speaks. */
export function createChangingVoice(options: ChangingVoiceOptions): TextToSpeech {
  const { name, model, place } = options.wanted();
  return {
    ...{ name, place, ...(model !== undefined && { model }) },
    async connect(signal) {
      const voice = options.wanted();
      const first = await voice.connect(signal).catch(async (error: unknown) => {
        if (isRefusal(error)) options.onRefused(voice, error);
        if (options.wanted() === voice) throw error;
        return null;
      });
      if (first) return new Connection(options, { voice, connection: first, replies: 0 });
      const other = options.wanted();
      return new Connection(options, { voice: other, connection: await other.connect(signal), replies: 0 });
    },
  };
}

interface Speaker {
  readonly voice: TextToSpeech;
  readonly connection: TtsConnection;
  /** That are not over yet. */
  replies: number;
}

class Connection implements TtsConnection {
  readonly sampleRate: number;
  readonly #options: ChangingVoiceOptions;
  readonly #life = new AbortController();
  /** Those before, until their last reply is over. */
  readonly #leaving = new Set<Speaker>();
  /** Those that say nothing more; a clause that was cut off is counted until then. */
  readonly #closing = new Set<Speaker>();
  #now: Speaker;
  /** Of those that are closed. */
  #givenBefore = 0;
  #changing: Promise<void> | null = null;
  #failed: { voice: TextToSpeech; atMs: number } | null = null;

  constructor(options: ChangingVoiceOptions, first: Speaker) {
    this.#options = options;
    this.#now = first;
    this.sampleRate = first.connection.sampleRate;
  }

  get givenCharacters(): number | undefined {
    const open = this.#all().map(({ connection }) => connection.givenCharacters);
    if (open.includes(undefined)) return undefined;
    return open.reduce<number>((sum, given = 0) => sum + given, this.#givenBefore);
  }

  warm(): void {
    this.#look();
    this.#now.connection.warm();
  }

  reply(draftId: string): TtsReply {
    this.#look();
    return new ChangingReply(() => this.#begin(draftId));
  }

  async close(): Promise<void> {
    this.#life.abort(new Error('The voice was closed'));
    await Promise.all([...this.#all().map(({ connection }) => connection.close()), this.#changing]);
  }

  #all(): Speaker[] {
    return [this.#now, ...this.#leaving, ...this.#closing];
  }

  #begin(draftId: string): Part {
    const speaker = this.#now;
    const reply = speaker.connection.reply(draftId);
    speaker.replies += 1;
    let over = false;
    return {
      reply,
      over: () => {
        if (over) return;
        over = true;
        speaker.replies -= 1;
        if (this.#leaving.has(speaker)) this.#closeIdle(speaker);
      },
      refused: (error) => this.#onRefused(speaker, error),
    };
  }

  async #onRefused(speaker: Speaker, error: unknown): Promise<boolean> {
    if (!isRefusal(error)) return false;
    this.#options.onRefused(speaker.voice, error);
    this.#look();
    await this.#changing;
    return this.#now !== speaker;
  }

  /** Another voice may be wanted by now. */
  #look(): void {
    const voice = this.#options.wanted();
    if (voice === this.#now.voice || this.#changing || this.#life.signal.aborted) return;
    const failed = this.#failed;
    if (failed?.voice === voice && this.#options.clock.now() - failed.atMs < RETRY_MS) return;
    this.#changing = this.#change(voice).finally(() => {
      this.#changing = null;
    });
  }

  /** Never rejects. */
  async #change(voice: TextToSpeech): Promise<void> {
    const { clock, log } = this.#options;
    const { signal } = this.#life;
    try {
      const connection = await voice.connect(signal);
      // The mouth is open at one rate.
      const fits = connection.sampleRate === this.sampleRate;
      if (signal.aborted || !fits) await connection.close();
      if (signal.aborted) return;
      if (!fits) throw new Error('The voice that was chosen has another rate');
      const before = this.#now;
      this.#now = { voice, connection, replies: 0 };
      this.#leaving.add(before);
      this.#closeIdle(before);
    } catch (error) {
      if (signal.aborted) return;
      this.#failed = { voice, atMs: clock.now() };
      if (isRefusal(error)) this.#options.onRefused(voice, error);
      log.warn({ err: error }, 'the voice that was chosen cannot be connected: the one before goes on');
    }
  }

  #closeIdle(speaker: Speaker): void {
    if (speaker.replies > 0 || !this.#leaving.delete(speaker)) return;
    this.#closing.add(speaker);
    speaker.connection
      .close()
      .catch((error: unknown) => this.#options.log.warn({ err: error }, 'a voice did not close cleanly'))
      .finally(() => {
        this.#closing.delete(speaker);
        this.#givenBefore += speaker.connection.givenCharacters ?? 0;
      });
  }
}

const isRefusal = (error: unknown): error is ParleyError =>
  error instanceof ParleyError && !error.retryable && REFUSALS.includes(error.code);
