/** Which voice of the ElevenLabs account speaks in which server. */
import type { Clock } from './base/clock.ts';
import { withDeadline } from './base/deadline.ts';
import { inWords, ParleyError } from './base/errors.ts';
import type { Log } from './base/log.ts';
import type { ChosenVoice, CommandVoices } from './discord/command.ts';
import { createChangingVoice } from './providers/tts/changing-voice.ts';
import type { AccountVoice, ElevenLabsAccount } from './providers/tts/elevenlabs-account.ts';
import type { TextToSpeech } from './providers/tts/tts.ts';
import { elevenLabsError } from './providers/wire/elevenlabs-errors.ts';
import type { GuildSettings } from './store/guild-settings.ts';

export interface ServerVoices extends CommandVoices {
  /** Who speaks in this server, by whatever is chosen there then. */
  of(guildId: string): TextToSpeech;
  close(): Promise<void>;
}

export interface ServerVoicesOptions {
  clock: Clock;
  log: Log;
  stored: GuildSettings;
  /** Speaks where nothing was chosen. */
  usual: TextToSpeech;
  /** Null when something else speaks, whose voices cannot be listed. */
  account: Pick<ElevenLabsAccount, 'voices' | 'quota' | 'close'> | null;
  /** The same vendor with another voice. */
  create(voiceId: string): TextToSpeech;
}

const SETTING = 'voice';
/** Discord waits 3 s for proposals, and the first question takes the time of loading the vendor's package. */
const PROPOSE_WITHIN_MS = 2_000;
const SET_WITHIN_MS = 10_000;
const QUOTA_WITHIN_MS = 4_000;
/** Somebody who types asks the same again and again. */
const KNOWN_FOR_MS = 300_000;
const MOST_KNOWN = 100;

export function createServerVoices(options: ServerVoicesOptions): ServerVoices {
  const { clock, log, stored, usual, account, create } = options;
  const made = new Map<string, TextToSpeech>();
  const known = new Map<string, { atMs: number; voices: readonly AccountVoice[] }>();

  const search = async (
    text: string,
    afterMs: number,
    { anew = false } = {},
  ): Promise<readonly AccountVoice[]> => {
    if (!account) return [];
    const key = nameIn(text).toLowerCase();
    const before = known.get(key);
    if (before && !anew && clock.now() - before.atMs < KNOWN_FOR_MS) return before.voices;
    const what = 'asking ElevenLabs for its voices';
    const remedy = 'Try again in a moment.';
    const voices = await withDeadline({ clock, afterMs, what, remedy }, (signal) =>
      account.voices(key, signal),
    );
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(key, { atMs: clock.now(), voices });
    return voices;
  };

  /** Kept with its name, so that nobody need be asked for that. */
  const own = (guildId: string): { id: string; name: string } | null => {
    const [, id, name] = /^(\S+) (.+)$/.exec(stored.get(guildId, SETTING) ?? '') ?? [];
    return account && id !== undefined && name !== undefined ? { id, name } : null;
  };

  const chosen = (guildId: string): TextToSpeech => {
    const voice = own(guildId);
    if (!voice) return usual;
    const speaker = made.get(voice.id) ?? create(voice.id);
    made.set(voice.id, speaker);
    return speaker;
  };

  /** Null when it can speak, as far as the key may know. */
  const troubleOf = async ({ quota }: Pick<ElevenLabsAccount, 'quota'>): Promise<string | null> => {
    try {
      const what = 'asking ElevenLabs for its quota';
      const deadline = { clock, afterMs: QUOTA_WITHIN_MS, what, remedy: 'Try again in a moment.' };
      const { used, limit, mayExceed } = await withDeadline(deadline, quota);
      return mayExceed || used < limit ? null : inWords(elevenLabsError({ text: 'quota_exceeded' }, 'TTS'));
    } catch (error) {
      log.debug({ err: error }, 'the quota of the voice is not known');
      return null;
    }
  };

  return {
    of: (guildId) => (account ? createChangingVoice({ clock, log, wanted: () => chosen(guildId) }) : usual),
    current: (guildId) => own(guildId)?.name ?? null,
    async propose(text) {
      try {
        return labelled(await search(text, PROPOSE_WITHIN_MS)).map(({ label }) => label);
      } catch (error) {
        log.debug({ err: error }, 'no voices could be proposed');
        return [];
      }
    },
    async set(guildId, text): Promise<ChosenVoice> {
      if (!account) throw noChoice(usual.name);
      let picked = pick(text, await search(text, SET_WITHIN_MS));
      // It may have been added just now.
      if (!picked.voice) picked = pick(text, await search(text, SET_WITHIN_MS, { anew: true }));
      const { voice } = picked;
      if (!voice) throw unknownVoice(text, picked);
      await stored.set(guildId, SETTING, `${voice.id} ${voice.name}`);
      return { name: voice.name, trouble: await troubleOf(account) };
    },
    reset: (guildId) => stored.set(guildId, SETTING, null),
    close: async () => account?.close(),
  };
}

interface Labelled {
  voice: AccountVoice;
  /** "George (british, male)", of at most 100 characters; namesakes that are labelled alike have their ids besides. */
  label: string;
}

function labelled(voices: readonly AccountVoice[]): Labelled[] {
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

interface Picked {
  voice: AccountVoice | null;
  /** Labels of those that come near. */
  near: readonly string[];
  several: boolean;
}

/** The one that is meant by its label, its id, or a name that no other has. */
function pick(text: string, found: readonly AccountVoice[]): Picked {
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
const nameIn = (text: string): string =>
  text
    .replace(/ \[[^[\]]*\]?$/, '')
    .replace(/ \([^()]*\)?$/, '')
    .trim();

const noChoice = (vendor: string): ParleyError =>
  new ParleyError(`Voices can be chosen where ElevenLabs speaks; here it is ${vendor}`, {
    code: 'VOICE_NO_CHOICE',
    remedy: 'The person who runs me chooses between them: TTS in the settings.',
  });

function unknownVoice(text: string, { near, several }: Picked): ParleyError {
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
