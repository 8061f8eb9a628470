/** What is said in random conversations. A phrase names its own word (`#`), so that it can be followed to its end. */
import type { Reply } from './draws.ts';

export const COMPLETE_PHRASES = [
  'what time is it in #',
  'turn on the # lamp in the kitchen',
  'tell me about #',
  'how far is # from here',
  'please play some # music',
  'is # open today',
  'thank you for the # advice',
  'why',
  'what is # worth',
] as const;

/** More is to come after these. */
export const OPEN_PHRASES = [
  'i would like to know whether # and',
  'could you tell me if the #',
  'my # number is',
  'so the # um',
  'because # and the',
] as const;

/** The speaker asks for time. */
export const WAIT_PHRASES = ['hold on', 'one moment please', 'let me think', 'wait a second'] as const;

export const BACKCHANNELS = ['mhm', 'yeah', 'uh huh', 'right', 'okay'] as const;

/** Meant for another person, whose name comes first. */
export const ASIDES = [
  'have you seen my # keys',
  'did you feed the # cat',
  'dinner with # is at eight',
] as const;

const reply = (text: string): Reply => ({ tokens: text.match(/\s*\S+/g) ?? [] });

export const REPLIES: readonly Reply[] = [
  'Yes.',
  'It is nearly four.',
  'I do not know that one, but I can look it up for you if you like.',
  'The lamp in the kitchen is on now. Shall I dim it a little?',
  'That is about two hours from here by train, a little less by car, and the road is clear today.',
  'Sure! Here is something calm to begin with.',
  'Well, there are three ways to go about it. The first is slow but safe. The second is quick. The third is for the brave.',
  'They open at nine in the morning and close at six, except on Sundays, when they are closed all day long.',
  'You are welcome. Is there anything else that I can do for you today?',
  'Once upon a time, in a small house at the edge of a wood, there lived an old clockmaker who never slept. Every ' +
    'night he listened to his clocks. One night they all fell silent at once, and he heard the wood breathe for the ' +
    'first time in his life. He opened the door, and there it stood, waiting for him to wind it up again.',
].map(reply);
