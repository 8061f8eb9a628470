/** A voice that is changed while it is in use: replies that have begun go on as they began, later ones speak otherwise. */
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { TextToSpeech, TtsChunk, TtsConnection, TtsReply } from './tts.ts';

/** A voice that could not be connected is tried again with the next speaker after this. */
const RETRY_MS = 10_000;

export interface ChangingVoiceOptions {
  clock: Clock;
  log: Log;
  /** Who is to speak now, always of one vendor; asked again with every speaker and reply. */
  wanted(): TextToSpeech;
}

/** Has the name and the place that are wanted first. While a new voice is being connected, the old one speaks. */
export function createChangingVoice(options: ChangingVoiceOptions): TextToSpeech {
  const { name, model, place } = options.wanted();
  return {
    ...{ name, place, ...(model !== undefined && { model }) },
    async connect(signal) {
      const voice = options.wanted();
      return new Connection(options, { voice, connection: await voice.connect(signal), replies: 0 });
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
    const open = [this.#now, ...this.#leaving].map(({ connection }) => connection.givenCharacters);
    if (open.includes(undefined)) return undefined;
    return open.reduce<number>((sum, given = 0) => sum + given, this.#givenBefore);
  }

  warm(): void {
    this.#look();
    this.#now.connection.warm();
  }

  reply(draftId: string): TtsReply {
    this.#look();
    const speaker = this.#now;
    const reply = speaker.connection.reply(draftId);
    speaker.replies += 1;
    let over = false;
    const done = () => {
      if (over) return;
      over = true;
      speaker.replies -= 1;
      if (this.#leaving.has(speaker)) this.#closeIdle(speaker);
    };
    return {
      speak: (clause) => reply.speak(clause),
      end: () => reply.end(),
      cancel: () => {
        reply.cancel();
        done();
      },
      audio: until(reply.audio, done),
    };
  }

  async close(): Promise<void> {
    this.#life.abort(new Error('The voice was closed'));
    const all = [this.#now, ...this.#leaving];
    this.#leaving.clear();
    await Promise.all([...all.map(({ connection }) => connection.close()), this.#changing]);
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
      log.warn({ err: error }, 'the voice that was chosen cannot be connected: the one before goes on');
    }
  }

  #closeIdle(speaker: Speaker): void {
    if (speaker.replies > 0) return;
    this.#leaving.delete(speaker);
    this.#givenBefore += speaker.connection.givenCharacters ?? 0;
    speaker.connection
      .close()
      .catch((error: unknown) => this.#options.log.warn({ err: error }, 'a voice did not close cleanly'));
  }
}

async function* until(audio: AsyncIterable<TtsChunk>, done: () => void): AsyncGenerator<TtsChunk> {
  try {
    yield* audio;
  } finally {
    done();
  }
}
