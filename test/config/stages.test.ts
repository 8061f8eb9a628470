/** Who hears, thinks and speaks: each chosen alone, automatic with a key, and refused by name without one. */
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { settings } from '../../src/config/settings.ts';
import { llmPresets } from '../../src/providers/llm/presets.ts';

const KEY = 'sk-planted-0123456789';
const load = (env: Record<string, string>) => loadConfig({ DISCORD_TOKEN: 'a.b.c', ...env }).providers;
const names = (env: Record<string, string>) => {
  const { stt, llm, tts } = load(env);
  return [stt.provider, llm.provider, tts.provider];
};
const refusal = (env: Record<string, string>): string => {
  try {
    load(env);
  } catch (error) {
    return (error as Error).message;
  }
  return '';
};

describe('one key', () => {
  it.each([
    [{}, ['embedded', 'embedded', 'embedded']],
    [{ ELEVENLABS_API_KEY: KEY }, ['elevenlabs', 'embedded', 'elevenlabs']],
    [{ DEEPGRAM_API_KEY: KEY }, ['deepgram', 'embedded', 'embedded']],
    [{ ANTHROPIC_API_KEY: KEY }, ['embedded', 'anthropic', 'embedded']],
    [{ AIPAYGENT_API_KEY: KEY }, ['embedded', 'aipaygent', 'embedded']],
    [{ OPENAI_API_KEY: KEY }, ['embedded', 'openai', 'embedded']],
    [{ ELEVENLABS_API_KEY: KEY, AIPAYGENT_API_KEY: KEY }, ['elevenlabs', 'aipaygent', 'elevenlabs']],
    [{ ANTHROPIC_API_KEY: KEY, GROQ_API_KEY: KEY }, ['embedded', 'groq', 'embedded']],
    [{ ANTHROPIC_API_KEY: KEY, GROQ_API_KEY: KEY, LLM: 'anthropic' }, ['embedded', 'anthropic', 'embedded']],
    [{ ELEVENLABS_API_KEY: KEY, STT: 'embedded' }, ['embedded', 'embedded', 'elevenlabs']],
    [{ LLM: 'ollama' }, ['embedded', 'ollama', 'embedded']],
  ])('%j makes it %j', (env, expected) => {
    expect(names(env as Record<string, string>)).toEqual(expected);
  });

  it('goes to no stage that it is not for', () => {
    const { stt, llm, tts } = load({ ELEVENLABS_API_KEY: KEY });
    expect([stt.apiKey, llm.apiKey, tts.apiKey]).toEqual([KEY, null, KEY]);
  });
});

describe('keys that are set', () => {
  const keyed = (env: Record<string, string>) => loadConfig({ DISCORD_TOKEN: 'a.b.c', ...env }).keyed;

  it('are all told of, with what each would do as the settings say or in its own way', () => {
    const env = {
      ...{ ELEVENLABS_API_KEY: KEY, GROQ_API_KEY: `${KEY}2`, OPENAI_API_KEY: `${KEY}3` },
      ...{ LLM_MODEL: 'own', STT_BASE_URL: 'http://127.0.0.1:1', ELEVENLABS_VOICE_ID: 'me', TTS: 'embedded' },
    };
    const { providers } = loadConfig({ DISCORD_TOKEN: 'a.b.c', ...env });
    const [eleven, groq, openai, ...others] = keyed(env);
    expect(others).toEqual([]);
    expect(eleven).toMatchObject({ vendor: 'elevenlabs', setting: 'ELEVENLABS_API_KEY' });
    expect(eleven!.choices.stt).toEqual(providers.stt);
    expect(eleven!.choices.tts).toMatchObject({
      provider: 'elevenlabs',
      apiKey: KEY,
      voice: 'me',
      baseUrls: [],
    });
    expect(groq!.choices).toEqual({ llm: providers.llm });
    expect(groq!.choices.llm).toMatchObject({ provider: 'groq', model: 'own' });
    expect(openai!.choices.llm).toMatchObject({ provider: 'openai', apiKey: `${KEY}3`, model: null });
    expect(Object.keys(openai!.choices)).toEqual(['llm', 'stt', 'tts']);
  });
});

describe('a key that is missing', () => {
  it('is named with its stage and where to make it, all at once', () => {
    const message = refusal({ STT: 'deepgram', LLM: 'anthropic', TTS: 'elevenlabs', DISCORD_TOKEN: '' });
    expect(message).toMatch(/^4 settings are wrong:/);
    expect(message).toContain('DISCORD_TOKEN is missing');
    for (const [key, stage, vendor] of [
      ['DEEPGRAM_API_KEY', 'STT', 'deepgram'],
      ['ANTHROPIC_API_KEY', 'LLM', 'anthropic'],
      ['ELEVENLABS_API_KEY', 'TTS', 'elevenlabs'],
    ] as const) {
      const { remedy } = settings[key];
      expect(message).toContain(
        `${key} is missing, and ${stage}=${vendor} needs it. ${remedy} Or leave ${stage} empty.`,
      );
    }
  });

  it('may be: on this machine, and behind addresses of one’s own', () => {
    const here = 'http://127.0.0.1:8000/v1';
    expect(load({ LLM: 'openai', LLM_BASE_URL: here }).llm).toMatchObject({ apiKey: null, baseUrls: [here] });
    expect(load({ STT: 'openai', STT_BASE_URL: here }).stt).toMatchObject({ provider: 'openai' });
    expect(load({ LLM: 'llamacpp' }).llm.apiKey).toBeNull();
    expect(refusal({ TTS: 'elevenlabs', TTS_BASE_URL: here })).toContain('ELEVENLABS_API_KEY is missing');
  });

  it('is told of once when it is malformed', () => {
    const message = refusal({ LLM: 'groq', GROQ_API_KEY: 'my secret key' });
    expect(message).toMatch(/^One setting is wrong:\n {2}- GROQ_API_KEY does not look like a key/);
    expect(message).not.toContain('my secret key');
  });
});

