/** One speaker's ear: frames in; detector, dating and recogniser; turn events out. */
import { rmsDbfsAcross } from '../audio/energy.ts';
import { OPUS_DELAY_MS } from '../audio/opus.ts';
import { FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE } from '../audio/pcm.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { type ParleyError, toParleyError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Recogniser, SttConnection, SttEvent } from '../providers/stt/stt.ts';
import type { VadSession } from '../providers/vad/vad.ts';
import type { TurnEvent } from '../turn/types.ts';
import { Commits } from './commits.ts';
import { type Passage, RepairLog } from './repair-log.ts';
import { VoicedTracker } from './voiced-tracker.ts';

export interface HearingOptions {
  speaker: { id: string; name: string };
  clock: Clock;
  log: Log;
  vad: VadSession;
  stt: SttConnection;
  emit(event: TurnEvent): void;
  /** Why the recogniser failed, or could not be had. */
  onFailed(error: ParleyError): void;
}

/** Frames kept from before speech is confirmed: 176 ms until confirmation, the rest is lead-in for the recogniser. */
const PRE_ROLL_FRAMES = 20;
/** Discord sends nothing after the end-of-talk frames, but detector and recogniser need to hear silence to go on. */
const CLOSING_SILENCE_FRAMES = 10;
const SILENT_FRAME = new Int16Array(FRAME_SAMPLES);
/** After a hole this long another talk begins, also when the end of the one before was never told. */
const NEW_TALK_MS = 200;
/** A hole up to this long may be in the arrival alone, as of packets that were held up somewhere: what began before it goes on. */
const LATE_MS = 1_000;
/** Where, in decoded audio, the sound of the packet before ends: the codec delays it. */
const PACKET_START = (OPUS_DELAY_MS * SAMPLE_RATE) / 1000;

export class Hearing {
  readonly #options: HearingOptions;
  readonly #tracker: VoicedTracker;
  readonly #repairs = new RepairLog();
  readonly #preRoll: Int16Array[] = [];
  /** The frame whose packet is not yet dated. */
  #before: { pcm: Int16Array; arrivedMs: number; concealed: boolean } | null = null;
  #recogniser: Recogniser | null = null;
  #packetsStop: Timer | null = null;
  /** Counts recognisers, so that late words of one that is gone are not taken for those of the next. */
  #opened = 0;
  /** The recogniser is being fed: from confirmed speech to the commit. */
  #listening = false;
  readonly #commits = new Commits();
  /** When the recogniser last had a connection that had to be opened. */
  #connectedMs: number | null = null;

