import { describe, expect, it } from 'vitest';
import { Mouth, Speech } from '../../src/simulation/mouth.ts';
import { Schedule } from '../../src/simulation/schedule.ts';

function rig() {
  const schedule = new Schedule();
  const mouth = new Mouth(schedule);
  const told: string[] = [];
  const speech = new Speech({
    onFirstFrame: (atMs) => told.push(`first ${atMs}`),
    onAudible: (sinceMs) => told.push(`audible since ${sinceMs}, known at ${schedule.nowMs}`),
    onDone: () => told.push(`done ${schedule.nowMs}`),
  });
  /** Gives it `frames` more at `atMs`. */
  const give = (atMs: number, frames: number, ended = false) =>
    schedule.at(atMs, () => {
      speech.availableFrames += frames;
      speech.ended = ended;
      mouth.wake(speech);
    });
  return { schedule, mouth, speech, told, give };
}

describe('a speech', () => {
  it('plays a frame every 20 ms, and is known to be audible at its third one', () => {
    const { schedule, mouth, speech, told, give } = rig();
    mouth.begin(speech);
    speech.quietFrames = 2;
    give(100, 10, true);
    schedule.run(1_000);
    expect(told).toEqual(['first 100', 'audible since 140, known at 180', 'done 300']);
    expect(speech.runs).toEqual([{ fromFrame: 0, firstMs: 100, count: 10 }]);
  });

  it('that runs dry goes on when there is more, on the grid of the silence frames after it', () => {
    const { schedule, mouth, speech, told, give } = rig();
    mouth.begin(speech);
    give(0, 3);
    give(95, 3);
    give(500, 2, true);
    schedule.run(1_000);
    expect(speech.runs).toEqual([
      { fromFrame: 0, firstMs: 0, count: 3 },
      { fromFrame: 3, firstMs: 100, count: 3 },
      { fromFrame: 6, firstMs: 500, count: 2 },
    ]);
    expect(told).toEqual(['first 0', 'audible since 0, known at 40', 'done 540']);
  });

  it('goes on without a break when more comes in time', () => {
    const { schedule, mouth, speech, give } = rig();
    mouth.begin(speech);
    give(0, 3);
    give(60, 2, true);
    schedule.run(1_000);
    expect(speech.runs).toEqual([{ fromFrame: 0, firstMs: 0, count: 5 }]);
  });

  it('is paused and resumed without a frame lost or doubled', () => {
    const { schedule, mouth, speech, told, give } = rig();
    mouth.begin(speech);
    give(0, 6, true);
    // The frames of 0 and 20 ms have left; that of 40 ms has not.
    schedule.at(40, () => mouth.pause(speech));
    schedule.at(250, () => mouth.resume(speech));
    schedule.run(1_000);
    expect(speech.runs).toEqual([
      { fromFrame: 0, firstMs: 0, count: 2 },
      { fromFrame: 2, firstMs: 250, count: 4 },
    ]);
    expect(told).toEqual(['first 0', 'audible since 0, known at 250', 'done 330']);
  });

  it('that is held back before its first frame leaves it for later', () => {
    const { schedule, mouth, speech, told, give } = rig();
    mouth.begin(speech);
    mouth.pause(speech);
    give(10, 4, true);
    schedule.at(200, () => mouth.resume(speech));
    schedule.run(1_000);
    expect(told[0]).toBe('first 200');
  });

  it('is over once it is stopped, also by the next one', () => {
    const { schedule, mouth, speech, told, give } = rig();
    mouth.begin(speech);
    give(0, 100, true);
    const next = new Speech({ onFirstFrame: () => {}, onAudible: () => {}, onDone: () => {} });
    next.availableFrames = 5;
    schedule.at(50, () => mouth.begin(next));
    schedule.run(5_000);
    expect(speech.runs).toEqual([{ fromFrame: 0, firstMs: 0, count: 3 }]);
    expect(next.runs).toEqual([{ fromFrame: 0, firstMs: 60, count: 5 }]);
    expect(told).toEqual(['first 0', 'audible since 0, known at 40']);
    mouth.resume(speech);
    schedule.run(10_000);
    expect(speech.runs).toHaveLength(1);
  });
});
