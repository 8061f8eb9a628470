/**
 * Recognisers for those who talk: each is opened with its speaker's first words and closed after a while of silence, so
 * that a full room costs what its talkers cost. To the speakers it looks as if theirs were always open.
 */
import type { Clock, Timer } from '../base/clock.ts';
import { ParleyError, toParleyError } from '../base/errors.ts';
import type { Recogniser, SttConnection, SttEvent } from '../providers/stt/stt.ts';

export const RECOGNISER_LIMITS = {
  /** What a recogniser learnt of a voice is worth keeping for the length of a talk, not of an evening. */
  idleMs: 60_000,
  /** In one channel. For one more, that of who has been silent for longest is closed. */
  most: 8,
} as const;

type Limits = { readonly [K in keyof typeof RECOGNISER_LIMITS]: number };

/** The same connection, with a bound on the recognisers that are open at once. */
export function onDemand(
  stt: SttConnection,
  clock: Clock,
  limits: Limits = RECOGNISER_LIMITS,
): SttConnection {
  const open = new Set<OnDemand>();
  /** True when there is room for one more, if need be by closing an idle one. */
  const makeRoom = (): boolean => {
    if (open.size < limits.most) return true;
    const idle = [...open].filter((one) => one.idle).sort((a, b) => a.idleSinceMs - b.idleSinceMs)[0];
    idle?.release();
    return idle !== undefined;
  };
  return {
    warm: () => stt.warm(),
    openRecogniser: (speaker, listener) =>
      new OnDemand({
        ...{ clock, idleMs: limits.idleMs, listener, makeRoom, open },
        openInner: (inner) => stt.openRecogniser(speaker, inner),
      }),
    close: async () => {
      for (const one of [...open]) one.release();
      await stt.close();
    },
  };
}

interface OnDemandOptions {
  clock: Clock;
  idleMs: number;
  listener(event: SttEvent): void;
  makeRoom(): boolean;
  /** Those that are open now. */
  open: Set<OnDemand>;
  openInner(listener: (event: SttEvent) => void): Recogniser;
}

class OnDemand implements Recogniser {
  readonly #options: OnDemandOptions;
  #inner: Recogniser | null = null;
  /** Counts recognisers, so that late words of one that is gone are not taken for those of the next. */
  #opened = 0;
  #commits = 0;
  /** Commits that wait for their final: the number told by the open recogniser, to the number told to the speaker. */
  #pending = new Map<number, number>();
  #idle: Timer | null = null;
  #closed = false;
  idleSinceMs = 0;

  constructor(options: OnDemandOptions) {
    this.#options = options;
  }

  /** Nothing was written since the last utterance, and nothing is expected. */
  get idle(): boolean {
    return this.#idle !== null && this.#pending.size === 0;
  }

  write(pcm: Int16Array): void {
    this.#stopIdle();
    this.#inner ??= this.#open();
    this.#inner?.write(pcm);
  }

  commit(): number {
    const id = ++this.#commits;
    if (!this.#inner) {
      // Nothing was written, or what was written could not be heard, which was told then.
      this.#tell({ type: 'final', commitId: id, text: '', understood: false });
      return id;
    }
    this.#pending.set(this.#inner.commit(), id);
    this.#beIdle();
    return id;
  }

  reset(): void {
    if (!this.#inner) return;
    this.#pending.clear();
    this.#inner.reset();
    this.#beIdle();
  }

  close(): void {
    this.#closed = true;
    this.release();
  }

  /** Until the speaker's next words. */
  release(): void {
    this.#stopIdle();
    this.#opened += 1;
    this.#options.open.delete(this);
    this.#pending.clear();
    this.#inner?.close();
    this.#inner = null;
  }

  #open(): Recogniser | null {
    const { open, makeRoom, openInner } = this.#options;
    if (this.#closed) return null;
    if (!makeRoom()) {
      this.#tell({ type: 'error', error: tooManyTalkers() });
      return null;
    }
    const number = ++this.#opened;
    try {
      const inner = openInner((event) => {
        if (number === this.#opened) this.#onEvent(event);
      });
      open.add(this);
      return inner;
    } catch (thrown) {
      const remedy = 'Check the speech-to-text provider and its key.';
      this.#tell({ type: 'error', error: toParleyError(thrown, { code: 'STT_UNAVAILABLE', remedy }) });
      return null;
    }
  }

  #onEvent(event: SttEvent): void {
    if (event.type === 'error') this.release();
    if (event.type !== 'final') return this.#options.listener(event);
    const commitId = this.#pending.get(event.commitId);
    if (commitId === undefined) return;
    this.#pending.delete(event.commitId);
    this.#options.listener({ ...event, commitId });
  }

  /** Later, as recognisers do. */
  #tell(event: SttEvent): void {
    queueMicrotask(() => {
      if (!this.#closed) this.#options.listener(event);
    });
  }

  #beIdle(): void {
    const { clock, idleMs } = this.#options;
    this.#stopIdle();
    this.idleSinceMs = clock.now();
    this.#idle = clock.setTimer(idleMs, () => this.release());
  }

  #stopIdle(): void {
    this.#idle?.cancel();
    this.#idle = null;
  }
}

const tooManyTalkers = (): ParleyError =>
  new ParleyError('More people talk at once than are recognised', {
    code: 'TOO_MANY_TALKERS',
    remedy: 'Speak one after another.',
    retryable: true,
  });
