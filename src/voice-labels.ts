/** How voices of an account are shown for choosing, and which of them is meant by what somebody gives. */
import { ParleyError } from './base/errors.ts';
import type { AccountVoice } from './providers/tts/elevenlabs-account.ts';

interface Labelled {
  voice: AccountVoice;
  /** "George (british, male)", of at most 100 characters; namesakes that are labelled alike have their ids besides. */
  label: string;
}

export function labelled(voices: readonly AccountVoice[]): Labelled[] {
  const plain = voices.map(({ name, labels }) => {
    const told = ['accent', 'gender', 'age'].flatMap((label) => labels[label] ?? []).join(', ');
    return told ? `${name} (${told})` : name;
  });
  return voices.map((voice, i) => {
    const alone = plain.indexOf(plain[i]!) === plain.lastIndexOf(plain[i]!);
    const id = alone ? '' : ` [${voice.id}]`;
    return { voice, label: plain[i]!.slice(0, 100 - id.length) + id };
  });
}

export interface Picked {
  voice: AccountVoice | null;
  /** Labels of those that come near. */
  near: readonly string[];
  several: boolean;
}

/** The one that is meant by its label, its id, or a name that no other has. */
export function pick(text: string, found: readonly AccountVoice[]): Picked {
  const wanted = text.trim().toLowerCase();
  const all = labelled(found);
  const exact = all.find(({ voice, label }) => [label, voice.id].some((one) => one.toLowerCase() === wanted));
  const named = all.filter(({ voice }) => voice.name.toLowerCase() === wanted);
  const [only] = named.length === 1 ? named : [];
  const several = named.length > 1;
  const near = (several ? named : all).map(({ label }) => label);
  return { voice: (exact ?? only)?.voice ?? null, near, several };
}

/** What of a label the account is searched for. */
export const nameIn = (text: string): string =>
  text
    .replace(/ \[[^[\]]*\]?$/, '')
    .replace(/ \([^()]*\)?$/, '')
    .trim();

export function unknownVoice(text: string, { near, several }: Picked): ParleyError {
  const names = near.slice(0, 5).join(', ');
  const asked = `"${text.slice(0, 40)}"`;
  const message = several
    ? `Several voices are called ${asked}`
    : `There is no voice ${asked} in the account`;
  return new ParleyError(message, {
    code: 'VOICE_UNKNOWN',
    remedy: names
      ? `Did you mean one of these: ${names}?`
      : 'Choose one of those that are shown while you type, or add it to the account at ElevenLabs.',
  });
}
