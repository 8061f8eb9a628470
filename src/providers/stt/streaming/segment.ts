/** A piece of one speaker's audio that the vendor answers with one transcript; kept until then, to be sent again if need be. */
import { rmsDbfs, VOICED_DBFS } from '../../../audio/energy.ts';
import { samplesToMs } from '../../../audio/pcm.ts';
import type { Timer } from '../../../base/clock.ts';
import type { StreamSession } from './session.ts';

/** What its words are for: the answer to a commit, the part of an utterance that is over, or nothing. */
export type SegmentEnd = { type: 'commit'; id: number } | { type: 'settle' } | { type: 'discard' };

export class Segment {
  readonly beganMs: number;
  #pcm: Int16Array[] = [];
  /** How many pieces the session has. */
  #sent = 0;
  #samples = 0;
  /** Silence that the session was given besides. */
  silentMs = 0;
  end: SegmentEnd | null = null;
  /** The session was asked for its words. */
  asked = false;
  deadline: Timer | null = null;

  constructor(beganMs: number) {
    this.beganMs = beganMs;
  }

  get lengthMs(): number {
    return samplesToMs(this.#samples);
  }

  get empty(): boolean {
    return this.#samples === 0;
  }

  /** The session has some of it. */
  get begun(): boolean {
    return this.#sent > 0;
  }

  /** Its words so far are wanted: also those that were asked for, as they may be known before their final. */
  get tellable(): boolean {
    return !this.asked || this.end?.type === 'commit';
  }

  /** No vendor listens to one utterance for ever: a long one is asked for in parts, at a pause if there is one. */
  settlesWith(pcm: Int16Array, settleAfterMs: number | null): boolean {
    const heardMs = this.lengthMs + this.silentMs;
    if (settleAfterMs === null || heardMs < settleAfterMs) return false;
    return rmsDbfs(pcm) < VOICED_DBFS || heardMs >= 1.5 * settleAfterMs;
  }

  add(pcm: Int16Array): void {
    this.#pcm.push(pcm);
    this.#samples += pcm.length;
  }

  sendTo(session: StreamSession): void {
    while (this.#sent < this.#pcm.length) session.write(this.#pcm[this.#sent++]!);
    if (!this.end || this.asked) return;
    this.asked = true;
    session.end();
  }

  /** The session is gone: all of it is for the next one. */
  unsend(): void {
    this.#sent = 0;
    this.silentMs = 0;
    this.asked = false;
  }

  /** Keeps the last `ms` of what was sent, and what was not. */
  trim(ms: number): void {
    let dropped = 0;
    let leftMs = this.lengthMs;
    while (dropped < this.#sent && leftMs > ms) leftMs -= samplesToMs(this.#pcm[dropped++]!.length);
    this.#drop(dropped);
  }

  #drop(count: number): void {
    for (const pcm of this.#pcm.splice(0, count)) this.#samples -= pcm.length;
    this.#sent -= count;
  }
}
