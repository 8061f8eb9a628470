/** Carries what was learned of how people pause from one talk to the next. */
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Rhythms } from './ports.ts';
import type { TurnLoop } from './turn-loop.ts';

export interface RhythmMemoryOptions {
  clock: Clock;
  log: Log;
  loop: Pick<TurnLoop, 'dispatch' | 'rhythmOf'>;
  kept: Rhythms | null;
}

export class RhythmMemory {
  readonly #options: RhythmMemoryOptions;
  /** Speakers, each with the talk in which what is kept of them was asked for, and whether it has come. */
  readonly #asked = new Map<string, { known: boolean }>();

  constructor(options: RhythmMemoryOptions) {
    this.#options = options;
  }

  /** Somebody is heard for the first time. Never waits: until it is known, they are treated as somebody new. */
  recall(speakerId: string): void {
    const { clock, log, loop, kept } = this.#options;
    if (!kept) return;
    const asked = { known: false };
    this.#asked.set(speakerId, asked);
    kept.of(speakerId).then(
      (rhythm) => {
        if (this.#asked.get(speakerId) !== asked) return;
        asked.known = true;
        if (!rhythm) return;
        const { pauseMs, afterCompleteMs } = rhythm;
        loop.dispatch({ type: 'recalled', speakerId, atMs: clock.now(), pauseMs, afterCompleteMs });
      },
      (error: unknown) => log.warn({ err: error }, 'how somebody pauses is learned anew'),
    );
  }

  /** A turn of theirs is over. What is kept is not replaced by what was learned without knowing it. */
  keep(speakerId: string): void {
    const { loop, kept } = this.#options;
    const rhythm = loop.rhythmOf(speakerId);
    if (!kept || !rhythm || !this.#asked.get(speakerId)?.known) return;
    const { pauseMs, afterCompleteMs } = rhythm;
    kept.learned(speakerId, { pauseMs, afterCompleteMs });
  }

  forget(speakerId: string): void {
    this.#asked.delete(speakerId);
  }
}
