/** One answer in the virtual room: the model's stream, its clauses, their audio; heard only once its gate is open. */
import type { Marks } from '../latency/timeline.ts';
import type { DrawFor, Draws, ModelDraw, StreamFault } from './draws.ts';
import { type Mouth, Speech } from './mouth.ts';
import { type PlannedClause, planOf, type ReplyPlan } from './reply-plan.ts';
import type { Schedule, Task } from './schedule.ts';
import { FRAME_MS } from './script.ts';

export type DraftFate = 'cancelled' | 'stopped' | 'played' | 'failed';

/** A provider's stream, while it is open. */
export interface OpenedStream {
  kind: 'model' | 'voice';
  openedMs: number;
  closedMs: number | null;
}

export interface DraftOptions {
  id: number;
  of: DrawFor;
  /** The words that it answers. */
  text: string;
  speculative: boolean;
  /** Whether clauses are given to the voice only once the gate is open. */
  voiceWaits: boolean;
  /** Neither a token, nor audio, nor a played frame for this long: the answer is stuck. */
  stallMs: number;
  schedule: Schedule;
  draws: Draws;
  mouth: Mouth;
  onFailed(draft: Draft, code: string): void;
  /** The voice was given more to say. */
  onSpoken(draft: Draft): void;
  onFirstFrame(draft: Draft): void;
  onAudible(draft: Draft): void;
  onPlayed(draft: Draft): void;
}

interface SpokenClause extends PlannedClause {
  /** Zero until its audio came. */
  frames: number;
}

/** As live answers are given up. */
export const STALL_MS = 4_000;

export class Draft {
  readonly marks: Marks = {};
  readonly streams: OpenedStream[] = [];
  readonly clauses: SpokenClause[] = [];
  readonly speech: Speech;
  readonly options: DraftOptions;
  readonly model: ModelDraw;
  readonly startedMs: number;
  turnId: number | null = null;
  gateMs: number | null = null;
  fate: DraftFate | null = null;
  fateMs: number | null = null;
  readonly #plan: ReplyPlan;
  #tasks: Task[] = [];
  #modelEnded = false;
  #firstTokenMs = 0;
  /** Clauses written, and of them those whose audio is still to come. */
  #written = 0;
  #awaited = 0;
  #audioMs = 0;
  #failure: string | null = null;

  constructor(options: DraftOptions) {
    const { schedule, draws, of, text } = options;
    this.options = options;
    this.startedMs = schedule.nowMs;
    this.model = draws.model(of, text);
    const { reply, fault } = this.model;
    this.#plan = planOf(fault?.kind === 'end' ? { tokens: reply.tokens.slice(0, fault.atToken) } : reply);
    this.speech = new Speech({
      onFirstFrame: (atMs) => {
        this.marks.firstFrameOut = atMs;
        options.onFirstFrame(this);
      },
      onAudible: (sinceMs) => {
        this.marks.firstAudibleOut = sinceMs;
        options.onAudible(this);
      },
      onDone: () => this.#onPlayed(),
    });
    this.marks.draftStarted = this.startedMs;
    this.marks.llmSent = this.startedMs;
    this.streams.push({ kind: 'model', openedMs: this.startedMs, closedMs: null });
    this.streams.push({ kind: 'voice', openedMs: this.startedMs, closedMs: null });
    this.#firstTokenMs = this.startedMs + this.model.firstTokenMs;
    this.#planModel(0);
    this.#watchForStall(this.startedMs);
  }

  /** What the voice was given to say. */
  get text(): string {
    return this.clauses.map(({ text }) => text).join(' ');
  }

  /** The words whose frames left: whole clauses, and of the last one the share that was played. */
  heard(): string {
    const heard: string[] = [];
    let left = this.speech.framesOut;
    for (const { text, frames } of this.clauses) {
      if (left <= 0 || frames === 0) break;
      const words = text.split(' ');
      heard.push(...words.slice(0, Math.floor((words.length * Math.min(left, frames)) / frames)));
      left -= frames;
    }
    return heard.join(' ');
  }

  openGate(turnId: number): void {
    const { schedule, mouth, onSpoken } = this.options;
    this.turnId = turnId;
    this.gateMs = schedule.nowMs;
    if (this.options.voiceWaits) for (const clause of this.clauses) this.#speak(clause);
    mouth.begin(this.speech);
    if (this.clauses.length > 0) onSpoken(this);
  }

