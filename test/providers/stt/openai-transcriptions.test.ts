import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import {
  createOpenAiTranscriptions,
  type OpenAiTranscriptionsOptions,
} from '../../../src/providers/stt/openai-transcriptions.ts';
import type { SttConnection } from '../../../src/providers/stt/stt.ts';
import { SkippingClock } from '../../support/skipping-clock.ts';
import { silence } from '../../support/tone.ts';
import {
  type TranscriptionScript,
  TranscriptionVendor,
} from '../../support/vendors/openai-transcriptions.ts';
import { toneSpeech } from '../../support/vendors/tone-speech.ts';
import { NETWORK_KEY, networkSttConforms } from '../conformance/network-stt.ts';
import { sttConforms } from '../conformance/stt.ts';
import { SttLog } from '../support/events.ts';

const KEY = NETWORK_KEY;
const MODEL = 'whisper-small';
const ANN = { id: '1', name: 'Ann' };
const never = new AbortController().signal;

let clock: SkippingClock;
let vendor: TranscriptionVendor;
let connection: SttConnection | null;
let script: (index: number) => TranscriptionScript;

beforeEach(async () => {
  clock = new SkippingClock();
  script = () => ({});
  connection = null;
  vendor = await TranscriptionVendor.listen({
    apiKey: KEY,
    clock,
    model: MODEL,
    script: (index) => script(index),
  });
});

afterEach(async () => {
  await connection?.close();
  await vendor.until(() => vendor.open === 0);
  await vendor.close();
  expect(clock.pending).toBe(0);
});

const create = (more: Partial<OpenAiTranscriptionsOptions> = {}) =>
  createOpenAiTranscriptions({
    ...{ clock, log: silentLog, apiKey: KEY, model: MODEL, baseUrl: vendor.baseUrl },
    ...more,
  });

async function open(more: Partial<OpenAiTranscriptionsOptions> = {}) {
  connection ??= await create(more).connect(never);
  const log = new SttLog();
  return { log, recogniser: connection.openRecogniser(ANN, log.listener) };
}

describe('Transcriptions', () => {
  let own: TranscriptionVendor;
  beforeAll(async () => {
    own = await TranscriptionVendor.listen();
  });
  afterAll(async () => {
    await own.close();
  });

  sttConforms(
    'A transcription server',
    () => ({
      create: () =>
        createOpenAiTranscriptions({
          clock: systemClock,
          log: silentLog,
          model: MODEL,
          baseUrl: own.baseUrl,
        }),
      first: { pcm: toneSpeech('tell', 'me', 'a', 'joke'), words: 'tell me a joke' },
      second: { pcm: toneSpeech('what', 'time', 'is', 'it'), words: 'what time is it' },
    }),
    { interims: false },
  );
});

networkSttConforms('A transcription server', {
  start: (at, refuses) => {
    const refuse = (): TranscriptionScript => {
      const status = refuses();
      return status === null ? {} : { fault: { status, body: { error: { message: `No, ${KEY}` } } } };
    };
    return TranscriptionVendor.listen({ apiKey: KEY, clock: at, script: refuse });
  },
  create: (options) => createOpenAiTranscriptions({ ...options, model: MODEL }),
});

describe('An utterance for a transcription server', () => {
  it('is posted as a WAV with what the server needs to know', async () => {
    const { log, recogniser } = await open({ language: 'en-GB', prompt: 'Parley, Zoë.' });
    recogniser.write(toneSpeech('tell', 'me'));
    await log.final(recogniser.commit());
    expect(vendor.asked).toMatchObject([
      {
        fields: { model: MODEL, language: 'en', prompt: 'Parley, Zoë.', response_format: 'json' },
        audioMs: 500,
      },
    ]);
    expect(vendor.asked[0]!.headers.authorization).toBe(`Bearer ${KEY}`);
  });

  it('is counted when it is cut off, once its connection is closed', async () => {
    script = () => ({ fault: 'hangs' });
    const { recogniser } = await open();
    recogniser.write(toneSpeech('tell', 'me'));
    recogniser.commit();
    await vendor.until(() => vendor.asked.length === 1);
    expect(connection?.sentMs).toBe(0);
    await connection?.close();
    expect(connection?.sentMs).toBe(vendor.asked[0]!.audioMs);
  });

  it('has its language in the field that the model takes', async () => {
    const model = 'gpt-transcribe';
    const newer = await TranscriptionVendor.listen({ apiKey: KEY, clock, model });
    connection = await create({ model, language: 'de-AT', baseUrl: newer.baseUrl }).connect(never);
    const { log, recogniser } = await open();
    recogniser.write(toneSpeech('tell', 'me'));
    await log.final(recogniser.commit());
    expect(newer.asked[0]!.fields).toMatchObject({ model, 'languages[]': 'de' });
    expect(newer.asked[0]!.fields).not.toHaveProperty('language');
    await connection.close();
    await newer.close();
  });

  it('that goes on with a sentence is posted with the words before, one that comes later is not', async () => {
    const { log, recogniser } = await open({ prompt: 'Hello.' });
    recogniser.write(toneSpeech('turn', 'on'));
    await log.final(recogniser.commit());
    recogniser.write(toneSpeech('the', 'light'));
    await log.final(recogniser.commit());
    await clock.skip(5_000);
    recogniser.write(toneSpeech('one', 'two'));
    await log.final(recogniser.commit());
    expect(vendor.asked.map(({ fields }) => fields.prompt)).toEqual(['Hello.', 'Hello. turn on', 'Hello.']);
  });

  it('without a sound is not posted: servers invent words for silence', async () => {
    const { log, recogniser } = await open();
    recogniser.write(silence(2_000));
    expect(await log.final(recogniser.commit())).toMatchObject({ text: '', understood: false });
    expect(vendor.asked).toEqual([]);
  });

  it('of more than half a minute is posted in parts, and told as one', async () => {
    const { log, recogniser } = await open({ finalWithinMs: 60_000 });
    const said: string[] = [];
    for (let i = 0; i < 70; i++) {
      recogniser.write(toneSpeech('one', 'two'));
      recogniser.write(silence(680));
      said.push('one two');
    }
    expect(await log.final(recogniser.commit())).toMatchObject({ text: said.join(' ') });
    expect(vendor.asked.length).toBe(3);
    expect(Math.max(...vendor.asked.map(({ audioMs }) => audioMs))).toBeLessThan(30_000);
  });

  it('that nobody wants any more is given up at the server', async () => {
    script = () => ({ fault: 'hangs' });
    const { log, recogniser } = await open();
    recogniser.write(toneSpeech('one'));
    recogniser.commit();
    await vendor.until(() => vendor.asked.length === 1);
    recogniser.close();
    await vendor.until(() => vendor.asked[0]!.cutOff);
    expect(log.events).toEqual([]);
  });

  it.each(['openai', 'segments'] as const)(
    'is told word by word where the server can: %s',
    async (streams) => {
      script = () => ({ streams });
      const { log, recogniser } = await open({ stream: true });
      recogniser.write(toneSpeech('tell', 'me', 'a', 'joke'));
      expect(await log.final(recogniser.commit())).toMatchObject({ text: 'tell me a joke' });
      expect(log.interims).toEqual(['tell', 'tell me', 'tell me a', 'tell me a joke']);
    },
  );

  it('is understood as JSON although a stream was asked for, and as plain text', async () => {
    script = (index) => (index === 0 ? {} : { fault: 'text' });
    const { log, recogniser } = await open({ stream: true });
    recogniser.write(toneSpeech('tell', 'me'));
    expect(await log.final(recogniser.commit())).toMatchObject({ text: 'tell me' });
    recogniser.write(toneSpeech('a', 'joke'));
    expect(await log.final(recogniser.commit())).toMatchObject({ text: 'a joke' });
  });
});

