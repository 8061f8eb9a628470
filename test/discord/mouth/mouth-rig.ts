/** The mouth under virtual time, with an encoder whose packets are the PCM itself: every sample that leaves is known. */
import { isOpusSilence, type OpusEncoder } from '../../../src/audio/opus.ts';
import { bytesToPcm, pcmToBytes } from '../../../src/audio/pcm.ts';
import type { Clock } from '../../../src/base/clock.ts';
import type { Played, Speech } from '../../../src/conversation/ports.ts';
import { DiscordMouth } from '../../../src/discord/mouth/mouth.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

export type Sent =
  | { kind: 'frame'; atMs: number; pcm: Int16Array }
  | { kind: 'silence'; atMs: number }
  | { kind: 'speaking'; atMs: number; on: boolean };

/** What one speech told. */
export interface Told {
  firstFrameMs: number[];
  audibleMs: number[];
  done: { atMs: number; played: Played }[];
}

const pcmAsPacket = (): OpusEncoder => ({
  encode: (pcm) => Buffer.from(pcmToBytes(pcm)),
  reset() {},
  close() {},
});

export class MouthRig {
  readonly clock = new VirtualClock();
  readonly sent: Sent[] = [];
  readonly mouth: DiscordMouth;
  connected = true;
  /** Every timer fires this much late. */
  lateMs = 0;

  constructor() {
    const clock: Clock = {
      now: () => this.clock.now(),
      setTimer: (delayMs, fn) => this.clock.setTimer(Math.max(0, delayMs) + this.lateMs, fn),
    };
    const sink = {
      ready: () => this.connected,
      send: (packet: Buffer) => {
        const atMs = this.clock.now();
        if (isOpusSilence(packet)) this.sent.push({ kind: 'silence', atMs });
        else this.sent.push({ kind: 'frame', atMs, pcm: bytesToPcm(packet) });
      },
      setSpeaking: (on: boolean) => this.sent.push({ kind: 'speaking', atMs: this.clock.now(), on }),
    };
    this.mouth = new DiscordMouth(clock, sink, pcmAsPacket);
  }

  begin(): { speech: Speech; told: Told } {
    const told: Told = { firstFrameMs: [], audibleMs: [], done: [] };
    const events = {
      onFirstFrame: (atMs: number) => told.firstFrameMs.push(atMs),
      onFirstAudible: (atMs: number) => told.audibleMs.push(atMs),
      onDone: (atMs: number, played: Played) => told.done.push({ atMs, played }),
    };
    return { speech: this.mouth.begin(16_000, events), told };
  }

  /** A speech that is all there. */
  say(pcm: Int16Array): { speech: Speech; told: Told } {
    const { speech, told } = this.begin();
    speech.write(pcm);
    speech.end();
    return { speech, told };
  }

  get frames(): { atMs: number; pcm: Int16Array }[] {
    return this.sent.filter((sent) => sent.kind === 'frame');
  }

  get packetTimesMs(): number[] {
    return this.sent.flatMap(({ kind, atMs }) => (kind === 'speaking' ? [] : [atMs]));
  }

  /** "3f 5s -": three frames, five silence frames, the speaking flag down. */
  get outline(): string {
    const parts: { sign: string; count: number }[] = [];
    for (const sent of this.sent) {
      const sign = sent.kind === 'speaking' ? (sent.on ? '+' : '-') : sent.kind[0]!;
      if (parts.at(-1)?.sign === sign) parts.at(-1)!.count += 1;
      else parts.push({ sign, count: 1 });
    }
    return parts.map(({ sign, count }) => (/[+-]/.test(sign) ? sign : `${count}${sign}`)).join(' ');
  }
}

/** Loud noise in which no stretch is like another: every sample is +-`amplitude`, so that its sign survives a ramp. */
export function marker(samples: number, random: () => number, amplitude = 16_000): Int16Array {
  return Int16Array.from({ length: samples }, () => (random() < 0.5 ? -amplitude : amplitude));
}

/** Whether `frame` is the frame of `pcm` that begins at sample `at`, at whatever level; past the end there are zeros. */
export function isFrameOf(frame: Int16Array, pcm: Int16Array, at: number): boolean {
  return frame.every((sample, i) => Math.sign(sample) === Math.sign(pcm[at + i] ?? 0));
}
