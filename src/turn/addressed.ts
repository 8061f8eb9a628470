/** Whether words in a room of several people are meant for the agent. */
import { nameSaid } from './names.ts';
import { wordsOf } from './words.ts';

export interface AddressEvidence {
  text: string;
  agentNames: readonly string[];
  /** Of the other people in the room, without the speaker. */
  otherNames: readonly string[];
  /** Humans in the room, the speaker among them. */
  people: number;
  /** Who spoke last before these words; `sameSpeaker`: it was the one who speaks now. */
  lastTalk: { by: 'agent' | 'person' | null; sameSpeaker: boolean; agoMs: number };
  /** Whether the agent's last answer was to this speaker, and when it ended. */
  dialogue: { withThisSpeaker: boolean; agoMs: number };
}

export const ADDRESSED_DEFAULTS = {
  /** From this score on the words are for the agent. */
  threshold: 0.5,
  /** A dialogue holds this long in full, and is forgotten twice as late. */
  dialogueMs: 20_000,
  /** Words this soon after somebody else's are a reply to them; at three times that, they need not be. */
  replyMs: 4_000,
  /** After so much quiet a talk begins anew. */
  quietMs: 15_000,
} as const;

export type AddressedOptions = { readonly [K in keyof typeof ADDRESSED_DEFAULTS]: number };

/** What each piece of evidence is worth. They add up; names outweigh all else, and how it was said only tips. */
const WEIGHTS = {
  /** With nobody else there, there is nobody else to talk to. */
  alone: 100,
  /** People talk mostly with each other, so silence needs no reason, an answer does. */
  room: -1,
  /** "Parley, what time is it": more than all that speaks against. */
  agentCalled: 12,
  /** "ask Parley what time it is": but when somebody else is called, it is that one who shall ask. */
  agentMentioned: 6,
  /** The recogniser wrote something near to the name in the middle of a phrase, where other words stand too. */
  agentMentionMisheard: 3.5,
  /** "Ben, did you see that": also in a dialogue. */
  otherCalled: -8,
  /** "guys", "everyone": the people are meant. */
  peopleCalled: -3,
  /** The agent just answered this speaker: what follows needs no name. */
  dialogue: 3,
  /** Another person spoke a moment ago, not to the agent. */
  repliesToPerson: -4.5,
  /** The speaker goes on after own words that were not for the agent. */
  goesOn: -1,
  /** The agent spoke last: somebody else may take it up. */
  afterAgent: 0.5,
  /** The first words after a quiet are most often for the one who waits to be spoken to. */
  afterQuiet: 1.5,
  question: 1,
  command: 1.5,
  /** "you": the least, for people say it to each other as well. */
  secondPerson: 0.5,
} as const;

const QUESTION_START = setOf(
  'what who whose where which why how when can could will would do does did is are was were should may have has',
);
const COMMAND_START = setOf(
  'turn set play stop tell show give open close remind start find search look call read repeat say explain translate ' +
    'add remove put make help switch dim pause skip resume list book order check lower raise increase mute sing count',
);
const OPENERS = setOf('hey hi hello ok okay yo oh so well um uh and but please now then also thanks yes no');
const PEOPLE = /\b(?:guys|everyone|everybody|you two|you both|folks|all of you|you all)\b/;

/** Above the threshold when the words are likely for the agent; the unit is that of the weights. English phrases. */
export function addressedScore(
  evidence: AddressEvidence,
  options: AddressedOptions = ADDRESSED_DEFAULTS,
): number {
  if (evidence.people <= 1) return WEIGHTS.alone;
  return WEIGHTS.room + named(evidence) + surroundings(evidence, options) + form(evidence.text);
}

export function isAddressed(
  evidence: AddressEvidence,
  options: AddressedOptions = ADDRESSED_DEFAULTS,
): boolean {
  return addressedScore(evidence, options) >= options.threshold;
}

function named({ text, agentNames, otherNames }: AddressEvidence): number {
  const agent = nameSaid(text, agentNames);
  const other = nameSaid(text, otherNames);
  let score = 0;
  if (agent?.as === 'vocative') score += WEIGHTS.agentCalled;
  else if (agent) score += agent.exact ? WEIGHTS.agentMentioned : WEIGHTS.agentMentionMisheard;
  if (other?.as === 'vocative' && agent?.as !== 'vocative') score += WEIGHTS.otherCalled;
  if (PEOPLE.test(wordsOf(text).join(' '))) score += WEIGHTS.peopleCalled;
  return score;
}

function surroundings({ lastTalk, dialogue }: AddressEvidence, options: AddressedOptions): number {
  const { dialogueMs, replyMs, quietMs } = options;
  let score = 0;
  if (dialogue.withThisSpeaker)
    score += WEIGHTS.dialogue * fading(dialogue.agoMs, dialogueMs, 2 * dialogueMs);
  if (lastTalk.by === 'person') {
    const weight = lastTalk.sameSpeaker ? WEIGHTS.goesOn : WEIGHTS.repliesToPerson;
    score += weight * fading(lastTalk.agoMs, replyMs, 3 * replyMs);
  }
  if (lastTalk.by === null || lastTalk.agoMs >= quietMs) score += WEIGHTS.afterQuiet;
  else if (lastTalk.by === 'agent') score += WEIGHTS.afterAgent;
  return score;
}

function form(text: string): number {
  const words = wordsOf(text);
  const first = words.find((word) => !OPENERS.has(word))?.replace(/'.*$/, '') ?? '';
  let score = 0;
  if (/\?\s*$/.test(text) || QUESTION_START.has(first)) score += WEIGHTS.question;
  else if (COMMAND_START.has(first)) score += WEIGHTS.command;
  if (words.some((word) => /^you(?:r|'.*)?$/.test(word))) score += WEIGHTS.secondPerson;
  return score;
}

/** 1 until `fullMs`, then falling evenly to 0 at `goneMs`. */
function fading(agoMs: number, fullMs: number, goneMs: number): number {
  return Math.min(1, Math.max(0, (goneMs - agoMs) / (goneMs - fullMs)));
}

function setOf(words: string): ReadonlySet<string> {
  return new Set(words.split(' '));
}
