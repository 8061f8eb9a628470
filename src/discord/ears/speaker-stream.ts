/** One speaker's packets, in order and decoded: 20 ms frames at 16 kHz, and the end-of-talk hint. */
import { createOpusDecoder, isOpusSilence, type OpusDecoder } from '../../audio/opus.ts';
import { FRAME_SAMPLES, SAMPLE_RATE } from '../../audio/pcm.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import type { EarsEvent } from '../../conversation/ports.ts';
import type { RtpInfo } from '../voice-shim.ts';
import type { ReceiveCounters } from './counters.ts';
import { EARS_DEFAULTS } from './defaults.ts';
import { type OrderCounters, type OrderedPacket, RtpOrder } from './rtp-order.ts';

export type StreamCounters = OrderCounters & Pick<ReceiveCounters, 'undecodable'>;

export interface SpeakerStreamOptions {
  speakerId: string;
  clock: Clock;
  counters: StreamCounters;
  emit(event: EarsEvent): void;
}

/** When a packet arrived, and when the order let it go. */
interface Passage {
  arrivedMs: number;
  releasedMs: number;
}

const MAX_CONCEALED_SAMPLES = (EARS_DEFAULTS.maxConcealedMs * SAMPLE_RATE) / 1000;
/** All of a TOC byte but the count of frames: the kind of sound, mono or stereo, and the length of a frame. */
const TOC_KIND = 0xfc;
const NOTHING = new Int16Array(0);

export class SpeakerStream {
  readonly #options: SpeakerStreamOptions;
  readonly #decoder: OpusDecoder;
  readonly #order: RtpOrder;
  /** Gives up what is missing; set while packets are held. */
  #giveUp: { dueMs: number; timer: Timer } | null = null;
  #ssrc: number | null = null;
  #talking = false;
  /** What is left of packets that do not hold a multiple of 20 ms. */
  #rest: Int16Array = NOTHING;
  /** One TOC byte without a frame: the decoder then conceals one frame of the kind before (RFC 6716, 4.4). */
  #conceal = Buffer.from([0xf8]);
  #packetSamples = FRAME_SAMPLES;

  constructor(options: SpeakerStreamOptions) {
    this.#options = options;
    this.#decoder = createOpusDecoder(SAMPLE_RATE);
    this.#order = new RtpOrder(
      {
        onPacket: (packet, releasedMs) => this.#onPacket(packet, releasedMs),
        onHole: (count, arrivedMs, releasedMs) => this.#onHole(count, { arrivedMs, releasedMs }),
      },
      options.counters,
    );
  }

  push(payload: Buffer, { sequence, arrivedMs, ssrc }: RtpInfo): void {
    if (this.#ssrc !== null && this.#ssrc !== ssrc) this.#order.restart(arrivedMs);
    this.#ssrc = ssrc;
    this.#order.push({ payload, sequence, arrivedMs });
    this.#awaitHole();
  }

  close(): void {
    this.#giveUp?.timer.cancel();
    this.#giveUp = null;
    this.#decoder.close();
  }

  #awaitHole(): void {
    const { clock } = this.#options;
    const { dueMs } = this.#order;
    if (dueMs === (this.#giveUp?.dueMs ?? null)) return;
    this.#giveUp?.timer.cancel();
    this.#giveUp = null;
    if (dueMs === null) return;
    const fire = () => {
      this.#giveUp = null;
      this.#order.giveUp(Math.max(dueMs, clock.now()));
      this.#awaitHole();
    };
    this.#giveUp = { dueMs, timer: clock.setTimer(dueMs - clock.now(), fire) };
  }

  #onPacket({ payload, arrivedMs }: OrderedPacket, releasedMs: number): void {
    const { speakerId, counters, emit } = this.#options;
    const passage = { arrivedMs, releasedMs };
    const silence = isOpusSilence(payload);
    const pcm = this.#decode(payload);
    if (pcm) this.#frames(pcm, passage, false);
    else {
      counters.undecodable += 1;
      this.#onHole(1, passage);
      return;
    }
    if (silence && this.#talking) {
      // Half a frame of this talk is not the beginning of the next.
      this.#rest = NOTHING;
      emit({ type: 'talkEnded', speakerId, arrivedMs });
    }
    this.#talking = !silence;
  }

  /** Null when it is not Opus. */
  #decode(payload: Buffer): Int16Array | null {
    const [toc] = payload;
    if (toc === undefined) return null;
    try {
      const pcm = this.#decoder.decode(payload);
      this.#conceal = Buffer.from([toc & TOC_KIND]);
      this.#packetSamples = pcm.length;
      return pcm;
    } catch {
      return null;
    }
  }

  /** Fills a hole with what the decoder makes of the sound before it, as long as the sound that is missing. */
  #onHole(packets: number, passage: Passage): void {
    if (!this.#talking) return;
    let missing = Math.min(packets * this.#packetSamples, MAX_CONCEALED_SAMPLES);
    while (missing > 0) {
      const pcm = this.#concealed();
      if (pcm.length === 0) return;
      missing -= pcm.length;
      this.#frames(pcm, passage, true);
    }
  }

  #concealed(): Int16Array {
    try {
      return this.#decoder.decode(this.#conceal);
    } catch {
      return NOTHING;
    }
  }

  #frames(pcm: Int16Array, { arrivedMs, releasedMs }: Passage, concealed: boolean): void {
    const { speakerId, emit } = this.#options;
    let all = pcm;
    if (this.#rest.length > 0) {
      all = new Int16Array(this.#rest.length + pcm.length);
      all.set(this.#rest);
      all.set(pcm, this.#rest.length);
    }
    let at = 0;
    for (; at + FRAME_SAMPLES <= all.length; at += FRAME_SAMPLES) {
      const frame = all.length === FRAME_SAMPLES ? all : all.slice(at, at + FRAME_SAMPLES);
      emit({ type: 'frame', speakerId, pcm: frame, arrivedMs, releasedMs, concealed });
    }
    this.#rest = at === all.length ? NOTHING : all.slice(at);
  }
}
