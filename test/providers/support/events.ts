/** Waits for what a recogniser tells. */
import type { SttEvent } from '../../../src/providers/stt/stt.ts';

type Final = Extract<SttEvent, { type: 'final' }>;
type Failure = Extract<SttEvent, { type: 'error' }>;

/** Keeps every event, and lets a test await the next that fits. */
export class SttLog {
  readonly events: SttEvent[] = [];
  #waiting: { fits: (event: SttEvent) => boolean; resolve: (event: SttEvent) => void }[] = [];

  readonly listener = (event: SttEvent): void => {
    this.events.push(event);
    const fitting = this.#waiting.filter(({ fits }) => fits(event));
    this.#waiting = this.#waiting.filter((waiter) => !fitting.includes(waiter));
    for (const { resolve } of fitting) resolve(event);
  };

  get finals(): Final[] {
    return this.events.filter((event) => event.type === 'final');
  }

  get interims(): string[] {
    return this.events.filter((event) => event.type === 'interim').map(({ text }) => text);
  }

  /** The final of that commit, past or to come. Rejects when the recogniser fails instead. */
  async final(commitId: number): Promise<Final> {
    const event = await this.#first(
      (one) => one.type === 'error' || (one.type === 'final' && one.commitId === commitId),
    );
    if (event.type === 'error') throw event.error;
    return event as Final;
  }

  async failure(): Promise<Failure['error']> {
    const event = await this.#first(({ type }) => type === 'error');
    return (event as Failure).error;
  }

  async interim(fits: (event: Extract<SttEvent, { type: 'interim' }>) => boolean): Promise<SttEvent> {
    return await this.#first((event) => event.type === 'interim' && fits(event));
  }

  /** Once so many events of this type have come. */
  async count(type: SttEvent['type'], count: number): Promise<void> {
    const missing = () => this.events.filter((event) => event.type === type).length < count;
    if (missing()) await new Promise((resolve) => this.#waiting.push({ fits: () => !missing(), resolve }));
  }

  async #first(fits: (event: SttEvent) => boolean): Promise<SttEvent> {
    return (
      this.events.find(fits) ??
      (await new Promise<SttEvent>((resolve) => {
        this.#waiting.push({ fits, resolve });
      }))
    );
  }
}
