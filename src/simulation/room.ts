/** A voice channel under virtual time: the turn engine among modelled people, recogniser, model, voice and mouth. */
import type { Marks } from '../latency/timeline.ts';
import type { TurnOptions } from '../turn/defaults.ts';
import { stepTurn } from '../turn/engine.ts';
import {
  initialTurnState,
  type Person,
  type TimerKey,
  type TurnEffect,
  type TurnEnd,
  type TurnEvent,
  type TurnState,
} from '../turn/types.ts';
import { Draft, STALL_MS } from './draft.ts';
import type { Draws } from './draws.ts';
import { Mouth, Speech } from './mouth.ts';
import type { Recording } from './recording.ts';
import { Schedule, type Task } from './schedule.ts';
import type { Utterance } from './script.ts';
import { Speaker } from './speaker.ts';

export interface RoomOptions {
  turn: TurnOptions;
  draws: Draws;
  /** See `SpeakerOptions`. */
  voicedStepMs: number;
  /** For how long nothing may come of an answer; as live unless given. */
  stallMs?: number;
  /** Called after an effect was performed: what a person in the room would react to. */
  onEffect?(effect: TurnEffect, room: Room): void;
  /** The answer to this turn has become audible. */
  onAudible?(turnId: number, room: Room): void;
  /** Called after each event, when its effects have been performed. */
  onStep?(room: Room): void;
}

/** Quiet frames and sound of a notice: it is heard at once. */
const NOTICE_FRAMES = 60;

export class Room {
  readonly schedule = new Schedule();
  readonly recording: Recording = { events: [], effects: [], drafts: [], turns: [], said: [], finals: [] };
  state: TurnState = initialTurnState;
  readonly #options: RoomOptions;
  readonly #mouth = new Mouth(this.schedule);
  readonly #speakers = new Map<string, Speaker>();
  readonly #people = new Map<string, Person>();
  readonly #timers = new Map<TimerKey, Task>();
  readonly #pending: TurnEvent[] = [];
  #dispatching = false;
  /** Drafts that were neither cancelled nor are over, by number. */
  readonly #drafts = new Map<number, Draft>();
  readonly #answers = new Map<number, Draft>();
  #notice: { turnId: number; speech: Speech; end: Task | null } | null = null;
  /** Per speaker: drafts begun during the utterance under way. */
  readonly #draftCounts = new Map<string, { utterance: number; count: number }>();

  constructor(options: RoomOptions) {
    this.#options = options;
  }

  get nowMs(): number {
    return this.schedule.nowMs;
  }

  /** When the timer fires; null when it is not set. */
  dueMs(key: TimerKey): number | null {
    return this.#timers.get(key)?.dueMs ?? null;
  }

