/** What every speech-to-text adapter behind a network does when that network, or the vendor, goes away. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/base/clock.ts';
import { ParleyError } from '../../../src/base/errors.ts';
import type { Log } from '../../../src/base/log.ts';
import type { SpeechToText, SttConnection, SttEvent } from '../../../src/providers/stt/stt.ts';
import { seededRandom } from '../../support/random.ts';
import { type LogLine, recordingLog } from '../../support/recording-log.ts';
import { SkippingClock } from '../../support/skipping-clock.ts';
import { toneSpeech } from '../../support/vendors/tone-speech.ts';
import { settle } from '../../support/virtual-clock.ts';
import { SttLog } from '../support/events.ts';

export interface NetworkVendor {
  readonly baseUrl: string;
  /** Connections that are open. */
  readonly open: number;
  /** Cuts every connection, as a network does. */
  cut(): void;
  until(fits: () => boolean): Promise<void>;
  close(): Promise<void>;
}

export interface NetworkStt {
  /** @param refuses asked at each opening: the status that it is refused with, or null. */
  start(clock: Clock, refuses: () => number | null): Promise<NetworkVendor>;
  create(options: { clock: Clock; log: Log; baseUrl: string; apiKey: string }): SpeechToText;
}

export const NETWORK_KEY = 'secret-key-0123456789abcdef';
const WORDS = 'tell me a joke';
const SAID = toneSpeech('tell', 'me', 'a', 'joke');
const FRAME = 320;
const KILLS = 100;

export function networkSttConforms(name: string, subject: NetworkStt): void {
  describe(`${name} over a network`, () => {
    let clock: SkippingClock;
    let vendor: NetworkVendor;
    let connection: SttConnection | null;
    let refused: number | null;
    let lines: LogLine[];
    const told: unknown[] = [];

    beforeEach(async () => {
      clock = new SkippingClock();
      refused = null;
      connection = null;
      lines = [];
      vendor = await subject.start(clock, () => refused);
    });

    afterEach(async () => {
      await connection?.close();
      await vendor.until(() => vendor.open === 0);
      await vendor.close();
      // Nothing is left: no socket, no timer, no secret that was told to anyone.
      expect(clock.pending).toBe(0);
      const shown = [...told.splice(0), ...lines].map((one) =>
        one instanceof Error
          ? `${one.message} ${one.stack} ${String(one.cause)} ${JSON.stringify(one)}`
          : JSON.stringify(one),
      );
      expect(shown.join('\n')).not.toContain(NETWORK_KEY);
    });

    const create = () =>
      subject.create({
        ...{ clock, baseUrl: vendor.baseUrl, apiKey: NETWORK_KEY },
        log: recordingLog(lines, () => undefined),
      });

    async function open() {
      connection ??= await create().connect(new AbortController().signal);
      const log = new SttLog();
      const recogniser = connection.openRecogniser({ id: '1', name: 'Ann' }, (event: SttEvent) => {
        if (event.type === 'error') told.push(event.error);
        log.listener(event);
      });
      return { log, recogniser };
    }

    it('hears the words that were said before and after the connection was lost', async () => {
      const { log, recogniser } = await open();
      recogniser.write(SAID.subarray(0, 16 * FRAME));
      await settle();
      vendor.cut();
      await vendor.until(() => vendor.open === 0);
      recogniser.write(SAID.subarray(16 * FRAME));
      expect(await log.final(recogniser.commit())).toMatchObject({ text: WORDS });
      recogniser.close();
    });

    it('hears the next words when the connection was lost while nobody talked', async () => {
      const { log, recogniser } = await open();
      recogniser.write(SAID);
      await log.final(recogniser.commit());
      vendor.cut();
      await vendor.until(() => vendor.open === 0);
      recogniser.write(SAID);
      expect(await log.final(recogniser.commit())).toMatchObject({ text: WORDS });
      recogniser.close();
    });

    it.each([401, 402, 403, 404, 429, 500, 503])('tells why it was refused: %i', async (status) => {
      refused = status;
      const thrown = await connectAndSay();
      told.push(thrown);
      expect(thrown).toBeInstanceOf(ParleyError);
      expect(thrown).toMatchObject({
        code: expect.stringMatching(/^STT_/),
        remedy: expect.stringMatching(/./),
      });
      expect((thrown as ParleyError).retryable).toBe(status === 429 || status >= 500);
    });

    it('says so when nobody is there', async () => {
      const baseUrl = vendor.baseUrl;
      await vendor.close();
      vendor = await subject.start(clock, () => null);
      const log = recordingLog(lines, () => undefined);
      const stt = subject.create({ clock, log, baseUrl, apiKey: NETWORK_KEY });
      await expect(stt.connect(new AbortController().signal)).rejects.toMatchObject({
        ...{ name: 'ParleyError', code: 'STT_UNREACHABLE', retryable: true },
      });
    });

    it(`ends each utterance in words or in a reason, killed at ${KILLS} random moments`, async () => {
      const random = seededRandom(20_261_123);
      let whole = 0;
      for (let kill = 0; kill < KILLS; kill++) {
        const { log, recogniser } = await open();
        const killAt = Math.floor(random() * (SAID.length / FRAME + 4));
        const frames = SAID.length / FRAME;
        let id = 0;
        for (let step = 0; step < frames + 4; step++) {
          if (step === killAt) vendor.cut();
          if (step < frames) recogniser.write(SAID.subarray(step * FRAME, (step + 1) * FRAME));
          if (step === frames) id = recogniser.commit();
          if (random() < 0.3) await settle();
        }
        const end = await log.final(id).catch((error: unknown) => error);
        if (!(end instanceof ParleyError)) {
          expect(end).toMatchObject({ type: 'final', text: WORDS });
          whole += 1;
        }
        expect(log.finals.length).toBeLessThanOrEqual(1);
        recogniser.close();
      }
      // One connection that is lost costs no words.
      expect(whole).toBe(KILLS);
    });

    /** What it fails with: at once, or when first asked. */
    async function connectAndSay(): Promise<unknown> {
      try {
        const { log, recogniser } = await open();
        recogniser.write(SAID);
        await log.final(recogniser.commit());
        return null;
      } catch (thrown) {
        return thrown;
      }
    }
  });
}
