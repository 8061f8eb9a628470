/** What somebody is saying: how it begins, and what of it outlasts a change of phase. */
import type { TurnOptions } from './defaults.ts';
import type { SpeakerState, Turn, Utterance } from './types.ts';
import { completenessOf } from './utterance-text.ts';

export const freshUtterance = (startedMs: number): Utterance => ({
  ...{ startedMs, lastVoicedMs: startedMs, words: '', interim: '', interimMs: startedMs },
  ...{ completeness: 'incomplete', hinted: false, awaiting: 0, uncommitted: true, onsetMs: null },
  ...{ talkEndedMs: null, pauseDetectedMs: null, sttFinalMs: null },
  ...{ fault: null, drafts: [], modelCalls: 0 },
});

/** A turn whose speaker goes on, as words of the turn that it becomes. */
export const takenBack = (
  { text, speechStartedMs, sttFinalMs, modelCalls }: Turn,
  options: TurnOptions,
): Utterance => ({
  ...freshUtterance(speechStartedMs),
  ...{ words: text, sttFinalMs, modelCalls, completeness: completenessOf(text, undefined, options) },
});

export function utteranceOf(speaker: SpeakerState): Utterance {
  const { startedMs, lastVoicedMs, words, interim, interimMs, completeness, awaiting, uncommitted } = speaker;
  const { hinted, onsetMs, talkEndedMs, pauseDetectedMs, sttFinalMs, fault, drafts, modelCalls } = speaker;
  const said = { startedMs, lastVoicedMs, words, interim, interimMs, completeness, awaiting, uncommitted };
  return { ...said, hinted, onsetMs, talkEndedMs, pauseDetectedMs, sttFinalMs, fault, drafts, modelCalls };
}
