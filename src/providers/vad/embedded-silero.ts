/** Voice activity detection with the Silero model, on the main thread: 0.1 ms a frame. */
import type { Clock } from '../../base/clock.ts';
import { ParleyError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { DetectorPool } from './detector-pool.ts';
import { sherpaVadFactory } from './silero/sherpa.ts';
import type { VoiceActivityDetector } from './vad.ts';

export function createEmbeddedSilero({ clock, log }: { clock: Clock; log: Log }): VoiceActivityDetector {
  return {
    name: 'embedded',
    async load() {
      try {
        return new DetectorPool({ make: sherpaVadFactory(), clock, log });
      } catch (cause) {
        throw new ParleyError('The voice activity detector could not be loaded', {
          code: 'VAD_UNAVAILABLE',
          remedy: 'Run `npm ci` on a 64-bit Linux, macOS or Windows machine, then start again.',
          cause,
        });
      }
    },
  };
}