  constructor(options: HearingOptions) {
    this.#options = options;
    const { clock, emit } = options;
    const speakerId = options.speaker.id;
    this.#tracker = new VoicedTracker({
      onOnset: (atMs) => emit({ type: 'onset', speakerId, atMs }),
      onStarted: (startedMs) => {
        this.#startListening();
        emit({ type: 'speechStarted', speakerId, atMs: clock.now(), startedMs });
      },
      onVoiced: (voicedMs) => {
        this.#startListening();
        this.#repairs.voiced(voicedMs);
        emit({ type: 'voiced', speakerId, atMs: clock.now(), voicedMs });
      },
    });
    this.#openRecogniser();
  }

  /**
   * @param concealed a guess in place of a lost packet: to be heard, but no evidence of when something was said.
   * @param releasedMs until when its packet waited for others, if that is known.
   */
  accept(pcm: Int16Array, arrivedMs: number, concealed = false, releasedMs?: number): void {
    if (releasedMs !== undefined && !concealed) this.#repairs.frame({ arrivedMs, releasedMs });
    if (this.#before) this.#passHole(arrivedMs - this.#before.arrivedMs);
    if (this.#listening) this.#recogniser?.write(pcm);
    else this.#keepPreRoll(pcm);
    this.#track(pcm, arrivedMs, concealed);
    this.#watchPackets();
  }

  /** The client stopped sending: silence follows that no packet will carry. */
  talkEnded(arrivedMs: number): void {
    this.#hearSilence(arrivedMs);
    const { clock, emit, speaker } = this.#options;
    emit({ type: 'talkEnded', speakerId: speaker.id, atMs: clock.now() });
  }

  #hearSilence(arrivedMs: number): void {
    for (let i = 1; i <= CLOSING_SILENCE_FRAMES; i++) {
      if (this.#listening) this.#recogniser?.write(SILENT_FRAME);
      this.#track(SILENT_FRAME, arrivedMs + i * FRAME_MS, false);
    }
    this.#endTalk();
  }

  /** A client whose packets stop without a word has stopped talking as well. */
  #watchPackets(): void {
    if (!this.#listening || this.#packetsStop || !this.#before) return;
    const { clock } = this.#options;
    this.#packetsStop = clock.setTimer(this.#before.arrivedMs + NEW_TALK_MS - clock.now(), () => {
      this.#packetsStop = null;
      const arrivedMs = this.#before?.arrivedMs;
      if (arrivedMs === undefined) return;
      if (clock.now() >= arrivedMs + NEW_TALK_MS) this.#hearSilence(arrivedMs);
      else this.#watchPackets();
    });
  }

  /** How the last voiced frame got here when none had come later than at `voicedMs`; undefined when not known. */
  passage(voicedMs: number): Passage | undefined {
    return this.#repairs.passage(voicedMs);
  }

  /** When a connection to the recogniser was open that had to be opened in that time; undefined when none had to be. */
  connectedMs(fromMs: number, toMs: number): number | undefined {
    const atMs = this.#connectedMs;
    return atMs !== null && atMs >= fromMs && atMs <= toMs ? atMs : undefined;
  }

  /** Asks for the final transcript of what was said since the last commit. */
  commit(): void {
    this.#listening = false;
    if (!this.#recogniser) return this.#fail('STT_UNAVAILABLE');
    this.#commits.committed(this.#recogniser.commit());
  }

  /** Forgets what was said; a final that is still to come is dropped. */
  reset(): void {
    this.#listening = false;
    this.#commits.forget();
    this.#recogniser?.reset();
  }

  close(): void {
    this.#packetsStop?.cancel();
    this.#options.vad.close();
    this.#closeRecogniser();
  }

  /** A frame came so long after the one before it. */
  #passHole(ms: number): void {
    if (ms > LATE_MS) this.#endTalk();
    else if (ms > NEW_TALK_MS) this.#before = null;
  }

  /** Nothing of this talk belongs to the next one. */
  #endTalk(): void {
    this.#before = null;
    this.#preRoll.length = 0;
  }

  /** Dates the sound by the packet it was sent in, most of which is decoded with it and the rest with the next one. */
  #track(pcm: Int16Array, arrivedMs: number, concealed: boolean): void {
    const speech = this.#options.vad.accept(pcm);
    const before = this.#before;
    this.#before = { pcm, arrivedMs, concealed };
    if (!before || before.concealed) return;
    this.#tracker.accept(rmsDbfsAcross(before.pcm, pcm, PACKET_START), speech, before.arrivedMs);
  }

  #startListening(): void {
    if (this.#listening) return;
    if (!this.#recogniser) this.#openRecogniser();
    this.#options.stt.warm();
    this.#listening = true;
    for (const pcm of this.#preRoll) this.#recogniser?.write(pcm);
    this.#preRoll.length = 0;
  }

  #keepPreRoll(pcm: Int16Array): void {
    this.#preRoll.push(pcm);
    if (this.#preRoll.length > PRE_ROLL_FRAMES) this.#preRoll.shift();
  }

  #openRecogniser(): void {
    const { stt, speaker, log, onFailed } = this.#options;
    this.#commits.forget();
    const number = ++this.#opened;
    try {
      this.#recogniser = stt.openRecogniser(speaker, (event) => {
        if (number === this.#opened) this.#onSttEvent(event);
      });
    } catch (error) {
      const failure = toParleyError(error, {
        code: 'STT_UNAVAILABLE',
        remedy: 'Check the speech-to-text provider and its key.',
      });
      const { message, remedy } = failure;
      log.error({ cause: message, remedy }, 'recogniser could not be opened');
      onFailed(failure);
    }
  }

  #closeRecogniser(): void {
    this.#opened += 1;
    this.#recogniser?.close();
    this.#recogniser = null;
  }

  #onSttEvent(event: SttEvent): void {
    const { clock, emit, speaker } = this.#options;
    const at = { speakerId: speaker.id, atMs: clock.now() };
    if (event.type === 'interim') {
      this.#commits.heard(event.text, this.#listening);
      emit({ type: 'interim', ...at, text: event.text, ...known(event.finished) });
    } else if (event.type === 'eagerEndOfTurn') {
      this.#commits.heard(event.text, this.#listening);
      emit({ type: 'interim', ...at, text: event.text, completeness: 'complete' });
    } else if (event.type === 'turnResumed') {
      emit({ type: 'interim', ...at, text: this.#commits.interim, completeness: 'incomplete' });
    } else if (event.type === 'final') {
      const lost = this.#commits.answered(event.commitId);
      // Told already, or no longer wanted.
      if (!lost) return;
      for (const words of lost) emit({ type: 'final', ...at, text: words });
      const text = event.understood ? event.text : '';
      emit({ type: 'final', ...at, text, ...known(event.finished) });
    } else if (event.type === 'connected') {
      this.#connectedMs = event.atMs;
    } else if (event.type === 'error') {
      this.#options.log.error({ err: event.error, remedy: event.error.remedy }, 'recogniser failed');
      this.#closeRecogniser();
      this.#fail(event.error.code);
      this.#options.onFailed(event.error);
    }
  }

  #fail(code: string): void {
    const { clock, emit, speaker } = this.#options;
    emit({ type: 'recogniserFailed', speakerId: speaker.id, atMs: clock.now(), code });
  }
}

/** What a recogniser that knows whole phrases says of the words. */
const known = (finished: boolean | undefined) =>
  finished === undefined ? {} : { completeness: finished ? ('complete' as const) : ('incomplete' as const) };
