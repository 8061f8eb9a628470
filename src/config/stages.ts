/** Who hears, thinks and speaks: what the settings say, or else the first vendor that there is a key for. */
import type { LlmChoice, ProviderChoice, SttChoice, TtsChoice } from '../providers/choice.ts';
import { type SettingName, type SettingValues, settings } from './settings.ts';

export type KeyName = Extract<SettingName, `${string}_API_KEY`>;
type Stage = 'STT' | 'LLM' | 'TTS';

/** With keys of several, the one that answers soonest by published figures. */
const AUTOMATIC = {
  STT: ['elevenlabs', 'deepgram'],
  LLM: ['groq', 'cerebras', 'anthropic', 'openai', 'aipaygent'],
  TTS: ['elevenlabs'],
} as const;

/** What says where and how a server of one's own is asked. */
const OWN_SERVER = {
  STT: ['STT_BASE_URL', 'STT_MODEL', 'STT_LANGUAGE'],
  LLM: ['LLM_BASE_URL', 'LLM_MODEL', 'LLM_AUTH'],
  TTS: ['TTS_BASE_URL', 'TTS_VOICE', 'TTS_MODEL'],
} as const;

/** By vendor, in the order in which people are told of them. */
export const KEYS: Readonly<Record<string, KeyName>> = {
  elevenlabs: 'ELEVENLABS_API_KEY',
  deepgram: 'DEEPGRAM_API_KEY',
  anthropic: 'ANTHROPIC_API_KEY',
  aipaygent: 'AIPAYGENT_API_KEY',
  groq: 'GROQ_API_KEY',
  cerebras: 'CEREBRAS_API_KEY',
  openai: 'OPENAI_API_KEY',
};
/** Whoever gives another address decides there whether a key is needed. */
const ALWAYS_KEYED = ['elevenlabs', 'deepgram'];

/** @param values those that could be read. @param problems what is wrong is added, each with its remedy. */
export function providerChoice(values: Partial<SettingValues>, problems: string[]): ProviderChoice {
  const choose = (stage: Stage, baseUrls: readonly string[]) => {
    const given = values[stage] ?? 'embedded';
    const provider = given === 'auto' ? automatic(stage, values) : given;
    if (given === 'auto') problems.push(...unusedSettings(stage, provider, values));
    const key = KEYS[provider];
    const needsKey = key && (baseUrls.length === 0 || ALWAYS_KEYED.includes(provider));
    // One that was refused has been told of already.
    if (needsKey && values[key] === null) {
      problems.push(
        `${key} is missing, and ${stage}=${provider} needs it. ${settings[key].remedy} Or leave ${stage} empty.`,
      );
    }
    const apiKey = (key && values[key]) ?? null;
    return { provider, apiKey, baseUrls, region: regionOf(provider, values) };
  };
  const stt: SttChoice = {
    ...choose('STT', values.STT_BASE_URL ?? []),
    ...{ model: values.STT_MODEL || null, language: values.STT_LANGUAGE ?? null },
  };
  const llm: LlmChoice = {
    ...choose('LLM', values.LLM_BASE_URL ?? []),
    ...{ model: values.LLM_MODEL || null, auth: values.LLM_AUTH || null },
  };
  const tts = choose('TTS', values.TTS_BASE_URL ?? []);
  return { stt, llm, tts: { ...tts, ...voiceOf(tts.provider, values) } satisfies TtsChoice };
}

function automatic(stage: Stage, values: Partial<SettingValues>): string {
  return AUTOMATIC[stage].find((vendor) => values[KEYS[vendor]!]) ?? 'embedded';
}

/** What was set for a stage that goes, for want of a key, to a provider that does not look at it. */
function unusedSettings(stage: Stage, provider: string, values: Partial<SettingValues>): string[] {
  // A key that was refused has been told of already: with it, somebody might use them.
  if (AUTOMATIC[stage].some((vendor) => values[KEYS[vendor]!] === undefined)) return [];
  const own: readonly SettingName[] = provider === 'embedded' ? OWN_SERVER[stage] : [];
  const names = provider === 'elevenlabs' && stage === 'TTS' ? (['TTS_VOICE', 'TTS_MODEL'] as const) : own;
  const set = names.filter((name) => String(values[name] ?? '') !== '');
  if (set.length === 0) return [];
  const [are, them] = set.length === 1 ? ['is', 'it'] : ['are', 'them'];
  const unused = `${set.join(' and ')} ${are} set, but nothing uses ${them}`;
  if (provider === 'elevenlabs')
    return [`${unused}: with its key, ElevenLabs speaks. Set ELEVENLABS_VOICE_ID instead, or TTS=openai.`];
  const speaks = stage === 'LLM' ? ' (or to anthropic, ollama or llamacpp: whatever that server speaks)' : '';
  return [`${unused}, as there is no key. Set ${stage} to openai${speaks}, or leave ${them} empty.`];
}

export function regionOf(provider: string, values: Partial<SettingValues>): string {
  if (provider === 'elevenlabs') return values.ELEVENLABS_REGION ?? 'auto';
  return provider === 'deepgram' ? (values.DEEPGRAM_REGION ?? 'auto') : 'auto';
}

export function voiceOf(
  provider: string,
  values: Partial<SettingValues>,
): Pick<TtsChoice, 'model' | 'voice'> {
  if (provider === 'embedded') return { model: null, voice: values.VOICE ?? null };
  if (provider === 'elevenlabs') {
    return { model: values.ELEVENLABS_MODEL || null, voice: values.ELEVENLABS_VOICE_ID || null };
  }
  return { model: values.TTS_MODEL || null, voice: values.TTS_VOICE || null };
}
