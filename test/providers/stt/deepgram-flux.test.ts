import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import { createDeepgramFlux, type DeepgramFluxOptions } from '../../../src/providers/stt/deepgram-flux.ts';
import type { SttConnection } from '../../../src/providers/stt/stt.ts';
import { SkippingClock } from '../../support/skipping-clock.ts';
import { silence } from '../../support/tone.ts';
import { type FluxScript, FluxVendor } from '../../support/vendors/deepgram-flux.ts';
import { toneSpeech } from '../../support/vendors/tone-speech.ts';
import { NETWORK_KEY, networkSttConforms } from '../conformance/network-stt.ts';
import { sttConforms } from '../conformance/stt.ts';
import { SttLog } from '../support/events.ts';

const KEY = NETWORK_KEY;
const never = new AbortController().signal;

let clock: SkippingClock;
let vendor: FluxVendor;
let connection: SttConnection | null;
let script: (index: number) => FluxScript;

beforeEach(async () => {
  clock = new SkippingClock();
  script = () => ({});
  connection = null;
  vendor = await FluxVendor.listen({ apiKey: KEY, clock, script: (index) => script(index) });
});

afterEach(async () => {
  await connection?.close();
  await vendor.close();
  expect(clock.pending).toBe(0);
});

const create = (more: Partial<DeepgramFluxOptions> = {}) =>
  createDeepgramFlux({ clock, log: silentLog, apiKey: KEY, baseUrl: vendor.baseUrl, ...more });

async function open(more: Partial<DeepgramFluxOptions> = {}) {
  connection ??= await create(more).connect(never);
  const log = new SttLog();
  const recogniser = connection.openRecogniser({ id: '1', name: '!' }, log.listener);
  return { log, recogniser };
}

const types = (log: SttLog) => log.events.map(({ type }) => type).filter((type) => type !== 'interim');

describe('Flux', () => {
  let own: FluxVendor;
  beforeAll(async () => {
    own = await FluxVendor.listen({ apiKey: KEY });
  });
  afterAll(async () => {
    await own.close();
  });

  sttConforms('Flux', () => ({
    create: () =>
      createDeepgramFlux({ clock: systemClock, log: silentLog, apiKey: KEY, baseUrl: own.baseUrl }),
    first: { pcm: toneSpeech('tell', 'me', 'a', 'joke'), words: 'tell me a joke' },
    second: { pcm: toneSpeech('what', 'time', 'is', 'it'), words: 'what time is it' },
  }));
});

networkSttConforms('Flux', {
  start: (at, refuses) => {
    const refuse = () => {
      const status = refuses();
      return status === null ? {} : { refuse: { status, body: { err_msg: `No, ${KEY}` } } };
    };
    return FluxVendor.listen({ apiKey: KEY, clock: at, script: refuse });
  },
  create: createDeepgramFlux,
});

