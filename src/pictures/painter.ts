/** Has pictures made by a worker thread, which is made for the first one and ended when nobody wants any more. */
import type { Clock } from '../base/clock.ts';
import { withDeadline } from '../base/deadline.ts';
import { ParleyError, toParleyError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { WorkerDesk } from '../base/worker-desk.ts';
import type { SpawnWorker } from '../base/worker-host.ts';
import type { Picture, PictureAnswers, Subject } from './picture.ts';

/** One takes about 0.1 s on a free core; beside speech recognition on both it may take ten times as long. */
const ANSWER_WITHIN_MS = 5_000;
const LATE = 'PICTURE_TIMEOUT';
const LATE_REMEDY = 'Check that the machine is not overloaded, then try again.';
/** Its memory (about 60 MB) is worth more than the half second that the next picture waits. */
const IDLE_MS = 60_000;

export interface Painter {
  /** Begins to start the thread, for a picture that is about to be asked for. */
  warm(): void;
  /** Rejects with a ParleyError that can be shown to people: it could not be drawn, or not within 5 s. The log has the cause. */
  paint(subject: Subject): Promise<Picture>;
  close(): Promise<void>;
}

export interface PainterOptions {
  clock: Clock;
  log: Log;
  spawn?: SpawnWorker;
}

export function createPainter({ clock, log, spawn }: PainterOptions): Painter {
  const desk = new WorkerDesk<Subject, PictureAnswers>({
    url: new URL('./painter-worker.ts', import.meta.url),
    name: 'picture painter',
    ...{ clock, log, answerWithinMs: ANSWER_WITHIN_MS, idleMs: IDLE_MS },
    codes: { died: 'PICTURE_PAINTER_DIED', late: LATE, closed: 'PICTURE_CLOSED' },
    lateRemedy: LATE_REMEDY,
    refusal: (why) =>
      new ParleyError(`The picture could not be drawn: ${String(why)}`, {
        code: 'PICTURE_FAILED',
        remedy: 'Run `npm ci`, which installs @resvg/resvg-js and the font, and start again.',
      }),
    ...(spawn && { spawn }),
  });
  return {
    warm: () => desk.warm(),
    // Whoever asked waits for the text that stands beside it: a thread that is slow to start counts as well.
    paint: async (subject) =>
      await withDeadline(
        { clock, afterMs: ANSWER_WITHIN_MS, what: 'Drawing the picture', remedy: LATE_REMEDY, code: LATE },
        async (signal) => await desk.ask(subject, { signal }),
      ).catch((error: unknown) => {
        throw told(error, log);
      }),
    close: () => desk.close(),
  };
}

/** Why a worker died may name files of this machine, which are for the log alone. */
function told(error: unknown, log: Log): ParleyError {
  const failure = toParleyError(error, { code: 'PICTURE_FAILED', remedy: 'Try again.' });
  log.warn({ err: failure, remedy: failure.remedy }, 'a picture could not be drawn');
  const { code, retryable, remedy } = failure;
  return new ParleyError('The picture could not be drawn', { code, retryable, remedy, cause: failure });
}
