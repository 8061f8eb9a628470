/** One voice channel alive: carries events into the turn engine and performs its effects. */
import type { Clock } from '../base/clock.ts';
import { inWords, type ParleyError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { TurnRecord } from '../latency/timeline.ts';
import type { LlmConnection } from '../providers/llm/llm.ts';
import type { SttConnection } from '../providers/stt/stt.ts';
import type { TtsConnection } from '../providers/tts/tts.ts';
import type { VadPool } from '../providers/vad/vad.ts';
import { TURN_DEFAULTS, type TurnOptions } from '../turn/defaults.ts';
import type { NoticeKind, TurnEnd, TurnEvent } from '../turn/types.ts';
import { Drafts } from './drafts.ts';
import { Hearing } from './hearing.ts';
import { History } from './history.ts';
import { NOTICE_TEXTS, type Notices, neverAnswered, neverPausing } from './notices.ts';
import type { Ears, EarsEvent, Mouth, Rhythms, Speech } from './ports.ts';
import { Repeats } from './repeats.ts';
import { RhythmMemory } from './rhythm-memory.ts';
import { type OuterEffect, TurnLoop } from './turn-loop.ts';
import { turnMarks } from './turn-marks.ts';

export interface ConversationOptions {
  clock: Clock;
  /** Milliseconds since 1970, for the records. */
  nowUnixMs(): number;
  log: Log;
  guildId: string;
  channelId: string;
  ears: Ears;
  mouth: Mouth;
  vad: VadPool;
  stt: SttConnection;
  llm: LlmConnection;
  tts: TtsConnection;
  notices: Notices;
  providerNames: TurnRecord['providers'];
  systemPrompt: string;
  maxTokens: number;
  turnOptions?: TurnOptions;
  /** Null: each talk learns anew. */
  rhythms?: Rhythms | null;
  onTurn(report: TurnReport): void;
  /** Takes the lines of the event log, which hold what people say; null to keep none. */
  record?: ((line: string) => void) | null;
  /** Writes into the channel's chat: what could not be spoken. */
  postText(text: string): void;
}

/** A finished turn, with its words: for this process only, never for the store or the log. */
export interface TurnReport {
  record: TurnRecord;
  transcript: string;
  /** What the model wrote. */
  reply: string;
}

interface SpokenNotice {
  turnId: number;
  speech: Speech | null;
  heard: boolean;
}

export class Conversation {
  readonly #options: ConversationOptions;
  readonly #history = new History();
  readonly #repeats = new Repeats();
  readonly #hearings = new Map<string, Hearing>();
  readonly #stopListening: () => void;
  readonly #over = new AbortController();
  readonly #loop: TurnLoop;
  readonly #drafts: Drafts;
  readonly #rhythms: RhythmMemory;
  #closing = false;
  #people = '';
  #notice: SpokenNotice | null = null;
  /** The turn that the last notice, spoken or written, was for. */
  #apologised: number | null = null;
  /** Codes of failures that the chat was told of. */
  readonly #told = new Set<string>();

  constructor(options: ConversationOptions) {
    this.#options = options;
    const turnOptions = options.turnOptions ?? TURN_DEFAULTS;
    const { clock, log, llm, tts, mouth, ears, systemPrompt, maxTokens, record = null } = options;
    const perform = (effect: OuterEffect) => this.#perform(effect);
    this.#loop = new TurnLoop({ clock, log, turnOptions, perform, record });
    this.#rhythms = new RhythmMemory({ clock, log, loop: this.#loop, kept: options.rhythms ?? null });
    this.#drafts = new Drafts({
      ...{ clock, log, llm, tts, mouth, systemPrompt, maxTokens, over: this.#over.signal },
      ahead: turnOptions.speculation === 'llm' ? 'llm' : 'llm+tts',
      messages: (id, text) => this.#history.messages({ id, name: ears.nameOf(id) }, text),
      emit: (event) => this.#loop.dispatch(event),
      onFailed: (error) => this.#onFailed(error),
      onWrittenInstead: options.postText,
    });
    this.#stopListening = options.ears.listen((event) => this.#onEars(event));
  }

  /** Every turn under way ends with a reason; detectors and recognisers are given back. */
  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#stopListening();
    for (const speakerId of [...this.#hearings.keys()]) this.#forget(speakerId);
    this.#drafts.close();
    this.#over.abort();
    this.#loop.close();
  }

  #onEars(event: EarsEvent): void {
    if (event.type === 'gone') return this.#forget(event.speakerId);
    const hearing = this.#hearings.get(event.speakerId) ?? this.#open(event.speakerId);
    if (event.type === 'frame') hearing.accept(event.pcm, event.arrivedMs, event.concealed, event.releasedMs);
    else hearing.talkEnded(event.arrivedMs);
  }

  #open(speakerId: string): Hearing {
    const { clock, log, vad, stt, ears } = this.#options;
    const speaker = { id: speakerId, name: ears.nameOf(speakerId) };
    const emit = (event: TurnEvent) => {
      if (event.type === 'speechStarted') this.#onSpeech(event.atMs);
      this.#loop.dispatch(event);
    };
    const onFailed = (error: ParleyError) => this.#onFailed(error);
    const hearing = new Hearing({ speaker, clock, log, vad: vad.take(), stt, emit, onFailed });
    this.#hearings.set(speakerId, hearing);
    this.#rhythms.recall(speakerId);
    return hearing;
  }

  /** Somebody speaks: connections that have gone cold are woken while there is time. */
  #onSpeech(atMs: number): void {
    this.#options.llm.warm();
    this.#options.tts.warm();
    this.#tellPeople(atMs);
  }

  /** Tells the engine who is in the room, when that has changed. */
  #tellPeople(atMs: number): void {
    const people = this.#options.ears.people();
    const key = people.map(({ id, name }) => `${id} ${name}`).join('\n');
    if (key === this.#people) return;
    this.#people = key;
    this.#loop.dispatch({ type: 'people', atMs, people });
  }

  #forget(speakerId: string): void {
    const atMs = this.#options.clock.now();
    this.#loop.dispatch({ type: 'gone', speakerId, atMs });
    this.#loop.dispatch({ type: 'forget', speakerId, atMs });
    this.#rhythms.forget(speakerId);
    this.#history.forget(speakerId);
    this.#repeats.forget(speakerId);
    this.#drafts.forget(speakerId);
    this.#hearings.get(speakerId)?.close();
    this.#hearings.delete(speakerId);
  }

  #perform(effect: OuterEffect): void {
    const { log } = this.#options;
    switch (effect.type) {
      case 'commit':
        return this.#hearings.get(effect.speakerId)?.commit();
      case 'resetRecogniser':
        return this.#hearings.get(effect.speakerId)?.reset();
      case 'startDraft':
        // Of a conversation that closes, its speaker is the next to be sent away.
        return this.#closing ? undefined : this.#drafts.start(effect);
      case 'cancelDraft':
        return this.#drafts.cancel(effect.draftId);
      case 'openGate':
        return this.#closing ? undefined : this.#drafts.open(effect.draftId, effect.turn);
      case 'duckAnswer':
        return this.#drafts.answerTo(effect.turnId)?.duck();
      case 'unduckAnswer':
        return this.#drafts.answerTo(effect.turnId)?.unduck();
      case 'pauseAnswer':
        return this.#drafts.answerTo(effect.turnId)?.pause();
      case 'resumeAnswer':
        return this.#drafts.answerTo(effect.turnId)?.resume();
      case 'stopAnswer':
        return this.#drafts.answerTo(effect.turnId)?.stop();
      case 'overheard':
        return this.#overhear(effect.speakerId, effect.text);
      case 'dismissed':
        return log.debug({ speakerId: effect.speakerId, why: effect.why }, 'speech that is no turn');
      case 'sayNotice':
        return this.#sayNotice(effect.turnId, effect.kind);
      case 'stopNotice':
        if (this.#notice?.turnId === effect.turnId) this.#notice.speech?.stop();
        return;
      case 'turnEnded':
        return this.#onTurnEnded(effect.end);
    }
  }

  #overhear(speakerId: string, text: string): void {
    this.#history.addUser(
      { id: speakerId, name: this.#options.ears.nameOf(speakerId) },
      text,
      this.#loop.atMs,
    );
  }

  #sayNotice(turnId: number, kind: NoticeKind): void {
    const { clock, mouth, notices, postText } = this.#options;
    this.#apologised = turnId;
    const onDone = () => this.#loop.dispatch({ type: 'noticeDone', turnId, atMs: clock.now() });
    const pcm = notices.pcm(kind);
    if (!pcm) {
      postText(NOTICE_TEXTS[kind]);
      return onDone();
    }
    const notice: SpokenNotice = { turnId, speech: null, heard: false };
    this.#notice = notice;
    this.#loop.dispatch({ type: 'spoken', turnId, atMs: clock.now(), text: NOTICE_TEXTS[kind] });
    const onFirstAudible = () => {
      notice.heard = true;
    };
    notice.speech = mouth.begin(notices.sampleRate, { onFirstFrame() {}, onFirstAudible, onDone });
    notice.speech.write(pcm);
    notice.speech.end();
  }

  /** What no next try heals is told with its remedy, once: else every turn would end in the same vague apology. */
  #onFailed(error: ParleyError): void {
    if (error.retryable || this.#told.has(error.code)) return;
    this.#told.add(error.code);
    this.#options.postText(inWords(error));
  }

  #onTurnEnded({ turn, outcome, reason, falseCutoff, bargedIn, falseBargeIns, ...end }: TurnEnd): void {
    const { guildId, channelId, ears, nowUnixMs, providerNames, onTurn } = this.#options;
    const { answer, waste } = this.#drafts.settle(turn);
    this.#rhythms.keep(turn.speakerId);
    const hearing = this.#hearings.get(turn.speakerId);
    const noticed = this.#notice?.turnId === turn.id && this.#notice.heard;
    const audible = end.audible === 'answer' ? end.audible : noticed ? 'notice' : null;
    const heard = (audible === 'answer' && answer?.heard) || null;
    const record: TurnRecord = {
      id: `${channelId}-${turn.id}-${Math.round(turn.endOfTurnMs)}`,
      ...{ guildId, channelId, speakerId: turn.speakerId, endedAtUnixMs: nowUnixMs() },
      ...{ outcome, audible, falseCutoff, bargedIn, falseBargeIns },
      ...(heard && { heardEstimated: heard.estimated }),
      repeated: this.#repeats.said(turn.speakerId, turn.text, this.#loop.atMs),
      ...{ speculation: turn.speculation, modelCalls: turn.modelCalls },
      wasted: waste,
      // To the engine, a conversation that is closed is one that everybody left.
      reason: this.#closing && reason === 'SPEAKER_LEFT' ? 'ROOM_CLOSED' : reason,
      marks: turnMarks(turn, answer, audible === 'answer', hearing),
      providers: providerNames,
      usage: answer?.usage ?? null,
    };
    const saidMs = answer?.marks.firstAudibleOut ?? this.#loop.atMs;
    this.#history.addUser({ id: turn.speakerId, name: ears.nameOf(turn.speakerId) }, turn.text, saidMs);
    if (heard) this.#history.addAgent(heard.text, saidMs);
    if (this.#notice?.turnId === turn.id) this.#notice = null;
    if (reason !== null && this.#apologised !== turn.id) this.#excuse(reason, ears.nameOf(turn.speakerId));
    onTurn({ record, transcript: turn.text, reply: answer?.text ?? '' });
  }

  /** In writing, for a turn that ended without a word: somebody else had the floor. */
  #excuse(reason: string, name: string): void {
    if (reason === 'SPEAKER_LEFT') return;
    if (reason !== 'TOO_LONG') return this.#options.postText(neverAnswered(name));
    if (this.#told.has(reason)) return;
    this.#told.add(reason);
    this.#options.postText(neverPausing(name));
  }
}
