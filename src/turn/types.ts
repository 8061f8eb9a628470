/** The vocabulary of the turn engine: what it is told (events), what it asks for (effects), what it remembers. */
import type { Completeness } from './completeness.ts';

/** Every event carries its instant, `atMs`, on the one monotonic clock; they come in the order of their instants. */
export type TurnEvent =
  /** A sound loud enough to be speech, not yet confirmed. */
  | { type: 'onset'; speakerId: string; atMs: number }
  /** Speech is confirmed; `startedMs` backdates it to its first voiced frame. */
  | { type: 'speechStarted'; speakerId: string; atMs: number; startedMs: number }
  /** A voiced frame arrived at `voicedMs` (may lie before `atMs` when confirmation came late). */
  | { type: 'voiced'; speakerId: string; atMs: number; voicedMs: number }
  /** The client's end-of-talk silence frames began: its voice gate closed, or its key was released. */
  | { type: 'talkEnded'; speakerId: string; atMs: number }
  /** The words since the last `final`. `completeness` where the recogniser knows better than the words tell. */
  | { type: 'interim'; speakerId: string; atMs: number; text: string; completeness?: Completeness }
  /** The answer to one `commit` effect; finals come in the order of the commits. Not understood: `text` is empty. */
  | { type: 'final'; speakerId: string; atMs: number; text: string; completeness?: Completeness }
  | { type: 'recogniserFailed'; speakerId: string; atMs: number; code: string }
  /** Who is in the room besides the agent and other bots; told when it changes. */
  | { type: 'people'; atMs: number; people: readonly Person[] }
  /** The speaker left, or withdrew consent. */
  | { type: 'gone'; speakerId: string; atMs: number }
  /** What earlier talks taught of how this speaker talks. */
  | { type: 'recalled'; speakerId: string; atMs: number; pauseMs: number; afterCompleteMs: number }
  /** What was learned of how this speaker talks is to be deleted. */
  | { type: 'forget'; speakerId: string; atMs: number }
  /** All that the voice was given to say so far, of the answer or the notice: what may leak back as echo. */
  | { type: 'spoken'; turnId: number; atMs: number; text: string }
  /** A draft failed before its gate was opened. */
  | { type: 'draftFailed'; draftId: number; atMs: number; code: string }
  /** The first frame of the answer left, audible or not. */
  | { type: 'answerStarted'; turnId: number; atMs: number }
  /** `audibleMs`: when its sound began, which is known only 60 ms later; `atMs` when absent. */
  | { type: 'answerAudible'; turnId: number; atMs: number; audibleMs?: number }
  | { type: 'answerDone'; turnId: number; atMs: number }
  | { type: 'answerFailed'; turnId: number; atMs: number; code: string }
  | { type: 'noticeDone'; turnId: number; atMs: number }
  | { type: 'timer'; key: TimerKey; atMs: number };

/**
 * `gate:` the end of turn, `pause:` what is done within a pause, `final:` the deadline of the transcript; each carries
 * a speaker. `wait:` carries a turn. `answer`, `over` (somebody talks over the answer), `notice` and `yield` (somebody
 * has talked the answer down, and goes on) belong to the floor.
 */
export type TimerKey =
  | `gate:${string}`
  | `pause:${string}`
  | `final:${string}`
  | `wait:${number}`
  | 'answer'
  | 'over'
  | 'notice'
  | 'yield';

/**
 * Why speech became no turn. `noise`: too short for a word. `backchannel`, `echo` of the agent's words, or `noWords`:
 * while it spoke, or right after. `stop`: it asked for silence, and has it. `aside`: not for the agent, and its words
 * never came. `tooLong`: not for the agent, and without end.
 */
export type Dismissal = 'noise' | 'backchannel' | 'echo' | 'noWords' | 'stop' | 'aside' | 'tooLong';

export type NoticeKind = 'tooSlow' | 'failed';

export interface Person {
  id: string;
  name: string;
}

/** A turn as the engine knows it: instants in ms, absent until they happen. */
export interface Turn {
  id: number;
  speakerId: string;
  /** Empty when the recogniser could not make out the words. */
  text: string;
  speechStartedMs: number;
  lastVoicedMs: number;
  /** When the pause before the end of turn was first acted upon; null when nothing was done before the gate. */
  pauseDetectedMs: number | null;
  /** When the interim transcript came that the draft in use was made from; null without one. */
  interimUsedMs: number | null;
  endOfTurnMs: number;
  /** Null when the recogniser never answered. */
  sttFinalMs: number | null;
  /** What became of the answers drafted before the end of turn; `off` when there were none. */
  speculation: 'hit' | 'miss' | 'off';
  /** How many answers were asked of the language model for it so far, drafts and all. */
  modelCalls: number;
}

export interface TurnEnd {
  turn: Turn;
  atMs: number;
  outcome: 'answered' | 'unanswered';
  /** Why it was not answered: an error code. */
  reason: string | null;
  falseCutoff: boolean;
  audible: 'answer' | 'notice' | null;
  /** The speaker's words stopped the answer. */
  bargedIn: boolean;
  /** How often the answer was paused for a sound that was no interruption. */
  falseBargeIns: number;
}

