/** Asking the recogniser for its final words. */
import { type Step, setSpeaker } from './step.ts';

/** Asks for the transcript of what the speaker has said since the last time, if that is anything. */
export function askForWords(step: Step, speakerId: string): void {
  const speaker = step.state.speakers.get(speakerId);
  if (!speaker?.uncommitted || speaker.fault) return;
  setSpeaker(step, speakerId, { ...speaker, uncommitted: false, awaiting: speaker.awaiting + 1 });
  step.effects.push({ type: 'commit', speakerId });
}
