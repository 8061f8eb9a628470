import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ParleyError } from '../../../src/base/errors.ts';
import { silentLog } from '../../../src/base/log.ts';
import {
  createElevenLabsScribe,
  type ElevenLabsScribeOptions,
} from '../../../src/providers/stt/elevenlabs-scribe.ts';
import type { SttConnection } from '../../../src/providers/stt/stt.ts';
import { SkippingClock } from '../../support/skipping-clock.ts';
import { silence } from '../../support/tone.ts';
import { type ScribeScript, ScribeVendor } from '../../support/vendors/elevenlabs-scribe.ts';
import { toneSpeech } from '../../support/vendors/tone-speech.ts';
import { NETWORK_KEY, networkSttConforms } from '../conformance/network-stt.ts';
import { sttConforms } from '../conformance/stt.ts';
import { SttLog } from '../support/events.ts';

const KEY = NETWORK_KEY;
// Names that are nothing to listen for, so that no session is exchanged for one that knows them.
const ANN = { id: '1', name: '!' };
const BEN = { id: '2', name: '?' };
const _BEN = { id: '2', name: 'Ben' };
const never = new AbortController().signal;

let clock: SkippingClock;
let vendor: ScribeVendor;
let connection: SttConnection | null;
let script: (index: number) => ScribeScript;

beforeEach(async () => {
  clock = new SkippingClock();
  script = () => ({});
  connection = null;
  vendor = await ScribeVendor.listen({ apiKey: KEY, clock, script: (index) => script(index) });
});

afterEach(async () => {
  await connection?.close();
  await vendor.close();
  expect(clock.pending).toBe(0);
});

const create = (more: Partial<ElevenLabsScribeOptions> = {}) =>
  createElevenLabsScribe({ clock, log: silentLog, apiKey: KEY, baseUrl: vendor.baseUrl, ...more });

async function connect(more: Partial<ElevenLabsScribeOptions> = {}): Promise<SttConnection> {
  connection = await create(more).connect(never);
  return connection;
}

async function open(more: Partial<ElevenLabsScribeOptions> = {}, speaker = ANN) {
  const log = new SttLog();
  const recogniser = (connection ?? (await connect(more))).openRecogniser(speaker, log.listener);
  return { log, recogniser };
}

describe('Scribe', () => {
  let own: ScribeVendor;
  beforeAll(async () => {
    own = await ScribeVendor.listen({ apiKey: KEY });
  });
  afterAll(async () => {
    await own.close();
  });

  sttConforms('Scribe', () => ({
    create: () =>
      createElevenLabsScribe({
        clock: new SkippingClock(),
        log: silentLog,
        apiKey: KEY,
        baseUrl: own.baseUrl,
      }),
    first: { pcm: toneSpeech('tell', 'me', 'a', 'joke'), words: 'tell me a joke' },
    second: { pcm: toneSpeech('what', 'time', 'is', 'it'), words: 'what time is it' },
  }));
});

networkSttConforms('Scribe', {
  start: (at, refuses) => {
    const refuse = () => {
      const status = refuses();
      return status === null ? {} : { refuse: { status, body: { detail: { message: `No, ${KEY}` } } } };
    };
    return ScribeVendor.listen({ apiKey: KEY, clock: at, script: refuse });
  },
  create: createElevenLabsScribe,
});

