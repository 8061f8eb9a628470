import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/base/log.ts';
import { createElevenLabsHttp } from '../../../src/providers/tts/elevenlabs-http.ts';
import { createOpenAiSpeech, type OpenAiSpeechOptions } from '../../../src/providers/tts/openai-speech.ts';
import type { TtsConnection } from '../../../src/providers/tts/tts.ts';
import { SkippingClock } from '../../support/skipping-clock.ts';
import { ELEVENLABS_KEY, ELEVENLABS_VOICE, LocalElevenLabs } from '../../support/vendors/elevenlabs.ts';
import { LocalSpeechServer, OPENAI_KEY } from '../../support/vendors/openai-speech.ts';
import { chunksOf } from '../conformance/tts.ts';

const never = new AbortController().signal;
const clock = new SkippingClock();
const common = { clock, log: silentLog };

function say(connection: TtsConnection, ...clauses: string[]) {
  const reply = connection.reply('draft');
  for (const clause of clauses) reply.speak(clause);
  reply.end();
  return reply;
}

describe('ElevenLabs over HTTP', () => {
  it('asks as the vendor documents it, each clause with the one before', async () => {
    const vendor = await LocalElevenLabs.start({}, clock);
    const connection = await createElevenLabsHttp({
      ...{ ...common, apiKey: ELEVENLABS_KEY, voiceId: ELEVENLABS_VOICE, baseUrl: `${vendor.baseUrl}/v1/` },
      ...{ language: 'en', settings: { speed: 1.1 } },
    }).connect(never);
    await chunksOf(say(connection, 'Yes,', 'of course.'));
    const asked = vendor.requests.filter(({ body }) => body !== '');
    expect(asked.map(({ path }) => path)).toEqual(
      Array.from({ length: 2 }, () => `/v1/text-to-speech/${ELEVENLABS_VOICE}/stream`),
    );
    expect(asked[0]!.query.toString()).toBe('output_format=pcm_24000');
    expect(asked[0]!.headers['xi-api-key']).toBe(ELEVENLABS_KEY);
    const body = { model_id: 'eleven_flash_v2_5', language_code: 'en', voice_settings: { speed: 1.1 } };
    expect(asked.map((request) => JSON.parse(request.body) as unknown)).toEqual([
      { ...body, text: 'Yes,' },
      { ...body, text: 'of course.', previous_text: 'Yes,' },
    ]);
    await connection.close();
    await vendor.stop();
  });

  it('counts a clause that was cut off, once it is closed', async () => {
    const vendor = await LocalElevenLabs.start({ stream: () => ({ firstByteMs: 60_000 }) }, clock);
    const options = { apiKey: ELEVENLABS_KEY, voiceId: ELEVENLABS_VOICE, baseUrl: vendor.baseUrl };
    const connection = await createElevenLabsHttp({ ...common, ...options }).connect(never);
    say(connection, 'Yes.');
    await vendor.until(() => vendor.requests.some(({ body }) => body !== ''));
    expect(connection.givenCharacters).toBe(0);
    await connection.close();
    expect(connection.givenCharacters).toBe('Yes.'.length);
    await vendor.stop();
  });

  it('refuses an address that is none', async () => {
    const voice = createElevenLabsHttp({ ...common, apiKey: 'k', voiceId: 'v', baseUrl: 'elevenlabs' });
    await expect(voice.connect(never)).rejects.toMatchObject({ code: 'TTS_ADDRESS' });
  });
});