  /** Its streams are closed and no further frame leaves. */
  end(fate: DraftFate): void {
    if (this.fate) return;
    const { schedule, mouth } = this.options;
    this.fate = fate;
    this.fateMs = schedule.nowMs;
    for (const task of this.#tasks) task.cancelled = true;
    this.#close('model');
    this.#close('voice');
    if (this.speech.phase === 'over') return;
    mouth.stop(this.speech);
    if (this.marks.firstFrameOut !== undefined) this.marks.done = schedule.nowMs;
  }

  #planModel(next: number): void {
    const { clauses, lastToken } = this.#plan;
    const clause = clauses[next];
    const atToken = clause ? clause.atToken : lastToken;
    const { fault } = this.model;
    if (fault && fault.kind !== 'end' && fault.atToken <= Math.max(0, atToken)) {
      return this.#at(this.#tokenMs(fault.atToken), () => this.#onModelFault(fault.kind));
    }
    this.#at(this.#tokenMs(Math.max(0, atToken)), () => {
      if (lastToken >= 0) this.marks.llmFirstToken ??= this.#firstTokenMs;
      if (!clause) return this.#onModelEnd();
      this.#onClause(clause);
      if (!this.fate) this.#planModel(next + 1);
    });
  }

  #tokenMs(index: number): number {
    return this.#firstTokenMs + index * this.model.tokenMs;
  }

  #onClause(planned: PlannedClause): void {
    const clause = { ...planned, frames: 0 };
    this.clauses.push(clause);
    this.marks.firstClause ??= this.options.schedule.nowMs;
    if (this.gateMs !== null || !this.options.voiceWaits) this.#speak(clause);
    if (this.gateMs !== null) this.options.onSpoken(this);
  }

  #speak(clause: SpokenClause): void {
    const { schedule, draws, of } = this.options;
    const now = schedule.nowMs;
    this.marks.ttsSent ??= now;
    const draw = draws.voice(of, this.#written++);
    this.#awaited += 1;
    if (draw.fault === 'hang') return;
    this.#audioMs = Math.max(this.#audioMs, now + draw.firstByteMs);
    this.#at(this.#audioMs, () => {
      if (draw.fault) return this.#onVoiceFault(draw.fault);
      this.marks.ttsFirstByte ??= schedule.nowMs;
      this.#awaited -= 1;
      clause.frames = Math.max(1, Math.round((clause.words * draw.wordMs) / FRAME_MS));
      if (this.speech.availableFrames === 0) this.speech.quietFrames = draw.quietFrames;
      this.speech.availableFrames += clause.frames;
      this.#playOn();
    });
  }

  #onModelEnd(): void {
    this.#modelEnded = true;
    this.#close('model');
    if (this.clauses.length === 0) return this.#fail('EMPTY_ANSWER');
    this.#playOn();
  }

  #onModelFault(kind: StreamFault): void {
    if (kind === 'hang') return;
    if (this.marks.firstFrameOut === undefined) return this.#fail('LLM_FAILED');
    // What is being spoken is played out; the rest is missing.
    this.#failure = 'LLM_FAILED';
    this.#modelEnded = true;
    this.#close('model');
    this.#playOn();
  }

  #onVoiceFault(kind: StreamFault): void {
    const code = kind === 'end' ? 'TTS_ENDED_EARLY' : 'TTS_FAILED';
    if (this.marks.firstFrameOut === undefined) return this.#fail(code);
    this.#failure = code;
    for (const task of this.#tasks) task.cancelled = true;
    this.#modelEnded = true;
    this.#awaited = 0;
    this.#close('model');
    this.#playOn();
  }

  #playOn(): void {
    if (this.#modelEnded && this.#awaited === 0) {
      this.speech.ended = true;
      this.#close('voice');
    }
    this.options.mouth.wake(this.speech);
  }

  #onPlayed(): void {
    if (this.fate) return;
    const { schedule, onPlayed } = this.options;
    this.marks.done = schedule.nowMs;
    if (this.marks.firstAudibleOut === undefined) return this.#fail(this.#failure ?? 'TTS_SILENT');
    this.end('played');
    onPlayed(this);
  }

  #fail(code: string): void {
    this.end('failed');
    this.options.onFailed(this, code);
  }

  /** Nothing came for too long after all that there was had been played. */
  #watchForStall(sinceMs: number): void {
    this.#at(sinceMs + this.options.stallMs, () => {
      const { speech, gateMs, options } = this;
      const nowMs = options.schedule.nowMs;
      const starved =
        speech.phase === 'playing' && !speech.ended && speech.framesOut === speech.availableFrames;
      if (gateMs === null || !starved) return this.#watchForStall(nowMs);
      const movedMs = Math.max(gateMs, this.#playedUntilMs(), sinceMs);
      if (movedMs + options.stallMs <= nowMs) return this.#fail('ANSWER_STALLED');
      this.#watchForStall(movedMs);
    });
  }

  #playedUntilMs(): number {
    const { runs } = this.speech;
    const run = runs.at(-1);
    return run ? run.firstMs + run.count * FRAME_MS : 0;
  }

  #close(kind: OpenedStream['kind']): void {
    for (const stream of this.streams) {
      if (stream.kind === kind) stream.closedMs ??= this.options.schedule.nowMs;
    }
  }

  #at(dueMs: number, run: () => void): void {
    this.#tasks.push(
      this.options.schedule.at(dueMs, () => {
        if (!this.fate) run();
      }),
    );
  }
}