describe('A session of Flux', () => {
  it('is opened at join, with the settings in its address and the key in a header', async () => {
    await open({ names: () => ['Parley', 'general'] });
    const { url, headers } = vendor.sessions[0]!;
    expect(url.pathname).toBe('/v2/listen');
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      ...{ model: 'flux-general-en', encoding: 'linear16', sample_rate: '16000' },
      ...{ eot_threshold: '0.7', eager_eot_threshold: '0.4', eot_timeout_ms: '5000' },
    });
    expect(url.searchParams.has('language_hint')).toBe(false);
    expect(headers.authorization).toBe(`Token ${KEY}`);
    expect(String(url)).not.toContain(KEY);
  });

  it('is of the model of several languages for another one than English', async () => {
    await open({ language: 'de-AT' });
    const { searchParams } = vendor.sessions[0]!.url;
    expect(searchParams.get('model')).toBe('flux-general-multi');
    expect(searchParams.getAll('language_hint')).toEqual(['de']);
  });

  it.each([
    [{ model: 'flux-general-multi' }, []],
    [{ model: 'flux-general-multi', language: 'en-GB' }, ['en']],
    [{ language: 'en-GB' }, []],
  ])('hints at a language that was given, to a model that takes it: %j', async (more, hints) => {
    await open(more);
    expect(vendor.sessions[0]!.url.searchParams.getAll('language_hint')).toEqual(hints);
  });

  it('listens for the agent and the channel, and for no more names than the vendor takes', async () => {
    const room = { listenFor: () => ['🎲 board games'], isHeard: () => true };
    connection = await create({ names: () => ['Parley'] }).connect(never, room);
    for (let i = 0; i < 60; i++)
      connection.openRecogniser({ id: `${i}`, name: `Владимир Константинов ${i}` }, () => undefined).close();
    const { log, recogniser } = await open();
    recogniser.write(toneSpeech('one'));
    expect(await log.final(recogniser.commit())).toMatchObject({ text: 'one' });
    await vendor.until(() => vendor.sessions.length >= 2);
    const terms = vendor.sessions.at(-1)!.url.searchParams.getAll('keyterm');
    expect(terms.slice(0, 3)).toEqual(['Parley', 'board games', 'Владимир Константинов 59']);
    expect(terms.length).toBeGreaterThan(5);
  });

  it('is not asked for another language of the model that hears English', () => {
    expect(() => create({ model: 'flux-general-en', language: 'de' })).toThrow(
      expect.objectContaining({
        code: 'STT_LANGUAGE',
        remedy: expect.stringContaining('flux-general-multi'),
      }),
    );
  });

  it.each([
    [undefined, 'Deepgram, in the USA'],
    ['https://api.deepgram.com', 'Deepgram, in the USA'],
    ['https://api.eu.deepgram.com', 'Deepgram, in the European Union'],
    ['http://ears.lan:8080', 'Deepgram, through ears.lan:8080'],
  ])('says where %s is', (baseUrl, place) => {
    const at = baseUrl === undefined ? {} : { baseUrl };
    expect(createDeepgramFlux({ clock, log: silentLog, apiKey: KEY, ...at }).place).toBe(place);
  });

  it('is kept alive by silence, and closed in order', async () => {
    await open();
    const [session] = vendor.sessions;
    await clock.skip(5_000);
    for (let i = 1; i <= 20; i++) {
      await vendor.until(() => session!.heardS >= i * 0.02);
      await clock.skip(4_000);
    }
    expect(vendor.handshakes).toBe(1);
    expect(session!.heardS).toBeLessThan(1);
    await connection!.close();
    await vendor.until(() => vendor.open === 0);
    expect(vendor.sessions[0]!.controls).toEqual(['CloseStream']);
  });
});

