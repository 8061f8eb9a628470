/** Every vendor whose key is set, chosen or not, and what it would do by that key. */
import type { LlmChoice, ProviderChoice, SttChoice, TtsChoice } from '../providers/choice.ts';
import type { SettingValues } from './settings.ts';
import { KEYS, type KeyName, regionOf, voiceOf } from './stages.ts';

export interface KeyedVendor {
  vendor: string;
  /** The setting that holds its key. */
  setting: KeyName;
  /** By what it can do: as the settings say where it is chosen for that, else in its own way. Holds the key. */
  choices: { stt?: SttChoice; llm?: LlmChoice; tts?: TtsChoice };
}

type Stage = keyof ProviderChoice;

const CAN: Readonly<Record<string, readonly Stage[]>> = {
  elevenlabs: ['stt', 'tts'],
  deepgram: ['stt'],
  openai: ['llm', 'stt', 'tts'],
};
const THINKS: readonly Stage[] = ['llm'];

export function keyedVendors(values: SettingValues, chosen: ProviderChoice): KeyedVendor[] {
  return Object.entries(KEYS).flatMap(([vendor, setting]) => {
    const apiKey = values[setting];
    if (apiKey === null) return [];
    const own = { provider: vendor, apiKey, model: null, baseUrls: [], region: regionOf(vendor, values) };
    const voice = vendor === 'elevenlabs' ? voiceOf(vendor, values) : { model: null, voice: null };
    const stt = { ...own, language: values.STT_LANGUAGE };
    const all = { stt, llm: { ...own, auth: null }, tts: { ...own, ...voice } };
    const choices = (CAN[vendor] ?? THINKS).map((stage) => {
      const choice = chosen[stage].provider === vendor ? chosen[stage] : all[stage];
      return [stage, choice];
    });
    return { vendor, setting, choices: Object.fromEntries(choices) as KeyedVendor['choices'] };
  });
}