  get people(): readonly Person[] {
    return [...this.#people.values()];
  }

  join(person: Person): void {
    this.#people.set(person.id, person);
    this.tell({ type: 'people', atMs: this.nowMs, people: this.people });
  }

  /** Leaves the channel, or withdraws consent (`stays`): nothing more is heard of them, also in the middle of a word. */
  leave(speakerId: string, stays = false): void {
    const speaker = this.#speakers.get(speakerId);
    speaker?.fallSilent();
    speaker?.recogniser.reset();
    this.tell({ type: 'gone', speakerId, atMs: this.nowMs });
    if (stays) return;
    this.#people.delete(speakerId);
    this.tell({ type: 'people', atMs: this.nowMs, people: this.people });
  }

  /** Begins now, or when the speaker has said what is under way. Returns when its last sound ends. */
  say(speakerId: string, utterance: Utterance): number {
    const { said, endMs } = this.#speaker(speakerId).say(utterance);
    this.recording.said.push(said);
    return endMs;
  }

  /** Time goes on to `untilMs`; false when nothing is left to happen before. */
  run(untilMs: number): boolean {
    return this.schedule.run(untilMs);
  }

  /** Tells the engine. What is told while effects are performed waits for its turn, as in a live conversation. */
  tell(event: TurnEvent): void {
    this.#pending.push(event);
    if (this.#dispatching) return;
    this.#dispatching = true;
    const { turn, onEffect, onStep } = this.#options;
    const { events, effects } = this.recording;
    for (let next = this.#pending.shift(); next; next = this.#pending.shift()) {
      const index = events.push(next) - 1;
      const step = stepTurn(this.state, next, turn);
      this.state = step.state;
      for (const effect of step.effects) {
        effects.push({ atMs: this.nowMs, event: index, effect });
        this.#perform(effect);
        onEffect?.(effect, this);
      }
      onStep?.(this);
    }
    this.#dispatching = false;
  }

  #speaker(speakerId: string): Speaker {
    const known = this.#speakers.get(speakerId);
    if (known) return known;
    const { draws, voicedStepMs } = this.#options;
    const speaker = new Speaker({
      ...{ speakerId, schedule: this.schedule, draws, voicedStepMs },
      tell: (event) => this.tell(event),
      onFinal: (told) => this.recording.finals.push(told),
    });
    this.#speakers.set(speakerId, speaker);
    return speaker;
  }

  #perform(effect: TurnEffect): void {
    switch (effect.type) {
      case 'setTimer':
        return this.#setTimer(effect.key, effect.dueMs);
      case 'clearTimer':
        return this.#clearTimer(effect.key);
      case 'commit':
        return this.#speaker(effect.speakerId).recogniser.commit();
      case 'resetRecogniser':
        return this.#speaker(effect.speakerId).recogniser.reset();
      case 'startDraft':
        return this.#startDraft(effect);
      case 'cancelDraft':
        return this.#endDraft(this.#drafts.get(effect.draftId), 'cancelled');
      case 'openGate':
        return this.#openGate(effect.draftId, effect.turn.id);
      case 'pauseAnswer':
        return this.#withSpeech(effect.turnId, (speech) => this.#mouth.pause(speech));
      case 'resumeAnswer':
        return this.#withSpeech(effect.turnId, (speech) => this.#mouth.resume(speech));
      case 'stopAnswer':
        return this.#stopAnswer(effect.turnId);
      case 'sayNotice':
        return this.#sayNotice(effect.turnId);
      case 'stopNotice':
        return this.#endNotice(effect.turnId);
      case 'turnEnded':
        return this.#onTurnEnded(effect.end);
      case 'duckAnswer':
      case 'unduckAnswer':
      case 'overheard':
      case 'dismissed':
        return;
    }
  }

