/** One voice channel's recognisers over one pool of a vendor's sessions. */
import type { Clock } from '../../../base/clock.ts';
import type { Log } from '../../../base/log.ts';
import type { Recogniser, SttConnection, SttEvent, WhoIsThere } from '../stt.ts';
import { type KeytermLimits, KnownNames } from './keyterms.ts';
import type { SessionTraits, StreamSession } from './session.ts';
import { SessionPool, type Talkers } from './session-pool.ts';
import { StreamRecogniser } from './stream-recogniser.ts';

export interface StreamVendor {
  clock: Clock;
  log: Log;
  traits: SessionTraits;
  keytermLimits: KeytermLimits;
  /** The agent's names: listened for in every channel. */
  names(): readonly string[];
  spares: number;
  talkers: Talkers;
  /** Rejects with a ParleyError, or the signal's reason. */
  open(
    keyterms: readonly string[],
    signal: AbortSignal,
    onSent: (ms: number) => void,
  ): Promise<StreamSession>;
}

/** What two sessions that know the same names have in common. */
export const keytermsKey = (terms: readonly string[]): string => terms.join('\n');

export class StreamConnection implements SttConnection {
  readonly #vendor: StreamVendor;
  readonly #names: KnownNames;
  readonly #pool: SessionPool;
  readonly #open = new Set<Recogniser>();
  #sentMs = 0;

  private constructor(vendor: StreamVendor, { listenFor, isHeard }: WhoIsThere) {
    this.#vendor = vendor;
    this.#names = new KnownNames({
      ...{ isHeard, limits: vendor.keytermLimits },
      fixed: () => [...listenFor(), ...vendor.names()],
    });
    this.#pool = new SessionPool({
      ...{ clock: vendor.clock, log: vendor.log, spares: vendor.spares, talkers: vendor.talkers },
      open: (signal) =>
        vendor.open(this.#names.terms, signal, (ms) => {
          this.#sentMs += ms;
        }),
      keyterms: () => this.#keyterms(),
      maxAgeMs: vendor.traits.maxAgeMs,
    });
  }

  /** With its first session open. Rejects as `open` of the vendor does. @param there as of any recogniser. */
  static async connect(
    vendor: StreamVendor,
    signal: AbortSignal,
    there: WhoIsThere = { listenFor: () => [], isHeard: () => true },
  ): Promise<StreamConnection> {
    signal.throwIfAborted();
    const connection = new StreamConnection(vendor, there);
    try {
      await connection.#pool.begin(signal);
    } catch (error) {
      await connection.close();
      throw error;
    }
    return connection;
  }

  get sentMs(): number {
    return this.#sentMs;
  }

  warm(): void {
    this.#pool.warm();
  }

  openRecogniser(speaker: { id: string; name: string }, listener: (event: SttEvent) => void): Recogniser {
    this.#names.add(speaker);
    const { clock, log, traits } = this.#vendor;
    const recogniser = new StreamRecogniser({
      ...{ clock, log, traits, listener, pool: this.#pool },
      keyterms: () => this.#keyterms(),
      onClose: () => this.#open.delete(recogniser),
    });
    this.#open.add(recogniser);
    return recogniser;
  }

  async close(): Promise<void> {
    for (const recogniser of this.#open) recogniser.close();
    await this.#pool.close();
  }

  #keyterms(): string {
    return keytermsKey(this.#names.terms);
  }
}
