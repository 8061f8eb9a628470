/** A long evening: a thousand utterances leave nothing behind. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/base/log.ts';
import { createDeepgramFlux } from '../../../src/providers/stt/deepgram-flux.ts';
import { createElevenLabsScribe } from '../../../src/providers/stt/elevenlabs-scribe.ts';
import { createOpenAiTranscriptions } from '../../../src/providers/stt/openai-transcriptions.ts';
import type { SpeechToText } from '../../../src/providers/stt/stt.ts';
import { SkippingClock } from '../../support/skipping-clock.ts';
import { FluxVendor } from '../../support/vendors/deepgram-flux.ts';
import { ScribeVendor } from '../../support/vendors/elevenlabs-scribe.ts';
import { TranscriptionVendor } from '../../support/vendors/openai-transcriptions.ts';
import { toneSpeech } from '../../support/vendors/tone-speech.ts';
import { SttLog } from '../support/events.ts';

const TURNS = 1_000;
const apiKey = 'key-of-a-test';
const log = silentLog;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

interface Vendor {
  readonly baseUrl: string;
  readonly open: number;
  until(fits: () => boolean): Promise<void>;
  close(): Promise<void>;
}

/** One speaker who talks and talks; every tenth utterance is taken back, every fiftieth by another recogniser. */
async function talk(vendor: Vendor, clock: SkippingClock, stt: SpeechToText): Promise<number[]> {
  const connection = await stt.connect(new AbortController().signal);
  const speech = toneSpeech('tell', 'me', 'a', 'joke');
  const heapMb: number[] = [];
  const speaker = { id: '1', name: '!' };
  let heard = new SttLog();
  let recogniser = connection.openRecogniser(speaker, (event) => heard.listener(event));
  for (let turn = 0; turn < TURNS; turn++) {
    if (turn % 50 === 0) {
      recogniser.close();
      recogniser = connection.openRecogniser(speaker, (event) => heard.listener(event));
    }
    heard = new SttLog();
    for (let at = 0; at < speech.length; at += 320) recogniser.write(speech.subarray(at, at + 320));
    if (turn % 10 === 9) recogniser.reset();
    else expect(await heard.final(recogniser.commit())).toMatchObject({ text: 'tell me a joke' });
    if (turn % 100 !== 99) continue;
    collect();
    heapMb.push(process.memoryUsage().heapUsed / 1e6 + process.memoryUsage().arrayBuffers / 1e6);
  }
  await connection.close();
  await vendor.until(() => vendor.open === 0);
  await vendor.close();
  expect(clock.pending).toBe(0);
  return heapMb;
}

describe('A thousand utterances', () => {
  it.each([
    [
      'Scribe',
      (clock: SkippingClock) => ScribeVendor.listen({ apiKey, clock }),
      (clock: SkippingClock, baseUrl: string) => createElevenLabsScribe({ clock, log, apiKey, baseUrl }),
    ],
    [
      'Flux',
      (clock: SkippingClock) => FluxVendor.listen({ apiKey, clock }),
      (clock: SkippingClock, baseUrl: string) => createDeepgramFlux({ clock, log, apiKey, baseUrl }),
    ],
    [
      'a transcription server',
      (clock: SkippingClock) => TranscriptionVendor.listen({ apiKey, clock }),
      (clock: SkippingClock, baseUrl: string) =>
        createOpenAiTranscriptions({ clock, log, apiKey, baseUrl, model: 'whisper' }),
    ],
  ] as const)('leave nothing with %s', async (_, listen, create) => {
    const clock = new SkippingClock();
    const vendor: Vendor = await listen(clock);
    const heapMb = await talk(vendor, clock, create(clock, vendor.baseUrl));
    // What the second half adds is noise, and what the vendor of the test keeps of each request.
    expect(heapMb.at(-1)! - heapMb[4]!).toBeLessThan(6);
  });
});
