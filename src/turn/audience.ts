/** Whom words are meant for: the agent, or somebody else in the room. */
import { isAddressed } from './addressed.ts';
import type { Step } from './step.ts';

/**
 * Words that could not be made out are taken to be for the agent when it is in a talk with their speaker.
 *
 * @param startedMs when they began: a reply is one however long it takes.
 */
export function isMeantForAgent(
  step: Step,
  speakerId: string,
  { text, startedMs }: { text: string; startedMs: number },
): boolean {
  const { people, lastTalk, dialogues } = step.state;
  const answeredMs = dialogues.get(speakerId);
  const { addressing, agentNames } = step.options;
  if (addressing === 'always' || people.length < 2) return true;
  const otherNames = people.filter(({ id }) => id !== speakerId).map(({ name }) => name);
  return isAddressed({
    ...{ text, agentNames, otherNames, people: people.length },
    lastTalk: {
      by: lastTalk?.by ?? null,
      sameSpeaker: lastTalk?.speakerId === speakerId,
      agoMs: lastTalk ? startedMs - lastTalk.atMs : Number.POSITIVE_INFINITY,
    },
    dialogue: {
      withThisSpeaker: answeredMs !== undefined,
      agoMs: startedMs - (answeredMs ?? Number.NEGATIVE_INFINITY),
    },
  });
}