describe('A session of Scribe', () => {
  it('is opened at join, with the settings in its address and the key in a header', async () => {
    await connect({ language: 'en-GB', names: () => ['Parley', 'general'] });
    const [session] = vendor.sessions;
    expect(Object.fromEntries(session!.url.searchParams)).toMatchObject({
      ...{
        model_id: 'scribe_v2_realtime',
        audio_format: 'pcm_16000',
        commit_strategy: 'manual',
        language_code: 'en',
      },
    });
    expect(session!.url.searchParams.getAll('keyterms')).toEqual(['general', 'Parley']);
    expect(session!.headers['xi-api-key']).toBe(KEY);
    expect(String(session!.url)).not.toContain(KEY);
  });

  it('of the first words is the one that is open already; another one takes its place', async () => {
    const { log, recogniser } = await open();
    recogniser.write(toneSpeech('tell', 'me', 'a', 'joke'));
    await log.final(recogniser.commit());
    expect(vendor.sessions[0]!.commits).toBe(1);
    await vendor.until(() => vendor.sessions.length === 2);
    expect(vendor.sessions[1]!.audioMs).toBe(0);
  });

  it('is kept alive while nobody talks', async () => {
    await connect();
    await clock.skip(120_000);
    expect(vendor.handshakes).toBe(1);
    expect(vendor.open).toBe(1);
    expect(vendor.sessions[0]!.audioMs).toBeLessThan(1_000);
  });

  it('is replaced, kept or in use, before the vendor ends it', async () => {
    const { log, recogniser } = await open();
    recogniser.write(toneSpeech('one'));
    await log.final(recogniser.commit());
    await vendor.until(() => vendor.sessions.length === 2);
    for (let i = 0; i < 7; i++) {
      await clock.skip(50_000);
      recogniser.write(toneSpeech('two'));
      await log.final(recogniser.commit());
    }
    expect(log.finals.map(({ text }) => text)).toEqual(['one', ...Array(7).fill('two')]);
    await vendor.until(() => vendor.sessions[0]!.closed && vendor.sessions[1]!.closed && vendor.open === 2);
  });

  it('is let go after a minute of silence, and another one is there for the next words', async () => {
    const { log, recogniser } = await open();
    recogniser.write(toneSpeech('one', 'two'));
    await log.final(recogniser.commit());
    await vendor.until(() => vendor.sessions.length === 2);
    await clock.skip(61_000);
    await vendor.until(() => vendor.open === 1);
    recogniser.write(toneSpeech('three', 'four'));
    expect(await log.final(recogniser.commit())).toMatchObject({ text: 'three four' });
  });

  it('listens for the names of those who are there', async () => {
    await connect({ names: () => ['Parley'] });
    const ann = await open({}, { id: '1', name: '✨ Annabelle von Hohenzollern-Sigmaringen ✨' });
    ann.recogniser.write(toneSpeech('one'));
    await ann.log.final(ann.recogniser.commit());
    await vendor.until(() => vendor.sessions.length === 2);
    const terms = () => vendor.sessions.at(-1)!.url.searchParams.getAll('keyterms');
    expect(terms()).toEqual(['Parley', 'Annabelle von']);
    await vendor.until(() => vendor.sessions[1]!.messages >= 0);
    // Her own session was open before she was known; it is exchanged when she goes on.
    ann.recogniser.write(toneSpeech('two'));
    expect(await ann.log.final(ann.recogniser.commit())).toMatchObject({ text: 'two' });
  });

  it('is not had by more speakers than are allowed, and by the next once one has left', async () => {
    const ann = await open({ maxSessions: 1 });
    ann.recogniser.write(toneSpeech('one'));
    await ann.log.final(ann.recogniser.commit());
    const ben = await open({}, BEN);
    ben.recogniser.write(toneSpeech('two'));
    expect(await ben.log.failure()).toMatchObject({ code: 'STT_TOO_MANY_SPEAKERS', retryable: true });
    ben.recogniser.close();
    ann.recogniser.close();
    const again = await open({}, BEN);
    again.recogniser.write(toneSpeech('two'));
    expect(await again.log.final(again.recogniser.commit())).toMatchObject({ text: 'two' });
  });
});

