/** One speaker's packets, in order and decoded: 20 ms frames at 16 kHz, and the end-of-talk hint. */
import { createOpusDecoder, isOpusSilence, type OpusDecoder } from '../../audio/opus.ts';
import { FRAME_SAMPLES, SAMPLE_RATE } from '../../audio/pcm.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import type { EarsEvent } from '../../conversation/ports.ts';
import type { RtpInfo } from '../voice-shim.ts';
import { type OrderCounters, type OrderedPacket, RtpOrder } from './rtp-order.ts';

export interface StreamCounters extends OrderCounters {
  /** Garbage in an intact packet. */
  undecodable: number;
}

export interface SpeakerStreamOptions {
  speakerId: string;
  clock: Clock;
  counters: StreamCounters;
  emit(event: EarsEvent): void;
}

/** Held packets go on after this long even when nothing follows them. */
const HOLD_MS = 60;
/** Longer holes are silence: a decoder's guess fades out after that anyway. */
const MAX_CONCEALED = 5;
/** One TOC byte without a frame: the decoder then conceals one frame of the kind before (RFC 6716, 4.4). */
const CONCEAL = Buffer.from([0xf8]);
const NOTHING = new Int16Array(0);

export class SpeakerStream {
  readonly #options: SpeakerStreamOptions;
  readonly #decoder: OpusDecoder;
  readonly #order: RtpOrder;
  #holdTimer: Timer | null = null;
  #ssrc: number | null = null;
  #talking = false;
  /** What is left of packets that do not hold a multiple of 20 ms. */
  #rest: Int16Array = NOTHING;

  constructor(options: SpeakerStreamOptions) {
    this.#options = options;
    this.#decoder = createOpusDecoder(SAMPLE_RATE);
    this.#order = new RtpOrder(
      {
        onPacket: (packet) => this.#onPacket(packet),
        onHole: (count, arrivedMs) => this.#onHole(count, arrivedMs),
      },
      options.counters,
    );
  }

  push(payload: Buffer, rtp: RtpInfo): void {
    if (this.#ssrc !== null && this.#ssrc !== rtp.ssrc) this.#order.restart();
    this.#ssrc = rtp.ssrc;
    this.#order.push({ payload, sequence: rtp.sequence, arrivedMs: rtp.arrivedMs });
    if (!this.#order.holding) return this.#stopHolding();
    this.#holdTimer ??= this.#options.clock.setTimer(HOLD_MS, () => {
      this.#holdTimer = null;
      this.#order.flush();
    });
  }

  close(): void {
    this.#stopHolding();
    this.#decoder.close();
  }

  #stopHolding(): void {
    this.#holdTimer?.cancel();
    this.#holdTimer = null;
  }

  #onPacket({ payload, arrivedMs }: OrderedPacket): void {
    const { speakerId, counters, emit } = this.#options;
    const silence = isOpusSilence(payload);
    if (payload.length === 0) counters.undecodable += 1;
    else {
      try {
        this.#frames(this.#decoder.decode(payload), arrivedMs, false);
      } catch {
        counters.undecodable += 1;
      }
    }
    if (silence && this.#talking) {
      // Half a frame of this talk is not the beginning of the next.
      this.#rest = NOTHING;
      emit({ type: 'talkEnded', speakerId, arrivedMs });
    }
    this.#talking = !silence;
  }

  #onHole(count: number, arrivedMs: number): void {
    if (!this.#talking) return;
    for (let i = 0; i < Math.min(count, MAX_CONCEALED); i++) {
      try {
        this.#frames(this.#decoder.decode(CONCEAL), arrivedMs, true);
      } catch {
        return;
      }
    }
  }

  #frames(pcm: Int16Array, arrivedMs: number, concealed: boolean): void {
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
      emit({ type: 'frame', speakerId, pcm: frame, arrivedMs, concealed });
    }
    this.#rest = at === all.length ? NOTHING : all.slice(at);
  }
}
