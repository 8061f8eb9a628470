/** Shim. */
export interface AddressEvidence {
  text: string;
  agentNames: readonly string[];
  otherNames: readonly string[];
  people: number;
  lastTalk: { by: 'agent' | 'person' | null; sameSpeaker: boolean; agoMs: number };
  dialogue: { withThisSpeaker: boolean; agoMs: number };
}
export const isAddressed = (evidence: AddressEvidence): boolean =>
  !evidence.otherNames.some((name) => evidence.text.toLowerCase().startsWith(`${name.toLowerCase()} `));
