/** The vocabulary of the turn engine: what it is told (events), what it asks for (effects), what it remembers. */

export type TurnEvent =
  /** A sound loud enough to be speech, not yet confirmed. */
  | { type: 'onset'; speakerId: string; atMs: number }
  /** Speech is confirmed; `startedMs` backdates it to its first voiced frame. */
  | { type: 'speechStarted'; speakerId: string; atMs: number; startedMs: number }
  /** A voiced frame arrived at `voicedMs` (may lie before `atMs` when confirmation came late). */
  | { type: 'voiced'; speakerId: string; atMs: number; voicedMs: number }
  | { type: 'interim'; speakerId: string; atMs: number; text: string; finished: boolean }
  /** The answer to one `commit` effect; finals come in the order of the commits. Not understood: `text` is empty. */
  | { type: 'final'; speakerId: string; atMs: number; text: string }
  | { type: 'recogniserFailed'; speakerId: string; atMs: number; code: string }
  /** The speaker left, or withdrew consent. */
  | { type: 'gone'; speakerId: string; atMs: number }
  | { type: 'answerAudible'; turnId: number; atMs: number }
  | { type: 'answerDone'; turnId: number; atMs: number }
  | { type: 'answerFailed'; turnId: number; atMs: number; code: string }
  | { type: 'noticeDone'; turnId: number; atMs: number }
  | { type: 'timer'; key: TimerKey; atMs: number };

/** `gate:`, `final:` carry a speaker; `floor:` a turn; `answer` and `notice` belong to the floor. */
export type TimerKey = `gate:${string}` | `final:${string}` | `wait:${number}` | 'answer' | 'notice';

export type NoticeKind = 'tooSlow' | 'failed';

/** A turn as the engine knows it: instants in ms, absent until they happen. */
export interface Turn {
  id: number;
  speakerId: string;
  /** Empty when the recogniser could not make out the words. */
  text: string;
  speechStartedMs: number;
  lastVoicedMs: number;
  endOfTurnMs: number;
  /** Null when the recogniser never answered. */
  sttFinalMs: number | null;
}

export interface TurnEnd {
  turn: Turn;
  atMs: number;
  outcome: 'answered' | 'unanswered';
  /** Why it was not answered: an error code. */
  reason: string | null;
  falseCutoff: boolean;
  audible: 'answer' | 'notice' | null;
}

export type TurnEffect =
  | { type: 'setTimer'; key: TimerKey; dueMs: number }
  | { type: 'clearTimer'; key: TimerKey }
  /** Ask the speaker's recogniser for the final transcript; answered by one `final`. */
  | { type: 'commit'; speakerId: string }
  /** Throw away what the recogniser has of this speaker. */
  | { type: 'resetRecogniser'; speakerId: string }
  | { type: 'startAnswer'; turn: Turn }
  /** The answer's streams are cancelled and no further frame of it leaves. */
  | { type: 'stopAnswer'; turnId: number }
  | { type: 'sayNotice'; turnId: number; kind: NoticeKind; code: string }
  | { type: 'stopNotice'; turnId: number }
  | { type: 'turnEnded'; end: TurnEnd };

/** What one speaker has said of the turn that is not yet handed to the floor. */
export interface Utterance {
  startedMs: number;
  lastVoicedMs: number;
  /** Words that are final already: of earlier utterances of the same turn. */
  words: string;
  /** Commits whose final transcript is still to come. */
  awaiting: number;
  sttFinalMs: number | null;
  /** The recogniser failed during this turn. */
  fault: string | null;
}

/** What one speaker is doing. A quiet speaker has no entry. */
export type SpeakerState =
  | (Utterance & {
      phase: 'speaking';
      /** An unconfirmed sound after the last voiced frame. */
      onsetMs: number | null;
      interim: string;
      finished: boolean;
      /** When the gate's timer fires; the gate is judged anew then. */
      armedMs: number;
    })
  | (Utterance & { phase: 'committing'; endOfTurnMs: number });

/** Who is being answered. */
export type FloorState =
  | { phase: 'free' }
  | {
      phase: 'answering';
      turn: Turn;
      audibleMs: number | null;
      cutOff: boolean;
      /** When the addressee began to talk over the answer. */
      talkedOverMs: number | null;
    }
  /** A notice plays for a turn that is unanswered for `reason`. */
  | { phase: 'noticing'; turn: Turn; reason: string };

export interface TurnState {
  nextTurnId: number;
  speakers: ReadonlyMap<string, SpeakerState>;
  floor: FloorState;
  /** Turns that wait for the floor, oldest first. */
  queue: readonly Turn[];
}

export const initialTurnState: TurnState = {
  nextTurnId: 1,
  speakers: new Map(),
  floor: { phase: 'free' },
  queue: [],
};
