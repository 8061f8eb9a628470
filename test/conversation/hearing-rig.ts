/** One speaker's ear under virtual time, given packets as Discord's decoder gives them out. */
import { afterEach, beforeEach, expect } from 'vitest';
import { OPUS_DELAY_MS } from '../../src/audio/opus.ts';
import { concatPcm, SAMPLE_RATE } from '../../src/audio/pcm.ts';
import { silentLog } from '../../src/base/log.ts';
import { Hearing } from '../../src/conversation/hearing.ts';
import type { SttConnection } from '../../src/providers/stt/stt.ts';
import type { TurnEvent } from '../../src/turn/types.ts';
import { type FakeProviders, fakeProviders } from '../support/fake-providers.ts';
import { silence } from '../support/tone.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

export class HearingRig {
  readonly clock = new VirtualClock(1_000);
  readonly stt: FakeProviders['stt'];
  readonly vad: FakeProviders['vad'];
  readonly events: TurnEvent[] = [];
  hearing!: Hearing;
  /** What of the packets so far the decoder has not yet given out. */
  #tail: Int16Array = new Int16Array((OPUS_DELAY_MS * SAMPLE_RATE) / 1000);

  constructor() {
    ({ stt: this.stt, vad: this.vad } = fakeProviders());
  }

  /** Another ear takes the place of the one before, which the caller has closed. */
  async open(connection?: SttConnection): Promise<void> {
    this.hearing = new Hearing({
      ...{ speaker: { id: 'ann', name: 'Ann' }, clock: this.clock, log: silentLog },
      vad: (await this.vad.load()).take(),
      stt: connection ?? (await this.stt.connect(new AbortController().signal)),
      emit: (event) => this.events.push(event),
      onFailed: () => undefined,
    });
  }

  /** One packet now, decoded with the codec's delay: it begins with the end of the one before. */
  packet(pcm: Int16Array): void {
    const decoded = concatPcm([this.#tail, pcm]);
    this.#tail = decoded.slice(320);
    this.hearing.accept(decoded.slice(0, 320), this.clock.now());
  }

  /** Packets at the pace of time. */
  async hear(pcm: Int16Array): Promise<void> {
    for (let at = 0; at < pcm.length; at += 320) {
      this.packet(pcm.slice(at, at + 320));
      await this.clock.advance(20);
    }
  }

  /** The first silence frame of the end of a talk. */
  async endTalk(): Promise<void> {
    this.packet(silence(20));
    this.hearing.talkEnded(this.clock.now());
    await this.clock.advance(20);
  }

  of<T extends TurnEvent['type']>(type: T): Extract<TurnEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<TurnEvent, { type: T }> => event.type === type);
  }

  /** All that recognisers were given. */
  get heardMs(): number {
    return this.stt.heard.reduce((sum, { writtenMs }) => sum + writtenMs, 0);
  }
}

/** A new ear for each test of a file, in `rig()`; nothing of it is left afterwards. */
export function eachHearing(): () => HearingRig {
  let rig: HearingRig;
  beforeEach(async () => {
    rig = new HearingRig();
    await rig.open();
  });
  afterEach(() => {
    rig.hearing.close();
    expect(rig.vad.open).toBe(0);
  });
  return () => rig;
}