describe('What Scribe hears', () => {
  it('is told as it is, when partials shrink or change', async () => {
    script = () => ({ partials: ['told', 'tell me', 'tell', 'tell me a'] });
    const { log, recogniser } = await open();
    for (const word of ['tell', 'me', 'a', 'joke'] as const) recogniser.write(toneSpeech(word));
    await log.interim(({ text }) => text === 'tell me a');
    expect(log.interims.slice(0, 4)).toEqual(['told', 'tell me', 'tell', 'tell me a']);
    expect(await log.final(recogniser.commit())).toMatchObject({ text: 'tell me a joke' });
  });

  it.each(['after', 'before'] as const)(
    'counts once when each commit is told twice, with times %s',
    async (twins) => {
      script = () => ({ twins, chatter: true });
      const { log, recogniser } = await open();
      for (let i = 0; i < 4; i++) {
        recogniser.write(toneSpeech('tell', 'me'));
        const last = recogniser.commit();
        if (i % 2 === 0) await log.final(last);
      }
      recogniser.write(toneSpeech('a', 'joke'));
      expect(await log.final(recogniser.commit())).toMatchObject({ text: 'a joke' });
      expect(log.finals.map(({ text }) => text)).toEqual([
        'tell me',
        'tell me',
        'tell me',
        'tell me',
        'a joke',
      ]);
    },
  );

  it('includes the silence that Discord does not send, for a while and until the commit', async () => {
    const { log, recogniser } = await open();
    recogniser.write(toneSpeech('tell', 'me'));
    await log.interim(({ text }) => text === 'tell me');
    await clock.skip(1_050);
    await vendor.until(() => vendor.busiest.uncommittedMs >= 320 + 1_000);
    await clock.skip(8_000);
    await clock.skip(1);
    expect(vendor.busiest.uncommittedMs).toBeLessThanOrEqual(320 + 3_100);
    await log.final(recogniser.commit());
    await clock.skip(5_000);
    expect(vendor.busiest.uncommittedMs).toBe(0);
  });

  it('is never too short to be committed', async () => {
    const { log, recogniser } = await open();
    recogniser.write(toneSpeech('one'));
    expect(await log.final(recogniser.commit())).toMatchObject({ text: 'one', understood: true });
    recogniser.write(toneSpeech('two').subarray(0, 1_600));
    expect(await log.final(recogniser.commit())).toMatchObject({ text: 'two' });
  });

  it('loses nothing of a speech of two minutes', async () => {
    const { log, recogniser } = await open();
    const said: string[] = [];
    const commits = () => vendor.sessions.reduce((sum, session) => sum + session.commits, 0);
    for (let second = 0; second < 120; second++) {
      const word = (['one', 'two', 'three', 'four', 'five'] as const)[second % 5]!;
      said.push(word, word);
      const speech = toneSpeech(word, word);
      for (let at = 0; at < speech.length; at += 320) recogniser.write(speech.subarray(at, at + 320));
      // Not all at pauses.
      const pause = second < 60 ? silence(680) : toneSpeech(word).map((sample) => sample >> 7);
      recogniser.write(pause.subarray(0, 680 * 16));
      await clock.skip(1_000);
    }
    expect(await log.final(recogniser.commit())).toMatchObject({ text: said.join(' ') });
    expect(log.finals).toHaveLength(1);
    expect(log.interims.at(-1)).toContain(said.slice(0, 40).join(' '));
    // Asked in parts: the vendor never had to do it by itself.
    expect(commits()).toBeGreaterThanOrEqual(5);
  });

  it('is kept when the vendor ends a segment by itself', async () => {
    const { log, recogniser } = await open();
    recogniser.write(toneSpeech('tell', 'me'));
    await log.interim(({ text }) => text === 'tell me');
    vendor.busiest.tell(vendor.busiest.takeText());
    recogniser.write(toneSpeech('a', 'joke'));
    await log.interim(({ text }) => text === 'tell me a joke');
    expect(await log.final(recogniser.commit())).toMatchObject({ text: 'tell me a joke' });
  });

  it('is forgotten on reset, with what is told of it later', async () => {
    script = () => ({ finalDelayMs: 30 });
    const { log, recogniser } = await open();
    recogniser.write(toneSpeech('tell', 'me'));
    await log.interim(({ text }) => text === 'tell me');
    recogniser.reset();
    recogniser.write(toneSpeech('a', 'joke'));
    const before = log.interims.length;
    expect(await log.final(recogniser.commit())).toMatchObject({ text: 'a joke' });
    expect(log.interims.slice(before).filter((text) => text.includes('tell'))).toEqual([]);
    expect(log.finals).toHaveLength(1);
  });
});

describe('Scribe without speech', () => {
  it.each(['commit_throttled', 'insufficient_audio_activity'])(
    'says %s, which is an empty final',
    async (type) => {
      for (const hangsUp of [false, true]) {
        script = () => ({
          onCommit: (_, session) => {
            session.fail(type, hangsUp);
            return 'handled';
          },
        });
        const { log, recogniser } = await open();
        await vendor.until(() => vendor.sessions.length > 0);
        recogniser.write(silence(400));
        expect(await log.final(recogniser.commit())).toMatchObject({ text: '', understood: false });
        await clock.skip(5_000);
        expect(log.events).toHaveLength(1);
        recogniser.close();
      }
      // One was in use each time, and one was kept for the next: nobody reconnects in a loop.
      expect(vendor.handshakes).toBeLessThanOrEqual(3);
    },
  );

  it('hangs up on the idle, and hears their next words whole', async () => {
    const { log, recogniser } = await open();
    recogniser.write(toneSpeech('one'));
    await log.final(recogniser.commit());
    await vendor.until(() => vendor.sessions.length === 2);
    for (const session of vendor.sessions) session.fail('insufficient_audio_activity');
    await vendor.until(() => vendor.open === 0);
    recogniser.write(toneSpeech('tell', 'me', 'a', 'joke'));
    expect(await log.final(recogniser.commit())).toMatchObject({ text: 'tell me a joke' });
    expect(log.events.filter(({ type }) => type === 'error')).toEqual([]);
  });
});

