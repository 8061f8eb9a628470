/** A detector that takes every loud window for speech, and knows what it was given. */
import type { SherpaVad } from '../../src/providers/vad/silero/sherpa.ts';

export interface FakeDetector extends SherpaVad {
  /** Samples since the last reset. */
  readonly heardSamples: number;
  /** It has heard something since the last reset. */
  readonly lent: boolean;
}

const LOUD = 0.01;

export function fakeDetector(): FakeDetector {
  let heardSamples = 0;
  let loud = false;
  return {
    get heardSamples() {
      return heardSamples;
    },
    get lent() {
      return heardSamples > 0;
    },
    acceptWaveform(samples) {
      heardSamples += samples.length;
      loud = samples.some((sample) => Math.abs(sample) > LOUD);
    },
    isDetected: () => loud,
    isEmpty: () => true,
    pop() {},
    flush() {},
    reset() {
      heardSamples = 0;
      loud = false;
    },
  };
}
