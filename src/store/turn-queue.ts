/** Turns on their way into the store: handed over in batches, kept in memory while it does not work. */
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { TurnRecord } from '../latency/timeline.ts';
import type { Outage } from './outage.ts';
import { SteadyWriter } from './steady-writer.ts';

export interface TurnQueueOptions {
  clock: Clock;
  log: Log;
  outage: Outage;
  /** Resolves once they are stored. A batch that was stored although this rejected may be given again. */
  write(records: TurnRecord[]): Promise<unknown>;
}

/** A turn is in the store within this and the time of one write, also if the process is killed then. */
const EVERY_MS = 1_000;
/** Copied to the worker in well under a millisecond or two. */
const BATCH = 200;
/** About 1 kB each: an hour of outage of a process that is very busy. */
const AT_MOST = 20_000;

export class TurnQueue {
  readonly #options: TurnQueueOptions;
  readonly #writer: SteadyWriter;
  #waiting: TurnRecord[] = [];
  /** Being written: they wait again when that fails. */
  #underWay: TurnRecord[] = [];
  #lost = 0;
  readonly #added = new Map<string, number>();

  constructor(options: TurnQueueOptions) {
    this.#options = options;
    this.#writer = new SteadyWriter({
      ...{ clock: options.clock, outage: options.outage, everyMs: EVERY_MS },
      waiting: () => this.#waiting.length > 0,
      write: async () => await this.#write(),
    });
  }

  /** Never waits and never throws. */
  add(record: TurnRecord): void {
    this.#waiting.push(record);
    this.#added.set(record.guildId, this.addedOf(record.guildId) + 1);
    this.#bound();
    this.#writer.wake();
  }

  /** How many turns of a server this process has added so far. */
  addedOf(guildId: string): number {
    return this.#added.get(guildId) ?? 0;
  }

  /** Takes the name off turns that are not stored yet. */
  forget(speakerId: string, nobody: string): void {
    const unnamed = (record: TurnRecord): TurnRecord =>
      record.speakerId === speakerId ? { ...record, speakerId: nobody } : record;
    this.#waiting = this.#waiting.map(unnamed);
    this.#underWay = this.#underWay.map(unnamed);
  }

  /** Rejects with a ParleyError when the turns until now could not be stored; they wait on. */
  async flush(): Promise<void> {
    await this.#writer.flush();
  }

  /** Rejects as `flush`; what could not be stored is lost, and counted in the log. */
  async close(): Promise<void> {
    try {
      await this.#writer.close();
    } finally {
      this.#lost += this.#waiting.length;
      this.#tellLost();
    }
  }

  async #write(): Promise<void> {
    this.#underWay = this.#waiting.splice(0, BATCH);
    try {
      await this.#options.write(this.#underWay);
    } catch (error) {
      this.#waiting.unshift(...this.#underWay);
      this.#bound();
      throw error;
    } finally {
      this.#underWay = [];
    }
    this.#tellLost();
  }

  /** The oldest go first: what happens now is what is looked for. */
  #bound(): void {
    const over = this.#waiting.length - AT_MOST;
    if (over <= 0) return;
    this.#waiting.splice(0, over);
    this.#lost += over;
  }

  #tellLost(): void {
    if (this.#lost > 0) this.#options.log.warn({ turns: this.#lost }, 'turns were not stored and are lost');
    this.#lost = 0;
  }
}
