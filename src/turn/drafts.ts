/** Speculation: answers begun under the gate, on words that may yet change. */
import { isMeantForAgent } from './audience.ts';
import { normaliseText } from './normalise.ts';
import { isFreeFor, type Step, setSpeaker } from './step.ts';
import type { Draft, SpeakerState, Utterance } from './types.ts';
import { wordsOf } from './utterance-text.ts';

/** Begins an answer to the words so far when they have been followed by enough silence, and it may be of use. */
export function considerDraft(step: Step, speakerId: string): void {
  const speaker = step.state.speakers.get(speakerId);
  if (!speaker || !mayDraft(step, speakerId, speaker)) return;
  const text = wordsOf(speaker);
  const key = normaliseText(text);
  if (key === '' || speaker.drafts.some((draft) => draft.key === key)) return;
  if (!isMeantForAgent(step, speakerId, { ...speaker, text })) return;
  const { draftsAlive } = step.options;
  const excess = speaker.drafts.slice(0, Math.max(0, speaker.drafts.length - draftsAlive + 1));
  cancelDrafts(step, speakerId, excess);
  const interimMs = speaker.interim ? speaker.interimMs : (speaker.sttFinalMs ?? step.atMs);
  const draft: Draft = { id: newDraft(step, speakerId, text, true), key, startedMs: step.atMs, interimMs };
  const drafts = [...speaker.drafts.slice(excess.length), draft];
  const asked = { ...speaker, drafts, modelCalls: speaker.modelCalls + 1 };
  setSpeaker(step, speakerId, asked.phase === 'speaking' ? { ...asked, resumedMs: null } : asked);
}

function mayDraft(step: Step, speakerId: string, speaker: SpeakerState): boolean {
  const { options, atMs } = step;
  const { draftPauseMs, draftUnsettledMs, draftIncompleteMs, draftsPerTurn, draftSpeechMaxMs } = options;
  if (options.speculation === 'off' || speaker.fault || speaker.modelCalls >= draftsPerTurn) return false;
  if (!isFreeFor(step, speakerId)) return false;
  if (speaker.completeness === 'wait') return false;
  if (speaker.lastVoicedMs - speaker.startedMs > draftSpeechMaxMs) return false;
  const { completeness, lastVoicedMs } = speaker;
  const settled = isSettled(speaker);
  // The final transcript is on its way, and will settle it.
  if (!settled && (options.earlyCommit || speaker.phase === 'committing')) return false;
  if (completeness === 'incomplete') return atMs >= lastVoicedMs + draftIncompleteMs;
  return atMs >= lastVoicedMs + (settled ? draftPauseMs : draftUnsettledMs);
}

/** Whether the last word is among the words: they are final, or came after the last sound, or the recogniser is sure. */
const isSettled = ({ awaiting, uncommitted, hinted, interimMs, lastVoicedMs }: SpeakerState): boolean =>
  hinted || interimMs > lastVoicedMs || (awaiting === 0 && !uncommitted);

/** The draft that answers the final words; the others are cancelled. */
export function takeDraft(step: Step, speakerId: string, said: Utterance): Draft | null {
  const key = normaliseText(said.words);
  const hit = said.drafts.find((draft) => draft.key === key) ?? null;
  cancelDrafts(
    step,
    speakerId,
    said.drafts.filter((draft) => draft !== hit),
  );
  return hit;
}

export function cancelDrafts(step: Step, speakerId: string, drafts: readonly Draft[]): readonly Draft[] {
  for (const { id } of drafts) step.effects.push({ type: 'cancelDraft', draftId: id, speakerId });
  return [];
}

/** The floor was taken: what others were to be answered with, was made without knowing what is said now. */
export function cancelAllDrafts(step: Step): void {
  for (const [speakerId, speaker] of step.state.speakers) {
    if (speaker.drafts.length === 0) continue;
    setSpeaker(step, speakerId, { ...speaker, drafts: cancelDrafts(step, speakerId, speaker.drafts) });
  }
}

/** A draft failed before it was wanted: another attempt is made when it is. */
export function onDraftFailed(step: Step, draftId: number): void {
  for (const [speakerId, speaker] of step.state.speakers) {
    const failed = speaker.drafts.filter((draft) => draft.id === draftId);
    if (failed.length === 0) continue;
    cancelDrafts(step, speakerId, failed);
    const drafts = speaker.drafts.filter((draft) => draft.id !== draftId);
    return setSpeaker(step, speakerId, { ...speaker, drafts });
  }
}

/** Asks for an answer; returns its number. */
export function newDraft(step: Step, speakerId: string, text: string, speculative: boolean): number {
  const draftId = step.state.nextDraftId;
  step.state = { ...step.state, nextDraftId: draftId + 1 };
  step.effects.push({ type: 'startDraft', draftId, speakerId, text, speculative });
  return draftId;
}
