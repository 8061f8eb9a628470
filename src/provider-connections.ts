/** One room's connections to its providers: opened together within a deadline, and never left open. */
import type { Clock } from './base/clock.ts';
import { withDeadline } from './base/deadline.ts';
import type { Log } from './base/log.ts';
import type { LlmConnection } from './providers/llm/llm.ts';
import type { Providers } from './providers/providers.ts';
import type { SttConnection, WhoIsThere } from './providers/stt/stt.ts';
import type { TtsConnection } from './providers/tts/tts.ts';

export interface Connections {
  stt: SttConnection;
  llm: LlmConnection;
  tts: TtsConnection;
}

interface Connection {
  close(): Promise<void>;
}

/** Longer than a provider's own deadlines, whose errors say more; somebody waits for the answer to /join. */
const CONNECT_WITHIN_MS = 20_000;
/** The program may be ending. */
const CLOSE_WITHIN_MS = 1_000;

export class ProviderConnections {
  readonly #providers: Providers;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #there: WhoIsThere;
  readonly #opened: Connection[] = [];

  constructor(options: { providers: Providers; clock: Clock; log: Log; there: WhoIsThere }) {
    this.#providers = options.providers;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#there = options.there;
  }

  /** Rejects with the first failure, or the signal's reason; `close()` is for the caller in every case. */
  async open(signal: AbortSignal): Promise<Connections> {
    const { stt, llm, tts } = this.#providers;
    const connections = await Promise.all([
      this.#connect(`speech recogniser "${stt.name}"`, signal, (ended) => stt.connect(ended, this.#there)),
      this.#connect(`language model "${llm.name}"`, signal, (ended) => llm.connect(ended)),
      this.#connect(`voice "${tts.name}"`, signal, (ended) => tts.connect(ended)),
    ]);
    return { stt: connections[0], llm: connections[1], tts: connections[2] };
  }

  /**
   * Closes what is open: within a second, or leaves it alone; never rejects. What is still being opened closes itself
   * once the signal given to `open` is aborted.
   */
  async close(): Promise<void> {
    const closing = this.#opened.splice(0).map((connection) => this.#close(connection));
    const text = { what: 'Closing the providers', remedy: 'Nothing: nobody waits for them.' };
    const deadline = { clock: this.#clock, afterMs: CLOSE_WITHIN_MS, ...text };
    await withDeadline(deadline, () => Promise.all(closing)).catch((error) =>
      this.#log.debug({ err: error }, 'providers are slow to close'),
    );
  }

  async #connect<C extends Connection>(
    what: string,
    signal: AbortSignal,
    connect: (ended: AbortSignal) => Promise<C>,
  ): Promise<C> {
    const deadline = {
      ...{ clock: this.#clock, afterMs: CONNECT_WITHIN_MS, signal, code: 'PROVIDER_TIMEOUT' },
      what: `Connecting to the ${what}`,
      remedy: 'Try /join again; if it stays, the person who runs me should check that provider.',
    };
    return await withDeadline(deadline, async (ended) => {
      const connection = await connect(ended);
      // It came too late: nobody else would close it.
      if (ended.aborted) void this.#close(connection);
      else this.#opened.push(connection);
      return connection;
    });
  }

  async #close(connection: Connection): Promise<void> {
    await connection
      .close()
      .catch((error) => this.#log.warn({ err: error }, 'provider did not close cleanly'));
  }
}
