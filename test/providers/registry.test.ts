/** Providers are made by the names that the settings use, and keep the keys that they are given to themselves. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { embeddedChoice, type ProviderChoice } from '../../src/providers/choice.ts';
import { llmPresets } from '../../src/providers/llm/presets.ts';
import { createProviders } from '../../src/providers/registry.ts';

const context = {
  ...{ clock: systemClock, log: silentLog, now: () => new Date(0), measured: () => null },
  names: () => ['Parley'],
};
const embedded = embeddedChoice('slt');
const KEY = 'sk-planted-0123456789';

/** Everything embedded but for one stage. */
const having = (kind: keyof ProviderChoice, provider: string, more: object = {}): ProviderChoice => ({
  ...embedded,
  [kind]: { ...embedded[kind], voice: null, provider, ...more },
});

describe('createProviders', () => {
  it('makes what the settings name', () => {
    const { stt, llm, tts, vad } = createProviders(embedded, context);
    for (const { name } of [stt, llm, tts, vad]) expect(name).toBe('embedded');
  });

  it.each(Object.entries(llmPresets))('makes the language model %s', (name, { model }) => {
    const { llm } = createProviders(having('llm', name, { apiKey: KEY }), context);
    expect(llm).toMatchObject({ name, model });
    const other = createProviders(having('llm', name, { apiKey: KEY, model: 'other' }), context);
    expect(other.llm.model).toBe('other');
  });

  it.each([
    ['stt', 'elevenlabs', 'scribe_v2_realtime'],
    ['stt', 'deepgram', 'flux-general-en'],
    ['stt', 'openai', 'gpt-transcribe'],
    ['tts', 'elevenlabs', 'eleven_flash_v2_5'],
    ['tts', 'openai', 'gpt-4o-mini-tts'],
  ] as const)('makes the %s %s', (kind, provider, model) => {
    const made = createProviders(having(kind, provider, { apiKey: KEY }), context)[kind];
    expect(made).toMatchObject({ name: provider, model });
    const other = createProviders(having(kind, provider, { apiKey: KEY, model: 'other' }), context)[kind];
    expect(other.model).toBe('other');
  });

  it.each([
    ['elevenlabs', 'scribe_v2_realtime'],
    ['deepgram', 'flux-general-multi'],
    ['openai', 'gpt-transcribe'],
  ])('hears another language by %s with %s', (provider, model) => {
    const { stt } = createProviders(having('stt', provider, { apiKey: KEY, language: 'de' }), context);
    expect(stt).toMatchObject({ name: provider, model });
  });

  it.each([
    ['elevenlabs', 'https://api.elevenlabs.io', 'ElevenLabs'],
    ['elevenlabs', 'https://api.us.elevenlabs.io', 'ElevenLabs, in the USA'],
    ['elevenlabs', 'https://api.eu.residency.elevenlabs.io', 'ElevenLabs, in the European Union'],
    ['elevenlabs', 'https://proxy.example', 'ElevenLabs, through proxy.example'],
    ['deepgram', 'https://api.deepgram.com', 'Deepgram, in the USA'],
    ['deepgram', 'https://api.eu.deepgram.com', 'Deepgram, in the European Union'],
    ['deepgram', 'http://10.0.0.7:8080', 'Deepgram, through 10.0.0.7:8080'],
  ])('says where %s at %s is', (provider, baseUrl, place) => {
    const at = { apiKey: KEY, baseUrls: [baseUrl] };
    expect(createProviders(having('stt', provider, at), context).stt.place).toBe(place);
    if (provider === 'elevenlabs')
      expect(createProviders(having('tts', provider, at), context).tts.place).toBe(place);
  });

  it('asks a server of one’s own for the model that every such server knows', () => {
    const { stt } = createProviders(
      having('stt', 'openai', { baseUrls: ['http://127.0.0.1:1/v1'] }),
      context,
    );
    expect(stt).toMatchObject({ model: 'whisper-1', place: 'on this machine' });
  });

  it('shows no key to those who look at a provider', () => {
    const keyed = (choice: ProviderChoice) => inspect(createProviders(choice, context), { depth: 8 });
    expect(keyed(having('llm', 'anthropic', { apiKey: KEY }))).not.toContain(KEY);
    expect(keyed(having('stt', 'elevenlabs', { apiKey: KEY }))).not.toContain(KEY);
    expect(keyed(having('tts', 'elevenlabs', { apiKey: KEY }))).not.toContain(KEY);
  });

  it.each([
    ['stt', 'STT'],
    ['llm', 'LLM'],
    ['tts', 'TTS'],
  ] as const)('names the known providers for an unknown %s', (kind, setting) => {
    expect(() => createProviders(having(kind, 'telepathy'), context)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('telepathy'),
        remedy: expect.stringMatching(new RegExp(`Set ${setting}.*embedded`)),
      }),
    );
  });

  it('names the known voices for an unknown one', () => {
    expect(() => createProviders(embeddedChoice('morgan'), context)).toThrow(
      expect.objectContaining({ remedy: expect.stringContaining('awb') }),
    );
  });
});
