/** The voiced tracker: energy dates, the detector confirms, confirmation backdates within its bound. */
import { beforeEach, describe, expect, it } from 'vitest';
import { VoicedTracker } from '../../src/conversation/voiced-tracker.ts';

let tracker: VoicedTracker;
/** "onset 100", "started 100", "voiced 180". */
let told: string[];
let nowMs: number;

beforeEach(() => {
  told = [];
  nowMs = 0;
  tracker = new VoicedTracker({
    onOnset: (atMs) => told.push(`onset ${atMs}`),
    onStarted: (atMs) => told.push(`started ${atMs}`),
    onVoiced: (atMs) => told.push(`voiced ${atMs}`),
  });
});

const QUIET = -62;
const LOUD = -20;

/** Frames of one level for `ms`; `speech` from the frame at `speechFromMs` on (of this stretch). */
function frames(ms: number, dbfs: number, speech: boolean | { fromMs: number } = false): void {
  for (let at = 0; at < ms; at += 20) {
    const confirmed = typeof speech === 'boolean' ? speech : at >= speech.fromMs;
    tracker.accept(dbfs, confirmed, nowMs);
    nowMs += 20;
  }
}

describe('speech', () => {
  it('is dated back to its first loud frame when the detector confirms it', () => {
    frames(100, QUIET);
    frames(200, LOUD, { fromMs: 140 });
    expect(told).toEqual(['onset 100', 'started 100', 'voiced 240', 'voiced 260', 'voiced 280']);
  });

  it('that the detector confirms only after its end is dated by its own last loud frame', () => {
    frames(100, LOUD);
    frames(80, QUIET, { fromMs: 60 });
    expect(told).toEqual(['onset 0', 'started 0', 'voiced 80']);
  });

  it('is voiced where it is loud, not where the detector still holds on', () => {
    frames(100, LOUD, true);
    frames(200, QUIET, true);
    expect(told.at(-1)).toBe('voiced 80');
  });

  it('goes on after a pause in which the detector held on', () => {
    frames(100, LOUD, true);
    frames(100, QUIET, true);
    frames(20, LOUD, true);
    expect(told.filter((line) => line.startsWith('started'))).toHaveLength(1);
    expect(told.at(-1)).toBe('voiced 200');
  });

  it('begins anew after the detector let go, with an onset of its own', () => {
    frames(100, LOUD, true);
    frames(300, QUIET);
    frames(120, LOUD, { fromMs: 100 });
    expect(told.slice(-3)).toEqual(['onset 400', 'started 400', 'voiced 500']);
  });

  it('begins anew, without an onset, when the detector lets go for one frame in the middle of it', () => {
    frames(100, LOUD, true);
    frames(20, LOUD);
    frames(20, LOUD, true);
    expect(told.slice(-2)).toEqual(['started 100', 'voiced 120']);
    expect(told.filter((line) => line.startsWith('onset'))).toHaveLength(1);
  });
});

describe('noise', () => {
  it('that nothing confirms is an onset and no more', () => {
    frames(400, LOUD);
    expect(told).toEqual(['onset 0']);
  });

  it('long before speech does not date it: the detector needs 200 ms at the most', () => {
    frames(3_000, LOUD);
    frames(20, LOUD, true);
    expect(told.slice(1)).toEqual(['started 2800', 'voiced 3000']);
  });

  it('that ended is forgotten when something is confirmed later', () => {
    frames(100, LOUD);
    frames(220, QUIET);
    frames(20, QUIET, true);
    expect(told).toEqual(['onset 0']);
  });

  it('is an onset again after 200 ms of quiet', () => {
    frames(20, LOUD);
    frames(200, QUIET);
    frames(20, LOUD);
    expect(told).toEqual(['onset 0', 'onset 220']);
  });

  it('below -45 dBFS is never voiced, whatever the detector says', () => {
    frames(200, -45.1, true);
    expect(told).toEqual([]);
    frames(20, -45, true);
    expect(told).toEqual(['onset 200', 'started 200', 'voiced 200']);
  });

  it('lifts the floor slowly, so that only what stands out of it by 10 dB is loud', () => {
    frames(20_000, -40);
    expect(tracker.noiseFloorDbfs).toBeCloseTo(-40, 1);
    told.length = 0;
    frames(100, -31, true);
    expect(told).toEqual([]);
    frames(20, -29, true);
    expect(told[0]).toMatch(/^onset/);
  });

  it('lets the floor down within a second when it ends', () => {
    frames(20_000, -40);
    frames(1_000, QUIET);
    expect(tracker.noiseFloorDbfs).toBeLessThan(-60);
  });

  it('does not lift the floor while it is speech', () => {
    frames(20_000, -30, true);
    expect(tracker.noiseFloorDbfs).toBe(-60);
  });

  it('never lifts the floor so far that loud speech is missed', () => {
    frames(60_000, -10);
    told.length = 0;
    frames(20, -24, true);
    expect(told.at(-1)).toMatch(/^voiced/);
  });
});
