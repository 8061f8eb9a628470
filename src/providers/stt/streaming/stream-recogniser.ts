/**
 * One speaker's recogniser over a vendor's sockets: takes a session with the first words and gives it back after a
 * while of silence, moves to another one when it ends or grows old, and answers each commit once.
 */
import { samplesToMs } from '../../../audio/pcm.ts';
import type { Clock } from '../../../base/clock.ts';
import { type ParleyError, toParleyError } from '../../../base/errors.ts';
import type { Log } from '../../../base/log.ts';
import type { Recogniser, SttEvent } from '../stt.ts';
import { QuietWatch } from './quiet-watch.ts';
import { finalLate, isLost, tooMuchWaits } from './recogniser-failures.ts';
import { Segment, type SegmentEnd } from './segment.ts';
import { type EndedBy, joinText, LOST_AGAIN, type SessionTraits, type StreamSession } from './session.ts';
import type { SessionPool } from './session-pool.ts';

export interface StreamRecogniserOptions {
  clock: Clock;
  log: Log;
  pool: SessionPool;
  traits: SessionTraits;
  /** Of the names that are known now. */
  keyterms(): string;
  listener(event: SttEvent): void;
  onClose(): void;
}

/** After the engine's own deadline of a second, before its fallback. Audio that came faster than speech adds its length. */
const FINAL_WITHIN_MS = 1_500;
/** Of what was sent, so much is sent again to another session. */
const KEPT_MS = 30_000;
/** What the vendor may not have heard yet when it told the words before by itself. */
const UNHEARD_MS = 500;
/** Audio that no session wants for so long is lost anyway. */
const MOST_WAITING_MS = 60_000;

export class StreamRecogniser implements Recogniser {
  readonly #options: StreamRecogniserOptions;
  readonly #quiet: QuietWatch;
  /** Oldest first; only the last one may still grow. */
  #segments: Segment[] = [];
  #session: StreamSession | null = null;
  #taking = false;
  /** Words of this utterance that will not change, but were not asked for. */
  #settled = '';
  #interim = '';
  #lastCommitId = 0;
  /** So many other sessions were tried for what waits now. */
  #retried = 0;
  #error: ParleyError | null = null;
  #closed = false;

