/** A server of Scribe's, an adapter at it, and a clock: made for each test, and nothing may be left of them after it. */
import { afterEach, beforeEach, expect } from 'vitest';
import { silentLog } from '../../../src/base/log.ts';
import {
  createElevenLabsScribe,
  type ElevenLabsScribe,
  type ElevenLabsScribeOptions,
} from '../../../src/providers/stt/elevenlabs-scribe.ts';
import type { SttConnection, WhoIsThere } from '../../../src/providers/stt/stt.ts';
import { SkippingClock } from '../../support/skipping-clock.ts';
import { type ScribeScript, ScribeVendor } from '../../support/vendors/elevenlabs-scribe.ts';
import { SttLog } from './events.ts';

// Names that are nothing to listen for, so that no session is exchanged for one that knows them.
const ANN = { id: '1', name: '!' };
export const BEN = { id: '2', name: '?' };
export const never = new AbortController().signal;

export class ScribeRig {
  clock!: SkippingClock;
  vendor!: ScribeVendor;
  connection: SttConnection | null = null;
  /** What the vendor does with each handshake. */
  script: (index: number) => ScribeScript = () => ({});
  readonly #apiKey: string;

  constructor(apiKey: string) {
    this.#apiKey = apiKey;
    beforeEach(async () => {
      const clock = new SkippingClock();
      this.script = () => ({});
      this.connection = null;
      this.clock = clock;
      this.vendor = await ScribeVendor.listen({ apiKey, clock, script: (index) => this.script(index) });
    });
    afterEach(async () => {
      await this.connection?.close();
      await this.vendor.close();
      expect(this.clock.pending).toBe(0);
    });
  }

  create(more: Partial<ElevenLabsScribeOptions> = {}): ElevenLabsScribe {
    const { clock, vendor } = this;
    return createElevenLabsScribe({
      ...{ clock, log: silentLog, apiKey: this.#apiKey, baseUrl: vendor.baseUrl },
      ...more,
    });
  }

  async connect(
    more: Partial<ElevenLabsScribeOptions> = {},
    there: Partial<WhoIsThere> = {},
  ): Promise<SttConnection> {
    this.connection = await this.create(more).connect(never, {
      ...{ listenFor: () => [], isHeard: () => true },
      ...there,
    });
    return this.connection;
  }

  async open(more: Partial<ElevenLabsScribeOptions> = {}, speaker = ANN) {
    const log = new SttLog();
    const recogniser = (this.connection ?? (await this.connect(more))).openRecogniser(speaker, log.listener);
    return { log, recogniser };
  }
}
