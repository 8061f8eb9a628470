/** The deadlines of one request: each next thing has its own, on one signal that obeys the caller's signal too. */
import type { Clock, Timer } from '../../base/clock.ts';
import type { ParleyError } from '../../base/errors.ts';

export class Watchdog {
  readonly #clock: Clock;
  readonly #caller: AbortSignal | undefined;
  readonly #controller = new AbortController();
  readonly #onCallerAbort: () => void;
  #timer: Timer | null = null;

  /** @param caller aborts the request with its own reason. */
  constructor(clock: Clock, caller?: AbortSignal) {
    this.#clock = clock;
    this.#caller = caller;
    this.#onCallerAbort = () => this.#controller.abort(caller?.reason);
    if (caller?.aborted) this.#onCallerAbort();
    else caller?.addEventListener('abort', this.#onCallerAbort, { once: true });
  }

  /** For the request: aborted when something is late, with what `late` made, or when the caller's is. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The next thing must come within `afterMs`; replaces what was waited for before. */
  expect(afterMs: number, late: () => ParleyError): void {
    this.rest();
    this.#timer = this.#clock.setTimer(afterMs, () => this.#controller.abort(late()));
  }

  /** Nothing is waited for until the next `expect`. */
  rest(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  /** The request is over: no timer and no listener is left, and the signal stays as it is. */
  stop(): void {
    this.rest();
    this.#caller?.removeEventListener('abort', this.#onCallerAbort);
  }
}
