/** The part of sherpa-onnx (a native module without types) that runs the Silero model. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { SAMPLE_RATE } from '../../../audio/pcm.ts';

export interface SherpaVad {
  /** Samples in -1 to 1, any number. */
  acceptWaveform(samples: Float32Array): void;
  isDetected(): boolean;
  /** Whether no finished segment waits. */
  isEmpty(): boolean;
  /** Drops the oldest finished segment. */
  pop(): void;
  /** Ends the segment that is being heard; keeps the model's state. */
  flush(): void;
  reset(): void;
}

type VadClass = new (config: object, bufferSeconds: number) => SherpaVad;

/**
 * The shortest hangovers that did not flicker within a word: speech is confirmed 60 to 100 ms after it begins and
 * released 120 to 160 ms after it ends. Zero would mean the library's defaults of 250 and 500 ms.
 */
const HANGOVER_SECONDS = 0.03;
/** More than the longest stretch that is ever buffered; see `FLUSH_AFTER_FRAMES`. */
const BUFFER_SECONDS = 10;
const NEVER_SECONDS = 3600;

/** Makes detectors; loading the native library and the model file is done once. Throws what the loader throws. */
export function sherpaVadFactory(): () => SherpaVad {
  const require = createRequire(import.meta.url);
  const { Vad } = require('sherpa-onnx-node') as { Vad: VadClass };
  const model = join(dirname(require.resolve('@ricky0123/vad-web')), 'silero_vad_v6.onnx');
  const config = {
    sileroVad: {
      model,
      threshold: 0.5,
      minSilenceDuration: HANGOVER_SECONDS,
      minSpeechDuration: HANGOVER_SECONDS,
      windowSize: 512,
      maxSpeechDuration: NEVER_SECONDS,
    },
    sampleRate: SAMPLE_RATE,
    numThreads: 1,
    debug: 0,
  };
  return () => new Vad(config, BUFFER_SECONDS);
}