describe('a setting that nothing would use', () => {
  const here = 'http://127.0.0.1:8000/v1';

  it.each([
    [
      { LLM_BASE_URL: here, LLM_MODEL: 'mine' },
      /LLM_BASE_URL and LLM_MODEL are set, but nothing uses them.*Set LLM to openai \(/,
    ],
    [
      { STT_BASE_URL: here },
      /STT_BASE_URL is set, but nothing uses it.*Set STT to openai, or leave it empty/,
    ],
    [
      { STT_LANGUAGE: 'de' },
      /STT_LANGUAGE is set, but nothing uses it.*Set STT to openai, or leave it empty/,
    ],
    [
      { TTS_VOICE: 'af_heart', ANTHROPIC_API_KEY: KEY },
      /TTS_VOICE is set, but nothing uses it.*Set TTS to openai/,
    ],
    [
      { ELEVENLABS_API_KEY: KEY, TTS_VOICE: 'af_heart' },
      /TTS_VOICE is set.*ELEVENLABS_VOICE_ID instead, or TTS=openai/,
    ],
  ])('is told of: %j', (env, words) => {
    expect(refusal(env as Record<string, string>)).toMatch(words);
  });

  it('is left alone where it is used, or where the stage was chosen by name', () => {
    expect(load({ LLM_BASE_URL: here, ANTHROPIC_API_KEY: KEY }).llm.provider).toBe('anthropic');
    expect(load({ LLM: 'embedded', LLM_BASE_URL: here }).llm.provider).toBe('embedded');
    const spoken = { ELEVENLABS_API_KEY: KEY, TTS: 'elevenlabs', TTS_VOICE: 'af_heart' };
    expect(load(spoken).tts.provider).toBe('elevenlabs');
  });

  it('is not told of beside a key that is malformed', () => {
    expect(refusal({ LLM_BASE_URL: here, GROQ_API_KEY: 'my secret key' })).toMatch(/^One setting is wrong/);
  });
});

it('ids may look as vendors write them', () => {
  const env = { LLM: 'openai', LLM_BASE_URL: 'http://a', TTS: 'openai', TTS_BASE_URL: 'http://b' };
  const ids = { LLM_MODEL: '@cf/meta/llama-3.1-8b-instruct', TTS_VOICE: 'af_bella(2)+af_sky(1)' };
  const { llm, tts } = load({ ...env, ...ids });
  expect([llm.model, tts.voice]).toEqual([ids.LLM_MODEL, ids.TTS_VOICE]);
  expect(refusal({ ...env, LLM_MODEL: 'two words' })).toContain('LLM_MODEL is not an id');
});

it('a language is written as a code', () => {
  const env = { DEEPGRAM_API_KEY: KEY };
  const { language } = load(env).stt;
  expect(language).toBeNull();
  for (const [text, code] of [
    ['de', 'de'],
    ['EN-gb', 'en-GB'],
    ['zh-hant-tw', 'zh-Hant-TW'],
    ['deu', 'de'],
  ] as const)
    expect(load({ ...env, STT_LANGUAGE: text }).stt.language).toBe(code);
  for (const text of ['german', 'de_DE', 'en-', 'e', 'auto', 'en, de', 'en-a'])
    expect(refusal({ ...env, STT_LANGUAGE: text }), text).toMatch(
      /^One setting is wrong:\n {2}- STT_LANGUAGE is not the code of a language.*ISO 639-1/,
    );
});

it('models, voices, addresses and regions reach the stage they are for', () => {
  const env = {
    ...{ ELEVENLABS_API_KEY: KEY, ELEVENLABS_VOICE_ID: 'voice', ELEVENLABS_MODEL: 'model' },
    ...{ ELEVENLABS_REGION: 'eu', STT_MODEL: 'ears', STT_BASE_URL: 'http://a/, http://b', VOICE: 'slt' },
    STT_LANGUAGE: 'pt-br',
    ...{ LLM: 'anthropic', ANTHROPIC_API_KEY: KEY, LLM_MODEL: 'mind', LLM_AUTH: 'both' },
  };
  expect(load(env)).toEqual({
    stt: {
      provider: 'elevenlabs',
      apiKey: KEY,
      model: 'ears',
      baseUrls: ['http://a', 'http://b'],
      region: 'eu',
      language: 'pt-BR',
    },
    llm: { provider: 'anthropic', apiKey: KEY, model: 'mind', auth: 'both', baseUrls: [], region: 'auto' },
    tts: { provider: 'elevenlabs', apiKey: KEY, model: 'model', voice: 'voice', baseUrls: [], region: 'eu' },
  });
  const own = { TTS: 'openai', TTS_BASE_URL: 'http://c', TTS_MODEL: 'kokoro', TTS_VOICE: 'af_heart' };
  expect(load({ ...env, ...own }).tts).toMatchObject({
    ...{ provider: 'openai', model: 'kokoro', voice: 'af_heart', region: 'auto' },
  });
});

it('the settings offer every language model that is known by name', () => {
  const { error } = settings.LLM.schema.safeParse('?');
  const offered = error?.issues[0]?.message.replace('must be one of: ', '').split(', ');
  expect(new Set(offered)).toEqual(new Set(['auto', 'embedded', ...Object.keys(llmPresets)]));
});
