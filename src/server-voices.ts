/** Which voice of the ElevenLabs account speaks in which server. */
import type { Clock } from './base/clock.ts';
import { withDeadline } from './base/deadline.ts';
import { ParleyError } from './base/errors.ts';
import type { Log } from './base/log.ts';
import { voiceRefused } from './channel-texts.ts';
import type { CommandVoices } from './discord/command.ts';
import type { Meter } from './money/meter.ts';
import { createChangingVoice } from './providers/tts/changing-voice.ts';
import type { AccountVoice, ElevenLabsAccount } from './providers/tts/elevenlabs-account.ts';
import type { TextToSpeech } from './providers/tts/tts.ts';
import type { GuildSettings } from './store/guild-settings.ts';
import { labelled, nameIn, pick, unknownVoice } from './voice-labels.ts';
import { tryVoice } from './voice-trial.ts';

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
  account: Pick<ElevenLabsAccount, 'voices' | 'close'> | null;
  /** The same vendor with another voice. */
  create(voiceId: string): TextToSpeech;
  /** What is spent in this server besides its conversations. */
  meterOf(guildId: string): Meter;
  /** Writes where people talk with the agent in this server, if they do. */
  tell(guildId: string, text: string): void;
}

const SETTING = 'voice';
/** Discord waits 3 s for proposals, and the first question takes the time of loading the vendor's package. */
const PROPOSE_WITHIN_MS = 2_000;
const SET_WITHIN_MS = 10_000;
/** Somebody who types asks the same again and again. */
const KNOWN_FOR_MS = 300_000;
const MOST_KNOWN = 100;

export function createServerVoices(options: ServerVoicesOptions): ServerVoices {
  const { clock, log, stored, usual, account, create, meterOf, tell } = options;
  const made = new Map<string, TextToSpeech>();
  /** By server: what was chosen there, and the vendor has refused since. */
  const refused = new Map<string, string>();
  const known = new Map<string, { atMs: number; voices: readonly AccountVoice[] }>();

  const search = async (
    text: string,
    afterMs: number,
    { anew = false } = {},
  ): Promise<readonly AccountVoice[]> => {
    if (!account) return [];
    const name = nameIn(text);
    const key = name.toLowerCase();
    const before = known.get(key);
    if (before && !anew && clock.now() - before.atMs < KNOWN_FOR_MS) return before.voices;
    const what = 'asking ElevenLabs for its voices';
    const remedy = 'Try again in a moment.';
    const voices = await withDeadline({ clock, afterMs, what, remedy }, (signal) =>
      account.voices(name, signal),
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

  const voiceOf = (id: string): TextToSpeech => {
    const voice = made.get(id) ?? create(id);
    made.set(id, voice);
    return voice;
  };

  /** That speaks, too. */
  const chosen = (guildId: string) => {
    const voice = own(guildId);
    return voice && refused.get(guildId) !== voice.id ? voice : null;
  };

  const wanted = (guildId: string): TextToSpeech => {
    const voice = chosen(guildId);
    return voice ? voiceOf(voice.id) : usual;
  };

  /** Better the usual voice than none; it is told once. */
  const giveUp = (guildId: string, voice: TextToSpeech, error: ParleyError) => {
    const its = chosen(guildId);
    if (!its || made.get(its.id) !== voice) return;
    refused.set(guildId, its.id);
    log.warn({ guildId, err: error, remedy: error.remedy }, 'the voice that was chosen is refused');
    tell(guildId, voiceRefused(its.name, error));
  };

  return {
    of(guildId) {
      if (!account) return usual;
      const onRefused = (voice: TextToSpeech, error: ParleyError) => giveUp(guildId, voice, error);
      return createChangingVoice({ clock, log, wanted: () => wanted(guildId), onRefused });
    },
    current: (guildId) => chosen(guildId)?.name ?? null,
    async propose(text) {
      try {
        return labelled(await search(text, PROPOSE_WITHIN_MS)).map(({ label }) => label);
      } catch (error) {
        log.debug({ err: error }, 'no voices could be proposed');
        return [];
      }
    },
    async set(guildId, text) {
      if (!account) throw noChoice(usual.name);
      let picked = pick(text, await search(text, SET_WITHIN_MS));
      // It may have been added just now.
      if (!picked.voice) picked = pick(text, await search(text, SET_WITHIN_MS, { anew: true }));
      const { voice } = picked;
      if (!voice) throw unknownVoice(text, picked);
      // It may be listed and be refused all the same, which the vendor tells with the first word.
      await tryVoice(voiceOf(voice.id), { clock, meter: meterOf(guildId) });
      await stored.set(guildId, SETTING, `${voice.id} ${voice.name}`);
      refused.delete(guildId);
      return voice.name;
    },
    async reset(guildId) {
      await stored.set(guildId, SETTING, null);
      refused.delete(guildId);
    },
    close: async () => account?.close(),
  };
}

const noChoice = (vendor: string): ParleyError =>
  new ParleyError(`Voices can be chosen where ElevenLabs speaks; here it is ${vendor}`, {
    code: 'VOICE_NO_CHOICE',
    remedy: 'The person who runs me chooses between them: TTS in the settings.',
  });
