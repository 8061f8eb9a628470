/** A conversation in plain words: what was heard, and what the agent did, each with its instant. */
import type { TurnOptions } from '../turn/defaults.ts';
import { stepTurn } from '../turn/engine.ts';
import {
  type Dismissal,
  initialTurnState,
  type Turn,
  type TurnEffect,
  type TurnEvent,
} from '../turn/types.ts';

/** One line for each thing worth telling; the frames of speech and the timers are left out. */
export function storyOf(events: readonly TurnEvent[], options: TurnOptions): string[] {
  const lines: string[] = [];
  const names = new Map<string, string>();
  const nameOf = (speakerId: string) => names.get(speakerId) ?? speakerId;
  let state = initialTurnState;
  for (const event of events) {
    if (event.type === 'people') for (const { id, name } of event.people) names.set(id, name);
    const heard = heardLine(event, nameOf);
    if (heard !== null) lines.push(`${instant(event.atMs)}  ${heard}`);
    const step = stepTurn(state, event, options);
    state = step.state;
    for (const effect of step.effects) {
      const done = doneLine(effect, nameOf);
      if (done !== null) lines.push(`${instant(event.atMs)}    -> ${done}`);
    }
  }
  return lines;
}

const instant = (ms: number): string => `${(ms / 1000).toFixed(3).padStart(9)} s`;
const quote = (text: string): string => (text ? `"${text}"` : 'nothing that could be made out');
type NameOf = (speakerId: string) => string;

function heardLine(event: TurnEvent, nameOf: NameOf): string | null {
  switch (event.type) {
    case 'onset':
      return `${nameOf(event.speakerId)} makes a sound`;
    case 'speechStarted':
      return `${nameOf(event.speakerId)} speaks, since ${instant(event.startedMs).trim()}`;
    case 'talkEnded':
      return `${nameOf(event.speakerId)}'s microphone closes`;
    case 'interim':
      return `${nameOf(event.speakerId)} so far: ${quote(event.text)}`;
    case 'final':
      return `${nameOf(event.speakerId)} finally: ${quote(event.text)}`;
    case 'recogniserFailed':
      return `the recogniser of ${nameOf(event.speakerId)} fails: ${event.code}`;
    case 'people':
      return `in the room: ${event.people.map(({ name }) => name).join(', ') || 'nobody'}`;
    case 'gone':
      return `${nameOf(event.speakerId)} is gone`;
    case 'recalled':
      return `what was learned of ${nameOf(event.speakerId)} before is remembered`;
    case 'forget':
      return `what was learned of ${nameOf(event.speakerId)} is forgotten`;
    case 'draftFailed':
      return `draft ${event.draftId} fails: ${event.code}`;
    case 'answerStarted':
      return `the first frame of the answer to turn ${event.turnId} leaves`;
    case 'answerAudible':
      return `the answer to turn ${event.turnId} is audible`;
    case 'answerDone':
      return `the answer to turn ${event.turnId} was played`;
    case 'answerFailed':
      return `the answer to turn ${event.turnId} fails: ${event.code}`;
    case 'noticeDone':
      return `the notice for turn ${event.turnId} was played`;
    case 'voiced':
    case 'spoken':
    case 'timer':
      return null;
  }
}

const DISMISSED: Record<Dismissal, string> = {
  noise: 'too short for a word',
  backchannel: 'a sign of listening',
  echo: "the agent's own words, come back",
  noWords: 'no word was made out',
  stop: 'it asked for silence',
  aside: 'not for the agent, as far as one can tell without words',
  tooLong: 'not for the agent, and without end',
};

function doneLine(effect: TurnEffect, nameOf: NameOf): string | null {
  switch (effect.type) {
    case 'commit':
      return `asks for the final words of ${nameOf(effect.speakerId)}`;
    case 'resetRecogniser':
      return `throws away what the recogniser has of ${nameOf(effect.speakerId)}`;
    case 'startDraft':
      return `begins ${effect.speculative ? 'draft' : 'answer'} ${effect.draftId} to ${quote(effect.text)}`;
    case 'cancelDraft':
      return `cancels draft ${effect.draftId}`;
    case 'openGate':
      return `${turnLine(effect.turn, nameOf)}; draft ${effect.draftId} answers it`;
    case 'duckAnswer':
      return `lowers its voice (turn ${effect.turnId})`;
    case 'unduckAnswer':
      return `raises its voice again (turn ${effect.turnId})`;
    case 'pauseAnswer':
      return `pauses (turn ${effect.turnId})`;
    case 'resumeAnswer':
      return `goes on (turn ${effect.turnId})`;
    case 'stopAnswer':
      return `stops (turn ${effect.turnId})`;
    case 'sayNotice':
      return `says a notice instead (turn ${effect.turnId}, ${effect.kind}: ${effect.code})`;
    case 'stopNotice':
      return `stops the notice (turn ${effect.turnId})`;
    case 'overheard':
      return `takes it for talk between people: ${quote(effect.text)}`;
    case 'dismissed':
      return `takes it for no turn: ${DISMISSED[effect.why]}`;
    case 'turnEnded': {
      const { turn, outcome, reason, bargedIn } = effect.end;
      const why = reason === null ? '' : `, ${reason}`;
      return `turn ${turn.id} of ${nameOf(turn.speakerId)} is ${outcome}${why}${bargedIn ? ', talked over' : ''}`;
    }
    case 'setTimer':
    case 'clearTimer':
      return null;
  }
}

function turnLine(
  { id, speakerId, text, endOfTurnMs, lastVoicedMs, speculation }: Turn,
  nameOf: NameOf,
): string {
  const silence = `${Math.round(endOfTurnMs - lastVoicedMs)} ms after the last sound`;
  return `turn ${id} of ${nameOf(speakerId)}, ${quote(text)}, ended ${silence} (drafts: ${speculation})`;
}
