/** What the room hears of the bot: its frames decrypted by a person, decoded and dated, with the raw facts of its stream. */

import { AUDIBLE_FRAMES, FRAME_SAMPLES, LOUD_DBFS, levelDbfs } from './level.ts';
import type { EventLog } from './log.ts';
import { isSilenceFrame, type OpusCodec, openOpus } from './opus.ts';
import type { Person } from './person/person.ts';
import { Recording } from './recording.ts';
import { OPUS_PAYLOAD_TYPE, type RtpFrame } from './voice/rtp.ts';

/** 20 ms of the bot's voice. */
export interface RoomFrame {
  /** performance.now when the packet had arrived. */
  arrivedMs: number;
  /** 320 samples at 16 kHz. */
  pcm: Int16Array;
  /** RMS level. */
  dbfs: number;
  /** One of Discord's silence frames, not sound. */
  silence: boolean;
  sequence: number;
  timestamp: number;
}

export interface RoomStats {
  packets: number;
  silenceFrames: number;
  /** Packets whose sequence number did not follow on. */
  sequenceGaps: number;
  /** Packets that follow on, but whose timestamp is not 20 ms later. */
  timestampJumps: number;
  /** Sent in clear although the call has a group: real clients drop these. */
  plainWhileEncrypted: number;
  undecryptable: number;
  undecodable: number;
  otherPayloadTypes: number;
  /** Packets before the bot's first op 5, for which Discord disconnects; one may overtake it. */
  unannounced: number;
  /** The bot's op 5. */
  speaking: { atMs: number; speaking: number }[];
}

const FRAMES_KEPT = 30_000;
/** Frames further apart than this do not make one sound together. */
const SAME_SOUND_MS = 100;
/** How a frame sealed by DAVE ends. */
const DAVE_MARK = 0xfafa;

const isSealed = (payload: Buffer): boolean =>
  payload.length > 2 && payload.readUInt16BE(payload.length - 2) === DAVE_MARK;

export class Room {
  readonly stats: RoomStats = {
    packets: 0,
    silenceFrames: 0,
    sequenceGaps: 0,
    timestampJumps: 0,
    plainWhileEncrypted: 0,
    undecryptable: 0,
    undecodable: 0,
    otherPayloadTypes: 0,
    unannounced: 0,
    speaking: [],
  };
  readonly #log: EventLog;
  readonly #people: () => Iterable<Person>;
  readonly #opus: OpusCodec = openOpus();
  readonly #recording = new Recording();
  readonly #listeners = new Set<(frame: RoomFrame) => void>();
  /** Fails those who wait for quiet. */
  readonly #failers = new Set<() => void>();
  #frames: RoomFrame[] = [];
  #last: RtpFrame | null = null;

  constructor(log: EventLog, people: () => Iterable<Person>) {
    this.#log = log;
    this.#people = people;
  }