describe('Turns of Flux', () => {
  it('are guessed early, taken up again, guessed again, and ended as guessed', async () => {
    const { log, recogniser } = await open();
    recogniser.write(toneSpeech('tell', 'me'));
    recogniser.write(silence(320));
    await log.count('eagerEndOfTurn', 1);
    recogniser.write(toneSpeech('a', 'joke'));
    recogniser.write(silence(640));
    await log.count('eagerEndOfTurn', 3);
    expect(await log.final(recogniser.commit())).toMatchObject({ text: 'tell me a joke', understood: true });
    expect(types(log)).toEqual([
      'eagerEndOfTurn',
      'turnResumed',
      'eagerEndOfTurn',
      'eagerEndOfTurn',
      'final',
    ]);
    const eager = log.events.filter((event) => event.type === 'eagerEndOfTurn');
    expect(eager.map(({ text }) => text)).toEqual(['tell me', 'tell me a joke', 'tell me a joke']);
    // The model had ended it: nothing was left to be forced.
    expect(vendor.busiest.controls).toEqual([]);
  });

  it('are ended by a commit that comes earlier', async () => {
    const { log, recogniser } = await open();
    recogniser.write(toneSpeech('tell', 'me', 'a', 'joke'));
    recogniser.write(silence(240));
    await log.interim(({ text }) => text === 'tell me a joke');
    expect(await log.final(recogniser.commit())).toMatchObject({ text: 'tell me a joke' });
    expect(vendor.busiest.controls).toEqual(['ForceEndTurn']);
    expect(log.finals).toHaveLength(1);
  });

  it('that it ends by itself are kept for the commit, each once', async () => {
    const { log, recogniser } = await open();
    recogniser.write(toneSpeech('one', 'two'));
    recogniser.write(silence(800));
    await log.count('eagerEndOfTurn', 2);
    recogniser.write(toneSpeech('three'));
    recogniser.write(silence(800));
    await log.count('eagerEndOfTurn', 4);
    recogniser.write(toneSpeech('four', 'five'));
    await log.interim(({ text }) => text === 'one two three four five');
    expect(await log.final(recogniser.commit())).toMatchObject({ text: 'one two three four five' });
    expect(log.finals).toHaveLength(1);
    expect(types(log).filter((type) => type === 'turnResumed')).toHaveLength(2);
    recogniser.write(toneSpeech('six'));
    expect(await log.final(recogniser.commit())).toMatchObject({ text: 'six' });
  });

  it('are whole although the vendor hears later than we commit', async () => {
    script = () => ({ lagMs: 150 });
    const { log, recogniser } = await open();
    recogniser.write(toneSpeech('tell', 'me'));
    await clock.skip(160);
    recogniser.write(toneSpeech('a', 'joke'));
    const id = recogniser.commit();
    for (let i = 0; i < 40 && log.finals.length === 0; i++) await clock.skip(20);
    expect(await log.final(id)).toMatchObject({ text: 'tell me a joke' });
  });

  it('are told apart however much silence of ours lies between them', async () => {
    const { log, recogniser } = await open();
    for (const word of ['one', 'two', 'three', 'four', 'five', 'six'] as const) {
      recogniser.write(toneSpeech(word, word));
      expect(await log.final(recogniser.commit())).toMatchObject({ text: `${word} ${word}` });
      await clock.skip(word === 'three' ? 30_000 : 100);
    }
  });

  it('that it ends before it has heard all are not the whole answer', async () => {
    script = () => ({ lagMs: 100 });
    const { log, recogniser } = await open();
    recogniser.write(toneSpeech('one', 'two'));
    recogniser.write(silence(800));
    recogniser.write(toneSpeech('three'));
    const id = recogniser.commit();
    await vendor.until(() => vendor.sessions.length > 0);
    for (let i = 0; i < 20 && log.finals.length === 0; i++) await clock.skip(20);
    expect(await log.final(id)).toMatchObject({ text: 'one two three' });
  });

  it('that are over are not heard again when the connection is lost', async () => {
    const { log, recogniser } = await open();
    recogniser.write(toneSpeech('one', 'two'));
    recogniser.write(silence(800));
    await log.count('eagerEndOfTurn', 2);
    vendor.cut();
    recogniser.write(toneSpeech('three'));
    expect(await log.final(recogniser.commit())).toMatchObject({ text: 'one two three' });
  });

  it('of which nothing is told are given up', async () => {
    script = () => ({ onlyTurns: true });
    const { log, recogniser } = await open();
    recogniser.write(toneSpeech('one').subarray(0, 640));
    const id = recogniser.commit();
    for (let i = 0; i < 12 && log.events.length === 0; i++) await clock.skip(100);
    expect(await log.final(id)).toMatchObject({ text: '', understood: false });
  });

  it('that were not, are answered without words', async () => {
    const { log, recogniser } = await open();
    recogniser.write(silence(300));
    expect(await log.final(recogniser.commit())).toMatchObject({ text: '', understood: false });
    // A noise that is no word.
    recogniser.write(toneSpeech('one').subarray(0, 640));
    const id = recogniser.commit();
    for (let i = 0; i < 12; i++) await clock.skip(100);
    expect(await log.final(id)).toMatchObject({ text: '', understood: false });
    expect(vendor.handshakes).toBeLessThanOrEqual(3);
  });

  it('get the silence that Discord does not send', async () => {
    const { log, recogniser } = await open();
    recogniser.write(toneSpeech('tell', 'me'));
    await log.interim(({ text }) => text === 'tell me');
    for (let i = 0; i < 12; i++) await clock.skip(100);
    await log.count('eagerEndOfTurn', 1);
    expect(await log.final(recogniser.commit())).toMatchObject({ text: 'tell me' });
  });

  it('that end by the clock are like the others', async () => {
    script = () => ({ eagerAfterMs: null, endAfterMs: null, chatter: true });
    const { log, recogniser } = await open();
    recogniser.write(toneSpeech('tell', 'me'));
    await log.interim(({ text }) => text === 'tell me');
    vendor.busiest.endTurn('timeout');
    recogniser.write(toneSpeech('a', 'joke'));
    await log.interim(({ text }) => text === 'tell me a joke');
    expect(await log.final(recogniser.commit())).toMatchObject({ text: 'tell me a joke' });
  });

  it('that cannot be forced are late', async () => {
    script = () => ({ deafToForce: true, eagerAfterMs: null, endAfterMs: null });
    const { log, recogniser } = await open();
    recogniser.write(toneSpeech('tell', 'me'));
    await log.interim(({ text }) => text === 'tell me');
    recogniser.commit();
    await clock.skip(2_500);
    expect(await log.failure()).toMatchObject({ code: 'STT_LATE', retryable: true });
  });
});