const FATAL = {
  auth_error: 'STT_KEY',
  quota_exceeded: 'STT_QUOTA',
  unaccepted_terms: 'STT_TERMS',
  rate_limited: 'STT_BUSY',
  queue_overflow: 'STT_BUSY',
  input_error: 'STT_BAD_REQUEST',
  chunk_size_exceeded: 'STT_BAD_REQUEST',
  invalid_request: 'STT_BAD_REQUEST',
} as const;
const PASSING = {
  resource_exhausted: 'STT_BUSY',
  transcriber_error: 'STT_FAILED',
  error: 'STT_FAILED',
  brand_new_error: 'STT_FAILED',
  session_time_limit_exceeded: 'STT_SESSION_OVER',
} as const;

describe('Scribe that fails', () => {
  it.each(Object.entries(FATAL))('with %s tells the speaker so', async (type, code) => {
    const { log, recogniser } = await open();
    recogniser.write(toneSpeech('tell', 'me'));
    await log.interim(({ text }) => text === 'tell me');
    vendor.busiest.fail(type);
    expect(await log.failure()).toMatchObject({
      name: 'ParleyError',
      code,
      remedy: expect.stringMatching(/./),
    });
    recogniser.commit();
    await Promise.resolve();
    expect(log.events.filter((event) => event.type === 'error')).toHaveLength(2);
  });

  it.each(Object.entries(PASSING))('with %s is asked once more, in another session', async (type, code) => {
    const { log, recogniser } = await open();
    recogniser.write(toneSpeech('tell', 'me'));
    await log.interim(({ text }) => text === 'tell me');
    vendor.busiest.fail(type);
    recogniser.write(toneSpeech('a', 'joke'));
    expect(await log.final(recogniser.commit())).toMatchObject({ text: 'tell me a joke' });
    // And no more than once.
    script = () => ({
      onCommit: (_, session) => {
        session.fail(type);
        return 'handled';
      },
    });
    await vendor.until(() => vendor.sessions.length === 3);
    for (const session of vendor.sessions) session.hangUp();
    await vendor.until(() => vendor.open === 0);
    recogniser.write(toneSpeech('one'));
    recogniser.commit();
    expect(await log.failure()).toMatchObject({ code, retryable: true });
    expect(vendor.handshakes).toBeLessThanOrEqual(7);
  });

  it.each([
    ['before the session begins', { errorAtStart: 'auth_error' }, 'STT_KEY'],
    [
      'in the handshake: 401',
      { refuse: { status: 401, body: { detail: { message: `No ${KEY}` } } } },
      'STT_KEY',
    ],
    ['in the handshake: 402', { refuse: { status: 402 } }, 'STT_QUOTA'],
    ['in the handshake: 404', { refuse: { status: 404, body: { detail: 'Not Found' } } }, 'STT_MODEL'],
    ['in the handshake: 422', { refuse: { status: 422 } }, 'STT_FAILED'],
    ['in the handshake: 429', { refuse: { status: 429, headers: { 'retry-after': '3' } } }, 'STT_BUSY'],
    ['in the handshake: 503', { refuse: { status: 503 } }, 'STT_BUSY'],
  ] as const)('%s, does not connect', async (_, how, code) => {
    script = () => how;
    const error = await create()
      .connect(never)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ParleyError);
    expect(error).toMatchObject({ code, remedy: expect.stringMatching(/./) });
    expect(String(error) + String((error as Error).cause)).not.toContain(KEY);
    await vendor.until(() => vendor.open === 0);
  });

  it.each([{ refuse: 'hangs' }, { startDelayMs: 60_000 }] as const)(
    'to answer at all, is given up: %j',
    async (how) => {
      script = () => how;
      const connecting = create().connect(never);
      const failed = expect(connecting).rejects.toMatchObject({ name: 'ParleyError', retryable: true });
      await vendor.until(() => vendor.handshakes === 1);
      await clock.skip(5_000);
      await failed;
    },
  );

  it('to take one more session, hears those it has, and the others once there is room', async () => {
    const ann = await open();
    script = () => ({ refuse: { status: 429 } });
    ann.recogniser.write(toneSpeech('one'));
    expect(await ann.log.final(ann.recogniser.commit())).toMatchObject({ text: 'one' });
    const ben = await open({}, BEN);
    ben.recogniser.write(toneSpeech('two'));
    expect(await ben.log.failure()).toMatchObject({ code: 'STT_BUSY', retryable: true });
    ben.recogniser.close();
    const asked = vendor.handshakes;
    await clock.skip(20_000);
    // Ever less often.
    expect(vendor.handshakes - asked).toBeLessThanOrEqual(5);
    script = () => ({});
    const again = await open({}, BEN);
    connection!.warm();
    again.recogniser.write(toneSpeech('two'));
    expect(await again.log.final(again.recogniser.commit())).toMatchObject({ text: 'two' });
  });

  it('to answer a commit, is late', async () => {
    script = () => ({ onCommit: () => 'nothing' });
    const { log, recogniser } = await open();
    recogniser.write(toneSpeech('one'));
    await vendor.until(() => vendor.busiest.audioMs > 0);
    await clock.skip(500);
    recogniser.commit();
    await clock.skip(1_400);
    expect(log.events.filter(({ type }) => type === 'error')).toEqual([]);
    await clock.skip(400);
    expect(await log.failure()).toMatchObject({ code: 'STT_LATE', retryable: true });
  });

  it('to let words be forgotten, does not hear the next ones late', async () => {
    script = (index) => (index === 0 ? { onCommit: () => 'nothing' } : {});
    const { log, recogniser } = await open();
    recogniser.write(toneSpeech('one'));
    await log.interim(({ text }) => text === 'one');
    recogniser.reset();
    await clock.skip(2_000);
    recogniser.write(toneSpeech('two'));
    expect(await log.final(recogniser.commit())).toMatchObject({ text: 'two' });
  });

  it('to open in time, hears what was said meanwhile', async () => {
    script = (index) => (index === 0 ? {} : { startDelayMs: 400 });
    const { log, recogniser } = await open();
    for (const session of vendor.sessions) session.hangUp();
    await vendor.until(() => vendor.open === 0);
    recogniser.write(toneSpeech('tell', 'me'));
    await vendor.until(() => vendor.sessions.length === 2);
    recogniser.write(toneSpeech('a', 'joke'));
    const id = recogniser.commit();
    await clock.skip(400);
    expect(await log.final(id)).toMatchObject({ text: 'tell me a joke' });
  });
});

