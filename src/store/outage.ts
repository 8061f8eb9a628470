/** Tells the operator once that the store does not work, and once that it does again. */
import type { ParleyError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';

export class Outage {
  readonly #log: Log;
  /** Who could not write, or read. */
  readonly #failing = new Set<object>();
  #error: ParleyError | null = null;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Said again only when the reason is another one. */
  failed(who: object, error: ParleyError): void {
    this.#failing.add(who);
    const known = this.#error?.code === error.code;
    this.#error = error;
    if (known) return;
    const { code, remedy } = error;
    this.#log.warn({ err: error, code, remedy }, 'the store does not work; the talk goes on');
  }

  /** What it is now, with its remedy; null when the store works. */
  get problem(): string | null {
    return this.#error && `${this.#error.message}. ${this.#error.remedy}`;
  }

  over(who: object): void {
    if (!this.#failing.delete(who) || this.#failing.size > 0) return;
    this.#log.info({ code: this.#error?.code }, 'the store works again');
    this.#error = null;
  }
}
