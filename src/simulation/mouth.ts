/** The agent's voice: 20 ms frames on an absolute clock, kept as runs of frames, so that none costs an event. */
import type { Schedule, Task } from './schedule.ts';
import { FRAME_MS } from './script.ts';

/** Frames of one speech that left one after the other, the first at `firstMs`, the next 20 ms after it. */
export interface Run {
  fromFrame: number;
  firstMs: number;
  count: number;
}

export interface SpeechEvents {
  onFirstFrame(atMs: number): void;
  /** Told when the sound has lasted 60 ms, with the instant at which it began. */
  onAudible(sinceMs: number): void;
  /** Everything was played. */
  onDone(): void;
}

/** Silence frames after the last frame of a run, so that listeners do not interpolate. */
const SILENCE_FRAMES = 5;
/** Frames of sound that make it audible. */
const AUDIBLE_FRAMES = 3;

/** Instants are sums: they are off by less than this share of a frame. */
const ROUNDING = 1e-9;

/** One thing that the agent says: an answer, or a notice. */
export class Speech {
  readonly runs: Run[] = [];
  readonly events: SpeechEvents;
  /** Frames that are there to be played, from the first. */
  availableFrames = 0;
  /** No more frames come. */
  ended = false;
  /** Frames too quiet to hear, at its start. */
  quietFrames = 0;
  phase: 'playing' | 'paused' | 'over' = 'playing';

  constructor(events: SpeechEvents) {
    this.events = events;
  }

  /** Frames that left in runs that are over. */
  get framesOut(): number {
    const last = this.runs.at(-1);
    return last ? last.fromFrame + last.count : 0;
  }
}

/** The run under way: which speech, since when, and what is known to have left of it. */
interface Playing {
  speech: Speech;
  firstMs: number;
  fromFrame: number;
  /** Frames that were reported as sent: they stay so when something stops the speech at the same instant. */
  reported: number;
}

export class Mouth {
  readonly #schedule: Schedule;
  /** The speech that plays, or will when there are frames: never two. */
  #speech: Speech | null = null;
  #playing: Playing | null = null;
  #next: Task | null = null;
  /** When the last frame of the run before left. */
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
  }

  /** The speech plays as soon as it has frames; the one before is over. */
  begin(speech: Speech): void {
    if (this.#speech) this.stop(this.#speech);
    this.#speech = speech;
    this.wake(speech);
  }

  /** There are more frames, or no more will come. */
  wake(speech: Speech): void {
    if (this.#speech !== speech || speech.phase !== 'playing') return;
    if (this.#playing) return this.#plan(this.#playing);
    const fromFrame = speech.framesOut;
    if (fromFrame < speech.availableFrames) {
      this.#playing = { speech, firstMs: this.#slotMs(), fromFrame, reported: fromFrame };
      this.#plan(this.#playing);
    } else if (speech.ended) {
      this.#finish(speech);
    }
  }

  /** No frame leaves from now on until `resume`. */
  pause(speech: Speech): void {
    if (speech.phase !== 'playing') return;
    speech.phase = 'paused';
    if (this.#speech === speech) this.#endRun();
  }

  /** Goes on with the very next frame. */
  resume(speech: Speech): void {
    if (speech.phase !== 'paused') return;
    speech.phase = 'playing';
    this.wake(speech);
  }

  /** No frame of it leaves any more. */
  stop(speech: Speech): void {
    speech.phase = 'over';
    if (this.#speech !== speech) return;
    this.#endRun();
    this.#speech = null;
  }

  /** The next packet's instant: 20 ms after the one before, which may be one of silence. */
  #slotMs(): number {
    const now = this.#schedule.nowMs;
    const slots = Math.max(1, Math.ceil((now - this.#lastMs) / FRAME_MS - ROUNDING));
    return slots > SILENCE_FRAMES + 1 ? now : Math.max(now, this.#lastMs + slots * FRAME_MS);
  }

  /** Sets the timer of the run: for its first frame, the one that makes it audible, or the end of what there is. */
  #plan(playing: Playing): void {
    if (this.#next) this.#next.cancelled = true;
    const { speech, firstMs, fromFrame, reported } = playing;
    const audibleFrame = speech.quietFrames + AUDIBLE_FRAMES - 1;
    let frame = speech.availableFrames;
    if (reported === 0) frame = 0;
    else if (reported <= audibleFrame && fromFrame <= audibleFrame) frame = Math.min(frame, audibleFrame);
    this.#next = this.#schedule.at(firstMs + (frame - fromFrame) * FRAME_MS, () =>
      this.#onFrame(playing, frame),
    );
  }

  #onFrame(playing: Playing, frame: number): void {
    const { speech } = playing;
    this.#next = null;
    if (frame === speech.availableFrames) {
      this.#endRun();
      if (speech.ended) this.#finish(speech);
      return;
    }
    playing.reported = frame + 1;
    if (frame === 0) speech.events.onFirstFrame(this.#schedule.nowMs);
    else speech.events.onAudible(this.#frameMs(playing, speech.quietFrames));
    // What was reported may have stopped the speech or paused it.
    if (this.#playing === playing) this.#plan(playing);
  }

  #endRun(): void {
    const playing = this.#playing;
    if (!playing) return;
    if (this.#next) this.#next.cancelled = true;
    const { speech, firstMs, fromFrame, reported } = playing;
    const inTime = Math.ceil((this.#schedule.nowMs - firstMs) / FRAME_MS - ROUNDING);
    const count = Math.max(reported - fromFrame, Math.min(inTime, speech.availableFrames - fromFrame));
    this.#playing = null;
    if (count <= 0) return;
    speech.runs.push({ fromFrame, firstMs, count });
    this.#lastMs = firstMs + (count - 1) * FRAME_MS;
  }

  #finish(speech: Speech): void {
    speech.phase = 'over';
    this.#speech = null;
    speech.events.onDone();
  }

  /** When a frame of this run or an earlier one left. */
  #frameMs({ speech, firstMs, fromFrame }: Playing, frame: number): number {
    if (frame >= fromFrame) return firstMs + (frame - fromFrame) * FRAME_MS;
    const run = speech.runs.find((one) => frame < one.fromFrame + one.count)!;
    return run.firstMs + (frame - run.fromFrame) * FRAME_MS;
  }
}
