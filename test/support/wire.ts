/** The ears on the library's real receiver without a network: sealed packets are put in by hand, on any clock. */
import { VoiceReceiver } from '@discordjs/voice';
import type { Clock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { noReceiveCounters, type ReceiveCounters } from '../../src/discord/ears/counters.ts';
import { DiscordEars } from '../../src/discord/ears/ears.ts';
import { guardReceiver } from '../../src/discord/voice-shim.ts';
import { OPUS_PAYLOAD_TYPE, type RtpFrame, TransportKey } from '../../src/loopback/voice/rtp.ts';

const MODE = 'aead_aes256_gcm_rtpsize';
const FRAME_TIMESTAMPS = 960;

/** One person's RTP stream. */
export class Sender {
  readonly ssrc: number;
  #sequence: number;

  constructor(ssrc: number, sequence = 0) {
    this.ssrc = ssrc;
    this.#sequence = sequence;
  }

  /** The next packet, as a client sends it, unless `change` says otherwise. */
  frame(payload: Buffer, change: Partial<RtpFrame> = {}): RtpFrame {
    const sequence = this.#sequence++ & 0xffff;
    const timestamp = (sequence * FRAME_TIMESTAMPS) >>> 0;
    const rest = { marker: false, payloadType: OPUS_PAYLOAD_TYPE, extension: null, padding: 0 };
    return { ssrc: this.ssrc, sequence, timestamp, ...rest, payload, ...change };
  }
}

/** A connection that is ready, with transport encryption and without end-to-end encryption. */
export class Wire {
  readonly counters: ReceiveCounters = noReceiveCounters();
  readonly key = new TransportKey(MODE, Buffer.alloc(32, 7));
  readonly ears: DiscordEars;
  readonly #receiver: VoiceReceiver;

  constructor(clock: Clock) {
    const connection = { state: { status: 'ready', networking: { state: { code: 4 } } } };
    this.#receiver = new VoiceReceiver(connection as never);
    guardReceiver(Object.assign(connection, { receiver: this.#receiver }) as never, clock, this.counters);
    this.#receiver.connectionData = {
      ...{ encryptionMode: MODE, nonceBuffer: Buffer.alloc(12), secretKey: this.key.key },
    };
    this.ears = new DiscordEars({
      ...{ clock, log: silentLog, receiver: this.#receiver, counters: this.counters },
      mayHear: () => true,
      nameOf: (userId) => userId,
      people: () => [],
    });
  }

  /** Says whose packets those of this SSRC are. */
  announce(userId: string, ssrc: number): void {
    this.#receiver.ssrcMap.update({ userId, audioSSRC: ssrc });
  }

  /** A datagram arrives. */
  put(message: Buffer): void {
    this.#receiver.onUdpMessage(message);
  }

  close(): void {
    this.ears.close();
  }
}