  #setTimer(key: TimerKey, dueMs: number): void {
    this.#clearTimer(key);
    const task = this.schedule.at(dueMs + this.#options.draws.timerLateMs(), () => {
      this.#timers.delete(key);
      this.tell({ type: 'timer', key, atMs: this.nowMs });
    });
    this.#timers.set(key, task);
  }

  #clearTimer(key: TimerKey): void {
    const task = this.#timers.get(key);
    if (!task) return;
    task.cancelled = true;
    this.#timers.delete(key);
  }

  #startDraft({ draftId, speakerId, text, speculative }: Extract<TurnEffect, { type: 'startDraft' }>): void {
    const { turn, draws } = this.#options;
    const utterance = Math.max(0, this.#speaker(speakerId).said.length - 1);
    const counted = this.#draftCounts.get(speakerId);
    const nth = counted?.utterance === utterance ? counted.count : 0;
    this.#draftCounts.set(speakerId, { utterance, count: nth + 1 });
    const draft = new Draft({
      ...{ id: draftId, of: { speakerId, utterance, nth }, text, speculative },
      voiceWaits: speculative && turn.speculation === 'llm',
      stallMs: this.#options.stallMs ?? STALL_MS,
      ...{ schedule: this.schedule, draws, mouth: this.#mouth },
      onFailed: (failed, code) => this.#onDraftFailed(failed, code),
      onSpoken: ({ turnId, text: given }) => {
        if (turnId !== null) this.tell({ type: 'spoken', turnId, atMs: this.nowMs, text: given });
      },
      onFirstFrame: ({ turnId }) => this.#tellAnswer('answerStarted', turnId),
      onAudible: ({ turnId, marks: { firstAudibleOut: audibleMs } }) => {
        if (turnId === null || audibleMs === undefined) return;
        this.tell({ type: 'answerAudible', turnId, atMs: this.nowMs, audibleMs });
        this.#options.onAudible?.(turnId, this);
      },
      onPlayed: (played) => {
        this.#drafts.delete(draftId);
        this.#tellAnswer('answerDone', played.turnId);
      },
    });
    this.#drafts.set(draftId, draft);
    this.recording.drafts.push(draft);
  }

  #tellAnswer(type: 'answerStarted' | 'answerAudible' | 'answerDone', turnId: number | null): void {
    if (turnId !== null) this.tell({ type, turnId, atMs: this.nowMs });
  }

  #onDraftFailed({ options: { id }, turnId }: Draft, code: string): void {
    this.#drafts.delete(id);
    if (turnId === null) this.tell({ type: 'draftFailed', draftId: id, atMs: this.nowMs, code });
    else this.tell({ type: 'answerFailed', turnId, atMs: this.nowMs, code });
  }

  #openGate(draftId: number, turnId: number): void {
    const draft = this.#drafts.get(draftId);
    if (!draft) {
      // It failed at this very instant, which the engine could not know yet.
      return this.tell({ type: 'answerFailed', turnId, atMs: this.nowMs, code: 'DRAFT_FAILED' });
    }
    this.#answers.set(turnId, draft);
    draft.openGate(turnId);
  }

  #withSpeech(turnId: number, change: (speech: Speech) => void): void {
    const answer = this.#answers.get(turnId);
    if (answer) change(answer.speech);
  }

  /** What was on its way when it was stopped may still be told of it. */
  #stopAnswer(turnId: number): void {
    this.#endDraft(this.#answers.get(turnId), 'stopped');
    const lateMs = this.#options.draws.straggleMs();
    if (lateMs === null) return;
    this.schedule.at(this.nowMs + lateMs, () => {
      this.#tellAnswer('answerStarted', turnId);
      this.#tellAnswer('answerAudible', turnId);
      this.#tellAnswer('answerDone', turnId);
    });
  }

  #endDraft(draft: Draft | undefined, fate: 'cancelled' | 'stopped'): void {
    if (!draft) return;
    this.#drafts.delete(draft.options.id);
    draft.end(fate);
  }

  #sayNotice(turnId: number): void {
    const events = { onFirstFrame: () => {}, onAudible: () => {}, onDone: () => {} };
    const speech = new Speech(events);
    speech.availableFrames = NOTICE_FRAMES;
    this.#mouth.begin(speech);
    const playsMs = this.#options.draws.noticeMs();
    const done = () => {
      this.#endNotice(turnId);
      this.tell({ type: 'noticeDone', turnId, atMs: this.nowMs });
    };
    this.#notice = {
      turnId,
      speech,
      end: playsMs === null ? null : this.schedule.at(this.nowMs + playsMs, done),
    };
  }

  #endNotice(turnId: number): void {
    if (this.#notice?.turnId !== turnId) return;
    this.#mouth.stop(this.#notice.speech);
    if (this.#notice.end) this.#notice.end.cancelled = true;
    this.#notice = null;
  }

  #onTurnEnded(end: TurnEnd): void {
    const draft = this.#answers.get(end.turn.id) ?? null;
    const heard = end.audible === 'answer' ? (draft?.heard() ?? '') : '';
    this.recording.turns.push({ end, marks: marksOf(end, draft), draft, heard });
  }
}

/** The engine's instants and the answer's, together; without the audible one when the answer was not heard. */
function marksOf({ turn, audible }: TurnEnd, draft: Draft | null): Marks {
  const { speechStartedMs, lastVoicedMs, endOfTurnMs, pauseDetectedMs, interimUsedMs, sttFinalMs } = turn;
  const marks: Marks = {
    ...{ speechStarted: speechStartedMs, lastVoiced: lastVoicedMs, endOfTurn: endOfTurnMs },
    ...draft?.marks,
  };
  if (pauseDetectedMs !== null) marks.pauseDetected = pauseDetectedMs;
  if (interimUsedMs !== null) marks.interimUsed = interimUsedMs;
  if (sttFinalMs !== null) marks.sttFinal = sttFinalMs;
  if (audible !== 'answer') delete marks.firstAudibleOut;
  return marks;
}