  constructor(options: StreamRecogniserOptions) {
    this.#options = options;
    this.#quiet = new QuietWatch({
      clock: options.clock,
      onSilence: (pcm) => this.#onSilence(pcm),
      onLong: () => this.#drop(),
    });
  }

  write(pcm: Int16Array): void {
    if (this.#closed || this.#error || pcm.length === 0) return;
    if (this.#segments.length === 0) this.#renew();
    const segment = this.#growing();
    segment.add(pcm.slice());
    if (segment.settlesWith(pcm, this.#options.traits.settleAfterMs)) this.#end(segment, { type: 'settle' });
    this.#pump();
    segment.trim(KEPT_MS);
    const waitingMs = this.#segments.reduce((sum, { lengthMs }) => sum + lengthMs, 0);
    if (waitingMs > MOST_WAITING_MS) return this.#fail(tooMuchWaits(waitingMs));
    this.#quiet.heard();
  }

  commit(): number {
    const id = ++this.#lastCommitId;
    const error = this.#error;
    if (error) this.#later(() => this.#options.listener({ type: 'error', error }));
    if (this.#closed || error) return id;
    let last = this.#segments.at(-1);
    if (!last || last.end) {
      last = new Segment(this.#options.clock.now());
      this.#segments.push(last);
    }
    this.#end(last, { type: 'commit', id });
    this.#pump();
    return id;
  }

  reset(): void {
    if (this.#closed || this.#error) return;
    this.#settled = '';
    this.#interim = '';
    for (const segment of this.#segments)
      if (segment.end?.type === 'settle') segment.end = { type: 'discard' };
    const last = this.#segments.at(-1);
    if (!last || last.end) return;
    if (last.begun) this.#end(last, { type: 'discard' });
    else this.#segments.pop();
    this.#pump();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stop();
    this.#options.onClose();
  }

  #growing(): Segment {
    const last = this.#segments.at(-1);
    if (last && !last.end) return last;
    const segment = new Segment(this.#options.clock.now());
    this.#segments.push(segment);
    return segment;
  }

  #end(segment: Segment, end: SegmentEnd): void {
    segment.end = end;
    if (segment.empty) return this.#later(() => this.#answerEmpty());
    const { clock } = this.#options;
    const dueMs = FINAL_WITHIN_MS + Math.max(0, segment.lengthMs - (clock.now() - segment.beganMs));
    segment.deadline = clock.setTimer(dueMs, () => this.#onLate(segment, dueMs));
  }

  /** Sends what may be sent. */
  #pump(): void {
    if (this.#segments.every(({ empty }) => empty)) return;
    if (!this.#session) return this.#take();
    for (const [index, segment] of this.#segments.entries()) {
      if (index > 0 && this.#options.traits.endsAlone) break;
      if (!segment.empty) segment.sendTo(this.#session);
    }
  }

  #take(): void {
    if (this.#taking) return;
    this.#taking = true;
    this.#options.pool.take().then(
      ({ session, cold }) => {
        this.#taking = false;
        if (this.#closed || this.#error) return this.#options.pool.release(session);
        if (cold) this.#options.listener({ type: 'connected', atMs: this.#options.clock.now() });
        this.#use(session);
      },
      (thrown: unknown) => {
        this.#taking = false;
        const remedy = 'Check the speech-to-text provider and its key.';
        const error = toParleyError(thrown, { code: 'STT_UNAVAILABLE', remedy, retryable: true });
        this.#onGone(error, isLost(error) ? LOST_AGAIN : 0);
      },
    );
  }

  #use(session: StreamSession): void {
    this.#session = session;
    session.attach({
      onPartial: (text) => this.#onPartial(text),
      onEager: (text) => this.#onEager(text),
      onResumed: () => {
        if (this.#segments[0]?.asked === false) this.#options.listener({ type: 'turnResumed' });
      },
      onEnded: (text, by) => this.#onEnded(text, by),
      onGone: (error, again) => this.#onGone(error, again),
    });
    for (const segment of this.#segments) segment.unsend();
    this.#pump();
  }

  /** Moves on to a session that is younger or knows more names, when one is ready. */
  #renew(): void {
    const { clock, traits, keyterms, pool } = this.#options;
    const session = this.#session;
    if (!session || !pool.hasFresh) return;
    if (session.keyterms === keyterms() && clock.now() - session.openedMs < traits.maxAgeMs) return;
    const next = pool.swap(session);
    if (next) this.#use(next);
  }

  #onPartial(text: string): void {
    const first = this.#segments[0];
    // After a commit, only while it is clear to which side of it they belong.
    if (!first?.tellable || (first.asked && (this.#segments.length > 1 || text.trim() === ''))) return;
    const interim = joinText(this.#settled, text);
    if (interim === '' && this.#interim === '') return;
    this.#interim = interim;
    this.#options.listener({ type: 'interim', text: interim });
  }

  #onEager(text: string): void {
    if (this.#segments.length === 0 || this.#segments[0]?.asked) return;
    this.#interim = joinText(this.#settled, text);
    this.#options.listener({ type: 'eagerEndOfTurn', text: this.#interim });
  }

  #onEnded(text: string, by: EndedBy): void {
    const first = this.#segments[0];
    if (by !== 'asked') {
      // The rest of an utterance that was answered, or of silence.
      if (!first) return;
      this.#settled = joinText(this.#settled, text);
      first.trim(UNHEARD_MS);
      if (by === 'turn' && text !== '') this.#onEager('');
      return;
    }
    if (!first?.end || !first.asked) return;
    this.#answer(first, text);
    this.#retried = 0;
    this.#answerEmpty();
    // What was said since would have to be sent again, and its words would come late.
    if (this.#segments.every(({ begun }) => !begun)) this.#renew();
    this.#pump();
  }

  /** Commits of nothing, once those before are answered. */
  #answerEmpty(): void {
    for (let first = this.#segments[0]; first?.end && first.empty; first = this.#segments[0]) {
      this.#answer(first, '');
    }
  }

  #answer(segment: Segment, words: string): void {
    segment.deadline?.cancel();
    this.#segments.shift();
    const { end } = segment;
    if (end?.type === 'settle') this.#settled = joinText(this.#settled, words);
    if (end?.type !== 'commit') return;
    const text = joinText(this.#settled, words);
    this.#settled = '';
    this.#interim = '';
    this.#options.listener({ type: 'final', commitId: end.id, text, understood: text !== '' });
  }

  #onGone(error: ParleyError, again: number): void {
    this.#letGo();
    if (this.#closed) return;
    const idle = this.#segments.every(({ empty }) => empty);
    if (idle || this.#retried < again) {
      this.#options.log.debug({ err: error }, 'a recogniser session ended');
      if (!idle) this.#retried += 1;
      return this.#pump();
    }
    this.#fail(error);
  }

  #onLate(segment: Segment, dueMs: number): void {
    if (segment.end?.type !== 'discard') return this.#fail(finalLate(dueMs));
    this.#segments = this.#segments.filter((one) => one !== segment);
    this.#onGone(finalLate(dueMs), 1);
  }

  #onSilence(pcm: Int16Array): void {
    const session = this.#session;
    const last = this.#segments.at(-1);
    if (!session || !last) return;
    const hurries = this.#options.traits.endsAlone && this.#segments[0]!.asked;
    if (!hurries && last.end) return;
    session.write(pcm);
    last.silentMs += samplesToMs(pcm.length);
  }

  #letGo(): void {
    const session = this.#session;
    this.#session = null;
    if (session) this.#options.pool.release(session);
  }

  #fail(error: ParleyError): void {
    if (this.#closed || this.#error) return;
    this.#error = error;
    this.#stop();
    this.#later(() => this.#options.listener({ type: 'error', error }));
  }

  #stop(): void {
    this.#quiet.stop();
    this.#drop();
  }

  /** Nothing of what was said is wanted any more. */
  #drop(): void {
    for (const { deadline } of this.#segments) deadline?.cancel();
    this.#segments = [];
    this.#letGo();
  }

  /** Never from within a call. */
  #later(fn: () => void): void {
    queueMicrotask(() => {
      if (!this.#closed) fn();
    });
  }
}
