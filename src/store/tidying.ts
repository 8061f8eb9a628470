/** Removes what is too old and the names of those who opted out, in small steps between which everything else goes on. */
import type { Clock, Timer } from '../base/clock.ts';
import type { Database } from './database.ts';
import { removeRhythms } from './rhythm-table.ts';
import { DAY_MS } from './tallies.ts';
import { forgetSpeakers, removeOld } from './turn-writes.ts';

/** After the start, whose own work comes first. */
const FIRST_AFTER_MS = 5_000;
const AGAIN_AFTER_MS = 3_600_000;
/** After one that failed: whoever opted out is still named meanwhile. */
const RETRY_AFTER_MS = 10_000;
/** Between two steps of some ms each. */
const STEP_EVERY_MS = 50;

export interface TidyingOptions {
  clock: Clock;
  nowUnixMs(): number;
  retentionDays: number;
  /** Rejects while the store cannot be reached: it is tried again soon. */
  database(): Promise<Database>;
}

export class Tidying {
  readonly #options: TidyingOptions;
  #timer: Timer | null;
  #closed = false;

  constructor(options: TidyingOptions) {
    this.#options = options;
    this.#timer = options.clock.setTimer(FIRST_AFTER_MS, () => this.#run());
  }

  /** Somebody opted out: their turns lose the name now. */
  soon(): void {
    this.#again(0);
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #again(afterMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.#closed ? null : this.#options.clock.setTimer(afterMs, () => this.#run());
  }

  #run(): void {
    this.#timer = null;
    this.#step().then(
      // While a step ran, somebody may have asked for the next one.
      (more) => this.#timer ?? this.#again(more ? STEP_EVERY_MS : AGAIN_AFTER_MS),
      () => this.#timer ?? this.#again(RETRY_AFTER_MS),
    );
  }

  async #step(): Promise<boolean> {
    const database = await this.#options.database();
    const { retentionDays, nowUnixMs } = this.#options;
    const oldest = Math.floor(nowUnixMs() / DAY_MS - retentionDays) * DAY_MS;
    if (await forgetSpeakers(database)) return true;
    await removeRhythms(database, oldest);
    return await removeOld(database, oldest);
  }
}