export type TurnEffect =
  | { type: 'setTimer'; key: TimerKey; dueMs: number }
  | { type: 'clearTimer'; key: TimerKey }
  /** Ask the speaker's recogniser for the final transcript; answered by one `final`. */
  | { type: 'commit'; speakerId: string }
  /** Throw away what the recogniser has of this speaker; finals still owed never come. */
  | { type: 'resetRecogniser'; speakerId: string }
  /** Begin an answer to these words. Nothing of it is heard before `openGate`. */
  | { type: 'startDraft'; draftId: number; speakerId: string; text: string; speculative: boolean }
  /** The draft's streams are cancelled; nothing of it was or will be heard. */
  | { type: 'cancelDraft'; draftId: number; speakerId: string }
  /** The draft is the answer to the turn: it plays as soon as there is something to play. */
  | { type: 'openGate'; draftId: number; turn: Turn }
  | { type: 'duckAnswer'; turnId: number }
  | { type: 'unduckAnswer'; turnId: number }
  /** No frame of the answer leaves until it is resumed, which it is at its very next frame, undimmed. */
  | { type: 'pauseAnswer'; turnId: number }
  | { type: 'resumeAnswer'; turnId: number }
  /** The answer's streams are cancelled and no further frame of it leaves. */
  | { type: 'stopAnswer'; turnId: number }
  | { type: 'sayNotice'; turnId: number; kind: NoticeKind; code: string }
  | { type: 'stopNotice'; turnId: number }
  /** Words between other people: no turn, but part of the talk. */
  | { type: 'overheard'; speakerId: string; text: string }
  /** What was said came to nothing. */
  | { type: 'dismissed'; speakerId: string; why: Dismissal }
  | { type: 'turnEnded'; end: TurnEnd };

/** An answer begun before the end of turn. */
export interface Draft {
  id: number;
  /** The words it answers, normalised. */
  key: string;
  startedMs: number;
  interimMs: number;
}

/** What one speaker has said of the turn that is not yet handed to the floor. */
export interface Utterance {
  startedMs: number;
  lastVoicedMs: number;
  /** Words that are final already. */
  words: string;
  /** Words that are not. */
  interim: string;
  interimMs: number;
  /** Of words and interim together. */
  completeness: Completeness;
  /** The recogniser itself said that they are complete. */
  hinted: boolean;
  /** Commits whose final transcript is still to come. */
  awaiting: number;
  /** An unconfirmed sound after the last voiced frame. */
  onsetMs: number | null;
  /** The client's silence frames began after the last voiced frame. */
  talkEndedMs: number | null;
  /** Something was voiced since the last commit. */
  uncommitted: boolean;
  pauseDetectedMs: number | null;
  sttFinalMs: number | null;
  /** The recogniser failed during this turn. */
  fault: string | null;
  drafts: readonly Draft[];
  modelCalls: number;
}

/** What one speaker is doing. A quiet speaker has no entry. */
export type SpeakerState =
  | (Utterance & {
      phase: 'speaking';
      /** First voiced frame after the latest draft was begun. */
      resumedMs: number | null;
      /** When the gate's timer fires; the gate is judged anew then. */
      armedMs: number;
      /** When the pause timer fires; infinite when it is not set. */
      pauseArmedMs: number;
    })
  | (Utterance & { phase: 'committing'; endOfTurnMs: number });

/** How one speaker talks, learned from the pauses that did not end a turn. */
export interface Rhythm {
  /** Mean pause after incomplete phrases inside the speaker's turns. */
  pauseMs: number;
  /** How long the speaker pauses after phrases that looked complete and were not. */
  afterCompleteMs: number;
  /** How many talks in a row ended with a released key: silence frames right after the last sound. */
  keyed: number;
}

/** Somebody sounds while the answer holds the floor. */
export interface TalkedOver {
  /** `held`: not yet audible, and kept back. `ducked`: lowered. `paused`: silent, to be resumed or stopped. */
  phase: 'held' | 'ducked' | 'paused';
  sinceMs: number;
  /** First voiced frame of the confirmed speech; null before confirmation. */
  startedMs: number | null;
  lastVoicedMs: number;
  /** Since when nothing is heard of the answer; null unless paused. */
  pausedMs: number | null;
  /** When the final words were asked for, to decide; null before. */
  askedMs: number | null;
}

/** Who is being answered. */
export type FloorState =
  /** `yieldedTo`: who talked the last answer down, and is still at it; nobody else is answered meanwhile. */
  | { phase: 'free'; yieldedTo?: string }
  | {
      phase: 'answering';
      turn: Turn;
      startedMs: number | null;
      audibleMs: number | null;
      over: TalkedOver | null;
      falseBargeIns: number;
      /** How often it was held back for a sound before anything of it was heard. */
      holds: number;
      /** How long it was paused since it became audible, in pauses that are over. */
      silentMs: number;
      /** All that the voice was given to say so far. */
      saying: string;
    }
  /** A notice plays for a turn that is unanswered for `reason`. */
  | { phase: 'noticing'; turn: Turn; reason: string; saying: string };

/** Whose words were last: for telling whether the next ones are meant for the agent. */
export interface LastTalk {
  by: 'agent' | 'person';
  speakerId: string;
  atMs: number;
}

export interface TurnState {
  nextTurnId: number;
  nextDraftId: number;
  speakers: ReadonlyMap<string, SpeakerState>;
  rhythms: ReadonlyMap<string, Rhythm>;
  people: readonly Person[];
  floor: FloorState;
  /** Turns that wait for the floor, oldest first. */
  queue: readonly Turn[];
  lastTalk: LastTalk | null;
  /** When the latest answer to each speaker ended. */
  dialogues: ReadonlyMap<string, number>;
  /** The agent's last words as far as they can have been heard, and when they ended. */
  spoken: { text: string; untilMs: number };
}

export const initialTurnState: TurnState = {
  nextTurnId: 1,
  nextDraftId: 1,
  speakers: new Map(),
  rhythms: new Map(),
  people: [],
  floor: { phase: 'free' },
  queue: [],
  lastTalk: null,
  dialogues: new Map(),
  spoken: { text: '', untilMs: 0 },
};