  /** Every frame of the bot as it arrives. Returns the unsubscribe function. */
  onFrame(listener: (frame: RoomFrame) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The kept frames that arrived at or after `sinceMs`. */
  frames(sinceMs: number): RoomFrame[] {
    const from = this.#frames.findLastIndex(({ arrivedMs }) => arrivedMs < sinceMs) + 1;
    return this.#frames.slice(from);
  }

  /** Arrival of the first frame since `sinceMs` that begins at least 60 ms of loud sound; null if there is none yet. */
  firstAudible(sinceMs: number): number | null {
    let run: RoomFrame[] = [];
    for (const frame of this.frames(sinceMs)) {
      const before = run.at(-1);
      if (frame.silence || frame.dbfs < LOUD_DBFS) run = [];
      else if (before && frame.arrivedMs - before.arrivedMs > SAME_SOUND_MS) run = [frame];
      else run.push(frame);
      if (run.length >= AUDIBLE_FRAMES) return run[0]?.arrivedMs ?? null;
    }
    return null;
  }

  /** As `firstAudible`, but waits for it: rejects `deadlineMs` milliseconds from now. */
  async nextAudible(sinceMs: number, deadlineMs: number): Promise<number> {
    return await this.#log.waitFor('the bot to be audible', () => this.firstAudible(sinceMs), deadlineMs);
  }

  /** Resolves once no loud frame came for `forMs`; rejects `deadlineMs` milliseconds from now. */
  async quiet(forMs: number, deadlineMs: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const finish = (settle: () => void) => {
        this.#failers.delete(closed);
        clearTimeout(still);
        clearTimeout(deadline);
        stop();
        settle();
      };
      // A timer may fire up to a millisecond early.
      const arm = (ms: number) => setTimeout(() => finish(resolve), Math.ceil(ms) + 1);
      const loudMs = this.#frames.findLast(({ dbfs }) => dbfs >= LOUD_DBFS)?.arrivedMs ?? 0;
      let still = arm(Math.max(0, loudMs + forMs - performance.now()));
      const deadline = setTimeout(
        () =>
          finish(() => reject(new Error(`the bot was not quiet for ${forMs} ms within ${deadlineMs} ms`))),
        deadlineMs,
      );
      const closed = () => finish(() => reject(new Error('the loopback was closed')));
      this.#failers.add(closed);
      const stop = this.onFrame(({ dbfs }) => {
        if (dbfs < LOUD_DBFS) return;
        clearTimeout(still);
        still = arm(forMs);
      });
    });
  }

  /** The bot's voice between two moments: 16 kHz mono, silence where it sent nothing. */
  recording(fromMs: number, toMs: number): Int16Array {
    return this.#recording.render(fromMs, toMs);
  }

  /** All persons' voices between two moments, mixed on the same time line. */
  people(fromMs: number, toMs: number): Int16Array {
    const mix = new Recording().render(fromMs, toMs);
    for (const person of this.#people()) person.recording.mixInto(mix, fromMs);
    return mix;
  }

  /** One packet of the bot. `listeners` are the persons of its channel, `encrypted` whether the call uses DAVE. */
  receive(rtp: RtpFrame, fromUserId: string, listeners: readonly Person[], encrypted: boolean): void {
    const arrivedMs = performance.now();
    this.#count(rtp);
    if (rtp.payloadType !== OPUS_PAYLOAD_TYPE) {
      this.stats.otherPayloadTypes += 1;
      return;
    }
    const silence = isSilenceFrame(rtp.payload);
    if (silence) this.stats.silenceFrames += 1;
    const pcm = silence ? new Int16Array(FRAME_SAMPLES) : this.#hear(rtp, fromUserId, listeners, encrypted);
    if (!pcm) return;
    const { sequence, timestamp } = rtp;
    const frame = { arrivedMs, pcm, dbfs: levelDbfs(pcm), silence, sequence, timestamp };
    this.#frames.push(frame);
    if (this.#frames.length > FRAMES_KEPT * 1.1) this.#frames = this.#frames.slice(-FRAMES_KEPT);
    if (!silence) this.#recording.add(arrivedMs, pcm);
    for (const listener of this.#listeners) listener(frame);
    this.#log.notify();
  }

  /** The bot's op 5. */
  speaking(speaking: number): void {
    this.stats.speaking.push({ atMs: performance.now(), speaking });
    this.#log.add('room.speaking', { speaking });
  }

  close(): void {
    for (const fail of [...this.#failers]) fail();
    this.#opus.close();
  }

  #count(rtp: RtpFrame): void {
    this.stats.packets += 1;
    if (this.stats.speaking.length === 0) this.stats.unannounced += 1;
    const last = this.#last;
    this.#last = rtp;
    if (last?.ssrc !== rtp.ssrc) return;
    if (rtp.sequence !== ((last.sequence + 1) & 0xffff)) this.stats.sequenceGaps += 1;
    else if (rtp.timestamp !== (last.timestamp + 960) >>> 0) this.stats.timestampJumps += 1;
  }

  #hear(
    rtp: RtpFrame,
    fromUserId: string,
    listeners: readonly Person[],
    encrypted: boolean,
  ): Int16Array | null {
    const listener = listeners.find(({ seat }) => seat?.sharesGroupWith(fromUserId));
    // Around a transition sealed frames come in a call that is (still, or no longer) in clear.
    const sealed = (encrypted || listener !== undefined) && isSealed(rtp.payload);
    if (encrypted && listener && !sealed) {
      this.stats.plainWhileEncrypted += 1;
      return null;
    }
    try {
      const opus = sealed ? listener?.seat?.decrypt(fromUserId, rtp.payload) : rtp.payload;
      if (opus) return this.#decode(opus);
    } catch (error) {
      this.#log.add('room.undecryptable', { reason: String(error) });
    }
    this.stats.undecryptable += 1;
    return null;
  }

  #decode(opus: Buffer): Int16Array | null {
    try {
      return this.#opus.decode(opus);
    } catch {
      this.stats.undecodable += 1;
      return null;
    }
  }
}