describe('A transcription server that fails', () => {
  it.each(['reset', 'cut in the middle'] as const)('with a %s is asked once more', async (fault) => {
    script = (index) => (index === 0 ? { fault } : {});
    const { log, recogniser } = await open();
    recogniser.write(toneSpeech('tell', 'me'));
    expect(await log.final(recogniser.commit())).toMatchObject({ text: 'tell me' });
    expect(vendor.asked).toHaveLength(2);
  });

  it('that drops every request gets each utterance twice, also over connections that were kept', async () => {
    const { log, recogniser } = await open();
    recogniser.write(toneSpeech('one'));
    await log.final(recogniser.commit());
    const before = vendor.asked.length;
    script = () => ({ fault: 'reset' });
    recogniser.write(toneSpeech('two'));
    recogniser.commit();
    expect(await log.failure()).toMatchObject({ code: 'STT_CONNECTION_LOST' });
    expect(vendor.asked).toHaveLength(before + 2);
  });

  it.each([
    ['a web page', { fault: 'html' }, 'STT_NOT_AN_API'],
    ['a stream that breaks', { streams: 'error' }, 'STT_FAILED'],
    ['a wrong request', { fault: { status: 422, body: { detail: 'language' } } }, 'STT_BAD_REQUEST'],
    ['a model that is loading', { fault: { status: 503 } }, 'STT_FAILED'],
  ] as const)('with %s tells the speaker so', async (_, how, code) => {
    script = () => how;
    const { log, recogniser } = await open({ stream: true });
    recogniser.write(toneSpeech('tell', 'me'));
    recogniser.commit();
    expect(await log.failure()).toMatchObject({
      name: 'ParleyError',
      code,
      remedy: expect.stringMatching(/./),
    });
    recogniser.commit();
    await log.count('error', 2);
    expect(log.finals).toEqual([]);
  });

  it('to answer in time is late', async () => {
    script = () => ({ delayMs: 60_000 });
    const { log, recogniser } = await open();
    recogniser.write(toneSpeech('one'));
    recogniser.commit();
    await vendor.until(() => vendor.asked.length === 1);
    await clock.skip(3_000);
    expect(await log.failure()).toMatchObject({ code: 'STT_LATE', retryable: true });
  });

  it('tells finals in order, however long each takes', async () => {
    script = (index) => ({ delayMs: index === 0 ? 300 : 0 });
    const { log, recogniser } = await open();
    recogniser.write(toneSpeech('one'));
    recogniser.commit();
    await vendor.until(() => vendor.asked.length === 1);
    recogniser.write(toneSpeech('two'));
    const second = recogniser.commit();
    await vendor.until(() => vendor.asked.length === 2);
    await clock.skip(300);
    await log.final(second);
    expect(log.finals.map(({ text }) => text)).toEqual(['one', 'two']);
  });

  it('is found out by looking', async () => {
    expect((await create().probe(never)).found).toContain(MODEL);
    await expect(create({ apiKey: 'wrong-key-1' }).probe(never)).rejects.toMatchObject({ code: 'STT_KEY' });
    await expect(create({ model: 'none' }).probe(never)).rejects.toMatchObject({ code: 'STT_MODEL' });
    await expect(create({ baseUrl: 'nowhere' }).probe(never)).rejects.toMatchObject({ code: 'STT_ADDRESS' });
  });
});