describe('Flux that fails', () => {
  it.each([
    ['UNPARSABLE_CLIENT_MESSAGE', 'STT_BAD_REQUEST'],
    ['DATA-0000', 'STT_BAD_REQUEST'],
  ])('with %s tells the speaker so', async (type, code) => {
    const { log, recogniser } = await open();
    recogniser.write(toneSpeech('tell', 'me'));
    await log.interim(({ text }) => text === 'tell me');
    vendor.busiest.fail(type);
    expect(await log.failure()).toMatchObject({ code, remedy: expect.stringMatching(/./) });
  });

  it.each(['INTERNAL_SERVER_ERROR', 'NET-0000'])('with %s is asked once more', async (type) => {
    const { log, recogniser } = await open();
    recogniser.write(toneSpeech('tell', 'me'));
    await log.interim(({ text }) => text === 'tell me');
    vendor.busiest.fail(type);
    recogniser.write(toneSpeech('a', 'joke'));
    expect(await log.final(recogniser.commit())).toMatchObject({ text: 'tell me a joke' });
  });

  it('before it begins, does not connect', async () => {
    script = () => ({ errorAtStart: { code: 'INTERNAL_SERVER_ERROR', description: `Not now, ${KEY}` } });
    const error = await create()
      .connect(never)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'ParleyError', code: 'STT_FAILED', retryable: true });
    expect(String(error)).not.toContain(KEY);
  });

  it('to answer at all, is given up', async () => {
    script = () => ({ startDelayMs: 60_000 });
    const failed = expect(create().connect(never)).rejects.toMatchObject({
      code: 'STT_TIMEOUT',
      retryable: true,
    });
    await vendor.until(() => vendor.sessions.length === 1);
    await clock.skip(5_000);
    await failed;
  });

  it('is found out by looking', async () => {
    expect((await create().probe(never)).found).toContain('flux-general-en');
    await expect(create({ apiKey: 'wrong-key-1' }).probe(never)).rejects.toMatchObject({ code: 'STT_KEY' });
    await expect(create({ model: 'flux-capacitor' }).probe(never)).rejects.toMatchObject({
      ...{ code: 'STT_MODEL', remedy: expect.stringContaining('STT_LANGUAGE') },
    });
    await expect(create({ baseUrl: 'nowhere' }).probe(never)).rejects.toMatchObject({ code: 'STT_ADDRESS' });
    await vendor.until(() => vendor.open === 0);
  });
});