describe('Looking whether Scribe can be used', () => {
  it('opens one session and closes it', async () => {
    const result = await create().probe(never);
    expect(result.found).toContain('scribe_v2_realtime');
    await vendor.until(() => vendor.open === 0);
    expect(vendor.handshakes).toBe(1);
  });

  it.each([
    ['a wrong key', { apiKey: 'xi-wrong-key-000' }, 'STT_KEY'],
    ['a key that is none', { apiKey: 'two\nlines' }, 'STT_KEY'],
    ['an unknown model', { model: 'scribe_v9' }, 'STT_BAD_REQUEST'],
    ['no address', { baseUrl: 'elevenlabs' }, 'STT_ADDRESS'],
    ['nobody there', { baseUrl: 'http://127.0.0.1:1' }, 'STT_UNREACHABLE'],
  ] as const)('tells %s', async (_, how, code) => {
    const error = await create(how)
      .probe(never)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'ParleyError', code, remedy: expect.stringMatching(/./) });
    expect(String(error)).not.toContain('xi-wrong-key-000');
  });

  it('ends when nobody wants to know any more', async () => {
    script = () => ({ refuse: 'hangs' });
    const abort = new AbortController();
    const probing = create().probe(abort.signal);
    const reason = new Error('never mind');
    const ended = expect(probing).rejects.toBe(reason);
    await vendor.until(() => vendor.handshakes === 1);
    abort.abort(reason);
    await ended;
    await vendor.until(() => vendor.open === 0);
  });
});
