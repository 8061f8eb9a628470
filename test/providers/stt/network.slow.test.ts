/** A long evening: a thousand utterances leave nothing behind. */
import { describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/base/log.ts';
import { createDeepgramFlux } from '../../../src/providers/stt/deepgram-flux.ts';
import { createElevenLabsScribe } from '../../../src/providers/stt/elevenlabs-scribe.ts';
import { createOpenAiTranscriptions } from '../../../src/providers/stt/openai-transcriptions.ts';
import type { SpeechToText } from '../../../src/providers/stt/stt.ts';
import { heldBytes } from '../../support/held-bytes.ts';
import { SkippingClock } from '../../support/skipping-clock.ts';
import { FluxVendor } from '../../support/vendors/deepgram-flux.ts';
import { ScribeVendor } from '../../support/vendors/elevenlabs-scribe.ts';
import { TranscriptionVendor } from '../../support/vendors/openai-transcriptions.ts';
import { toneSpeech } from '../../support/vendors/tone-speech.ts';
import { SttLog } from '../support/events.ts';

const TURNS = 1_000;
/** Turns after which everything that is kept for good has been made. */
const WARM_UP = 200;
const MAX_GROWTH_BYTES = 2_000_000;
const apiKey = 'key-of-a-test';
const log = silentLog;

interface Vendor {
  readonly baseUrl: string;
  readonly open: number;
  until(fits: () => boolean): Promise<void>;
  close(): Promise<void>;
}

/** One speaker who talks and talks; every tenth utterance is taken back, every fiftieth by another recogniser. */
async function live(vendor: Vendor, clock: SkippingClock, stt: SpeechToText): Promise<number> {
  const connection = await stt.connect(new AbortController().signal);
  const speech = toneSpeech('tell', 'me', 'a', 'joke');
  const speaker = { id: '1', name: '!' };
  let heard = new SttLog();
  let recogniser = connection.openRecogniser(speaker, (event) => heard.listener(event));
  let before = 0;
  for (let turn = 0; turn < TURNS; turn++) {
    if (turn === WARM_UP) before = await heldBytes();
    if (turn % 50 === 0) {
      recogniser.close();
      recogniser = connection.openRecogniser(speaker, (event) => heard.listener(event));
    }
    heard = new SttLog();
    for (let at = 0; at < speech.length; at += 320) recogniser.write(speech.subarray(at, at + 320));
    if (turn % 10 === 9) recogniser.reset();
    else expect(await heard.final(recogniser.commit())).toMatchObject({ text: 'tell me a joke' });
  }
  const grown = (await heldBytes()) - before;
  await connection.close();
  await vendor.until(() => vendor.open === 0);
  await vendor.close();
  expect(clock.pending).toBe(0);
  return grown;
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
    const grown = await live(vendor, clock, create(clock, vendor.baseUrl));
    expect(grown).toBeLessThan(MAX_GROWTH_BYTES);
  });
});
