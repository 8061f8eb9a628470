/** What one room spends: counted at its providers, told with each turn, and the end of the room once the day is spent. */
import type { Clock, Timer } from './base/clock.ts';
import type { ParleyError } from './base/errors.ts';
import type { Log } from './base/log.ts';
import { spentNotice } from './channel-texts.ts';
import type { TurnRecord } from './latency/timeline.ts';
import { capReached, type Ledger } from './money/ledger.ts';
import { Meter } from './money/meter.ts';
import { servicesOf } from './money/services.ts';
import type { Connections } from './provider-connections.ts';
import type { Providers } from './providers/providers.ts';

export interface RoomSpendingOptions {
  clock: Clock;
  log: Log;
  guildId: string;
  ledger: Ledger;
  providers: Providers;
  /** Writes into the channel's chat. */
  tell(text: string): void;
  /** Providers take nothing more: without them the agent neither hears nor speaks. */
  onSpent(error: ParleyError): void;
}

/** A turn under way may end, its answer written where it cannot be spoken. */
const LEAVE_WITHIN_MS = 10_000;

export class RoomSpending {
  readonly #options: RoomSpendingOptions;
  readonly #meter: Meter;
  #leaving: Timer | null = null;
  #closed = false;

  constructor(options: RoomSpendingOptions) {
    this.#options = options;
    const { guildId, ledger, providers } = options;
    this.#meter = new Meter({
      ...{ guildId, ledger, services: servicesOf(providers) },
      onSpent: () => this.#onSpent(),
    });
  }

  metered({ stt, llm, tts }: Connections): Connections {
    return { stt: this.#meter.stt(stt), llm: this.#meter.llm(llm), tts: this.#meter.tts(tts) };
  }

  /** The turn has ended. */
  turn(record: TurnRecord): TurnRecord {
    // Not at once: the turn's end is still being told.
    if (this.#leaving) this.#leaveAfter(0);
    return { ...record, cost: this.#meter.takeTurn() };
  }

  /** Nothing is told any more; what is spent is still counted. */
  close(): void {
    this.#closed = true;
    this.#leaving?.cancel();
  }

  /** Counts what is not counted yet: for the end, when providers are given nothing more. */
  countRest(): void {
    this.#meter.close();
  }

  #onSpent(): void {
    const { ledger, log, tell } = this.#options;
    log.warn({ capUsd: ledger.dailyCapUsd }, 'this server has spent what it may today');
    if (this.#closed) return;
    tell(spentNotice(ledger.dailyCapUsd));
    this.#leaveAfter(LEAVE_WITHIN_MS);
  }

  #leaveAfter(afterMs: number): void {
    if (this.#closed) return;
    const { clock, ledger, onSpent } = this.#options;
    this.#leaving?.cancel();
    this.#leaving = clock.setTimer(afterMs, () => onSpent(capReached(ledger.dailyCapUsd)));
  }
}
