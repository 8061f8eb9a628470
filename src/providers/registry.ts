/** Which providers there are, by the name that the settings use, and how one is made of what the settings say. */
import type { Clock } from '../base/clock.ts';
import { ParleyError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { LlmChoice, ProviderChoice, SttChoice, TtsChoice } from './choice.ts';
import { createEmbeddedResponder, phrases } from './llm/embedded-responder.ts';
import type { LanguageModel } from './llm/llm.ts';
import { createPresetLlm, type LlmPresetName, llmPresets } from './llm/presets.ts';
import type { Providers } from './providers.ts';
import { createDeepgramFlux, fluxModelFor } from './stt/deepgram-flux.ts';
import { createElevenLabsScribe } from './stt/elevenlabs-scribe.ts';
import { createEmbeddedSoundswallower } from './stt/embedded-soundswallower.ts';
import { createOpenAiTranscriptions } from './stt/openai-transcriptions.ts';
import type { SpeechToText } from './stt/stt.ts';
import { createElevenLabsHttp } from './tts/elevenlabs-http.ts';
import { createElevenLabsSocket } from './tts/elevenlabs-socket.ts';
import { createEmbeddedFlite } from './tts/embedded-flite.ts';
import { createFallbackVoice } from './tts/fallback-voice.ts';
import { fliteVoice } from './tts/flite/voices.ts';
import { createOpenAiSpeech } from './tts/openai-speech.ts';
import type { TextToSpeech } from './tts/tts.ts';
import { createEmbeddedSilero } from './vad/embedded-silero.ts';

export interface ProviderContext {
  clock: Clock;
  log: Log;
  now(): Date;
  /** The agent's own median response gap; null before the first answer. */
  measured(): { p50Ms: number; n: number; falseCutoffs: number } | null;
  /** What the agent is called: recognisers listen for it. */
  names(): readonly string[];
}

const OPENAI = 'https://api.openai.com/v1';
const OPENAI_EARS = 'gpt-transcribe';
/** Servers of one's own take this name for whatever model they have. */
const ANY_EARS = 'whisper-1';
/** Ends on 2027-01-06; as of 2026-11 OpenAI names no successor for this API. */
const OPENAI_VOICE = 'gpt-4o-mini-tts';
const ELEVENLABS_MODEL = 'eleven_flash_v2_5';
/** "George", one of the voices that every account has. */
const ELEVENLABS_VOICE = 'JBFqnCBsd6RMkjVDRZzb';

type Makers<Choice, Provider> = Readonly<
  Record<string, (choice: Choice, context: ProviderContext) => Provider>
>;

const stt: Makers<SttChoice, SpeechToText> = {
  embedded: (_, { clock, log }) => createEmbeddedSoundswallower({ clock, log, phrases: phrases() }),
  elevenlabs: ({ apiKey, model, baseUrls, language }, { clock, log, names }) => {
    const options = { clock, log, names, apiKey: apiKey ?? '', model: model ?? 'scribe_v2_realtime' };
    const at = { ...given('baseUrl', baseUrls[0]), ...given('language', language) };
    const scribe = createElevenLabsScribe({ ...options, ...at });
    return { ...scribe, name: 'elevenlabs', model: options.model };
  },
  deepgram: ({ apiKey, model, baseUrls, language }, { clock, log, names }) => {
    const heard = model ?? fluxModelFor(language ?? undefined);
    const options = { clock, log, names, apiKey: apiKey ?? '', model: heard };
    const at = { ...given('baseUrl', baseUrls[0]), ...given('language', language) };
    const flux = createDeepgramFlux({ ...options, ...at });
    return { ...flux, name: 'deepgram', model: options.model };
  },
  openai: ({ apiKey, model, baseUrls, language }, { clock, log }) => {
    const [baseUrl = OPENAI] = baseUrls;
    const options = { clock, log, baseUrl, model: model ?? (baseUrl === OPENAI ? OPENAI_EARS : ANY_EARS) };
    const more = { ...given('apiKey', apiKey), ...given('language', language) };
    const transcriptions = createOpenAiTranscriptions({ ...options, ...more });
    return { ...transcriptions, name: 'openai', model: options.model };
  },
};

const llm: Makers<LlmChoice, LanguageModel> = {
  embedded: (_, { now, measured }) => createEmbeddedResponder({ now, measured }),
  ...Object.fromEntries(
    (Object.keys(llmPresets) as LlmPresetName[]).map((name) => [name, presetMaker(name)]),
  ),
};

const tts: Makers<TtsChoice, TextToSpeech> = {
  embedded: ({ voice }, { clock, log }) =>
    createEmbeddedFlite({ clock, log, voice: fliteVoice(voice ?? 'rms') }),
  elevenlabs: ({ apiKey, model, voice, baseUrls }, { clock, log }) => {
    const modelId = model ?? ELEVENLABS_MODEL;
    const at = { ...given('baseUrl', baseUrls[0]), voiceId: voice ?? ELEVENLABS_VOICE };
    const options = { clock, log, apiKey: apiKey ?? '', modelId, ...at };
    const first = createElevenLabsSocket(options);
    const both = createFallbackVoice({ clock, log, first, second: createElevenLabsHttp(options) });
    return { ...both, model: modelId, probe: first.probe };
  },
  openai: ({ apiKey, model, voice, baseUrls }, { clock, log }) => {
    const spoken = { model: model ?? OPENAI_VOICE, voice: voice ?? 'alloy' };
    const at = { baseUrl: baseUrls[0] ?? OPENAI, ...given('apiKey', apiKey) };
    return { ...createOpenAiSpeech({ clock, log, ...at, ...spoken }), model: spoken.model };
  },
};

/** Throws a ParleyError that names the known providers when one is unknown, or what is wrong with a choice. */
export function createProviders(choice: ProviderChoice, context: ProviderContext): Providers {
  return {
    stt: pick('STT', stt, choice.stt.provider)(choice.stt, context),
    llm: pick('LLM', llm, choice.llm.provider)(choice.llm, context),
    tts: createVoice(choice.tts, context),
    vad: createEmbeddedSilero({ clock: context.clock, log: context.log }),
  };
}

/** The voice alone. Throws as `createProviders`. */
export const createVoice = (choice: TtsChoice, context: ProviderContext): TextToSpeech =>
  pick('TTS', tts, choice.provider)(choice, context);

/** An option that is left out where nothing was given. */
const given = <Name extends string, T>(name: Name, value: T | null | undefined): { [N in Name]?: T } =>
  (value === null || value === undefined ? {} : { [name]: value }) as { [N in Name]?: T };

function presetMaker(name: LlmPresetName) {
  return ({ apiKey, model, baseUrls, auth }: LlmChoice, { clock, log }: ProviderContext) =>
    createPresetLlm(name, {
      ...{ clock, log, baseUrls },
      ...{ apiKey: apiKey ?? undefined, model: model ?? undefined, auth: auth ?? undefined },
    });
}

function pick<T>(setting: string, known: Readonly<Record<string, T>>, name: string): T {
  const make = known[name];
  if (make) return make;
  throw new ParleyError(`There is no ${setting} provider "${name}"`, {
    code: 'UNKNOWN_PROVIDER',
    remedy: `Set ${setting} to one of: ${Object.keys(known).join(', ')}.`,
  });
}