describe('The voice of a speech server', () => {
  let server: LocalSpeechServer;
  beforeEach(async () => {
    server = await LocalSpeechServer.start(clock);
  });
  afterEach(async () => {
    await server.stop();
    expect(clock.pending).toBe(0);
  });

  const create = (more: Partial<OpenAiSpeechOptions> = {}) =>
    createOpenAiSpeech({ ...common, model: 'kokoro', voice: 'af_heart', baseUrl: server.baseUrl, ...more });

  it('asks as OpenAI documents it, with a key where there is one', async () => {
    const connection = await create({
      apiKey: OPENAI_KEY,
      speed: 1.2,
      extra: { sample_rate: 24_000 },
    }).connect(never);
    await chunksOf(say(connection, 'Good morning.', '...'));
    await connection.close();
    const open = await create().connect(never);
    await chunksOf(say(open, 'Hello.'));
    await open.close();
    const [keyed, keyless] = server.requests;
    expect(server.requests).toHaveLength(2);
    expect(keyed!.headers.authorization).toBe(`Bearer ${OPENAI_KEY}`);
    expect(keyed!.body).toEqual({
      ...{ model: 'kokoro', input: 'Good morning.', voice: 'af_heart', response_format: 'pcm' },
      ...{ speed: 1.2, sample_rate: 24_000 },
    });
    expect(keyless!.headers.authorization).toBeUndefined();
  });

  it('has two clauses made at once, no more, and none of a draft that is cancelled', async () => {
    server.fault = () => ({ firstByteMs: 20 });
    const connection = await create().connect(never);
    const reply = say(connection, 'One.', 'Two.', 'Three.', 'Four.');
    const audio = reply.audio[Symbol.asyncIterator]();
    await audio.next();
    expect(server.requests.length).toBeLessThanOrEqual(2);
    let chunk = await audio.next();
    while (!chunk.value!.last) chunk = await audio.next();
    reply.cancel();
    await chunksOf(say(connection, 'After that.'));
    const inputs = server.requests.map(({ body }) => body.input);
    expect(inputs).not.toContain('Four.');
    expect(inputs.at(-1)).toBe('After that.');
    await connection.close();
  });

  it.each([
    ['wave', 'TTS_FORMAT'],
    ['mp3', 'TTS_FORMAT'],
    ['json', 'TTS_FORMAT'],
    ['nothing', 'TTS_SILENT'],
  ] as const)('does not play %s as PCM', async (instead, code) => {
    server.fault = () => ({ instead });
    const connection = await create().connect(never);
    await expect(chunksOf(say(connection, 'Hello.'))).rejects.toMatchObject({ code });
    await connection.close();
  });

  it.each([
    [401, 'invalid_api_key', 'TTS_KEY'],
    [402, '', 'TTS_QUOTA'],
    [429, 'insufficient_quota', 'TTS_QUOTA'],
    [429, 'rate_limit_exceeded', 'TTS_BUSY'],
    [404, 'model_not_found', 'TTS_MODEL'],
    [404, 'no such route', 'TTS_ADDRESS'],
    [400, "Voice 'x' is not known", 'TTS_VOICE'],
    [500, 'voice engine crashed', 'TTS_BUSY'],
    [418, 'teapot', 'TTS_FAILED'],
  ])('knows what %i %s means', async (status, body, code) => {
    server.fault = () => ({ refuse: { status, body } });
    const connection = await create().connect(never);
    await expect(chunksOf(say(connection, 'Hello.'))).rejects.toMatchObject({ code });
    await connection.close();
  });

  it('fails in its turn: the clauses before are heard', async () => {
    server.fault = (n) => (n === 1 ? { refuse: { status: 500, body: '' } } : { firstByteMs: 10 });
    const connection = await create().connect(never);
    const heard: number[] = [];
    const reading = (async () => {
      for await (const { clause, last } of say(connection, 'One.', 'Two.').audio)
        if (last) heard.push(clause);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'TTS_BUSY' });
    expect(heard).toEqual([0]);
    await connection.close();
  });

  it('says where it is', () => {
    expect(create({ baseUrl: 'https://api.openai.com/v1' }).place).toBe('OpenAI');
    expect(create().place).toBe('on this machine');
    expect(create({ baseUrl: 'http://speech.lan:8880/v1' }).place).toBe('speech.lan');
  });
});
