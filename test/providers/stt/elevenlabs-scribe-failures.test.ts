import { describe, expect, it } from 'vitest';
import { ParleyError } from '../../../src/base/errors.ts';
import { silence } from '../../support/tone.ts';
import { toneSpeech } from '../../support/vendors/tone-speech.ts';
import { BEN, never, ScribeRig } from '../support/scribe-rig.ts';

const KEY = 'xi-secret-0123456789abcdef';
const rig = new ScribeRig(KEY);

describe('Scribe without speech', () => {
  it.each(['commit_throttled', 'insufficient_audio_activity'])(
    'says %s, which is an empty final',
    async (type) => {
      for (const hangsUp of [false, true]) {
        rig.script = () => ({
          onCommit: (_, session) => {
            session.fail(type, hangsUp);
            return 'handled';
          },
        });
        const { log, recogniser } = await rig.open();
        await rig.vendor.until(() => rig.vendor.sessions.length > 0);
        recogniser.write(silence(400));
        expect(await log.final(recogniser.commit())).toMatchObject({ text: '', understood: false });
        await rig.clock.skip(5_000);
        expect(log.events).toHaveLength(1);
        recogniser.close();
      }
      // One was in use each time, and one was kept for the next: nobody reconnects in a loop.
      expect(rig.vendor.handshakes).toBeLessThanOrEqual(3);
    },
  );

  it('hangs up on the idle, and hears their next words whole', async () => {
    const { log, recogniser } = await rig.open();
    recogniser.write(toneSpeech('one'));
    await log.final(recogniser.commit());
    await rig.vendor.until(() => rig.vendor.sessions.length === 2);
    for (const session of rig.vendor.sessions) session.fail('insufficient_audio_activity');
    await rig.vendor.until(() => rig.vendor.open === 0);
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
    const { log, recogniser } = await rig.open();
    recogniser.write(toneSpeech('tell', 'me'));
    await log.interim(({ text }) => text === 'tell me');
    rig.vendor.busiest.fail(type);
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
    const { log, recogniser } = await rig.open();
    recogniser.write(toneSpeech('tell', 'me'));
    await log.interim(({ text }) => text === 'tell me');
    rig.vendor.busiest.fail(type);
    recogniser.write(toneSpeech('a', 'joke'));
    expect(await log.final(recogniser.commit())).toMatchObject({ text: 'tell me a joke' });
    // And no more than once.
    rig.script = () => ({
      onCommit: (_, session) => {
        session.fail(type);
        return 'handled';
      },
    });
    await rig.vendor.until(() => rig.vendor.sessions.length === 3);
    for (const session of rig.vendor.sessions) session.hangUp();
    await rig.vendor.until(() => rig.vendor.open === 0);
    recogniser.write(toneSpeech('one'));
    recogniser.commit();
    expect(await log.failure()).toMatchObject({ code, retryable: true });
    expect(rig.vendor.handshakes).toBeLessThanOrEqual(7);
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
    rig.script = () => how;
    const error = await rig
      .create()
      .connect(never)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ParleyError);
    expect(error).toMatchObject({ code, remedy: expect.stringMatching(/./) });
    expect(String(error) + String((error as Error).cause)).not.toContain(KEY);
    await rig.vendor.until(() => rig.vendor.open === 0);
  });

  it.each([{ refuse: 'hangs' }, { startDelayMs: 60_000 }] as const)(
    'to answer at all, is given up: %j',
    async (how) => {
      rig.script = () => how;
      const connecting = rig.create().connect(never);
      const failed = expect(connecting).rejects.toMatchObject({ name: 'ParleyError', retryable: true });
      await rig.vendor.until(() => rig.vendor.handshakes === 1);
      await rig.clock.skip(5_000);
      await failed;
    },
  );

  it('to take one more session, hears those it has, and the others once there is room', async () => {
    const ann = await rig.open();
    rig.script = () => ({ refuse: { status: 429 } });
    ann.recogniser.write(toneSpeech('one'));
    expect(await ann.log.final(ann.recogniser.commit())).toMatchObject({ text: 'one' });
    const ben = await rig.open({}, BEN);
    ben.recogniser.write(toneSpeech('two'));
    expect(await ben.log.failure()).toMatchObject({ code: 'STT_BUSY', retryable: true });
    ben.recogniser.close();
    const asked = rig.vendor.handshakes;
    await rig.clock.skip(20_000);
    // Ever less often.
    expect(rig.vendor.handshakes - asked).toBeLessThanOrEqual(5);
    rig.script = () => ({});
    const again = await rig.open({}, BEN);
    rig.connection!.warm();
    again.recogniser.write(toneSpeech('two'));
    expect(await again.log.final(again.recogniser.commit())).toMatchObject({ text: 'two' });
  });

  it('to answer a commit, is late', async () => {
    rig.script = () => ({ onCommit: () => 'nothing' });
    const { log, recogniser } = await rig.open();
    recogniser.write(toneSpeech('one'));
    await rig.vendor.until(() => rig.vendor.busiest.audioMs > 0);
    await rig.clock.skip(500);
    recogniser.commit();
    await rig.clock.skip(1_400);
    expect(log.events.filter(({ type }) => type === 'error')).toEqual([]);
    await rig.clock.skip(400);
    expect(await log.failure()).toMatchObject({ code: 'STT_LATE', retryable: true });
    // Its session is given up at once.
    await rig.vendor.until(() => rig.vendor.sessions[0]!.closed);
  });

  it('to let words be forgotten, does not hear the next ones late', async () => {
    rig.script = (index) => (index === 0 ? { onCommit: () => 'nothing' } : {});
    const { log, recogniser } = await rig.open();
    recogniser.write(toneSpeech('one'));
    await log.interim(({ text }) => text === 'one');
    recogniser.reset();
    await rig.clock.skip(2_000);
    recogniser.write(toneSpeech('two'));
    expect(await log.final(recogniser.commit())).toMatchObject({ text: 'two' });
  });

  it('to open in time, hears what was said meanwhile', async () => {
    rig.script = (index) => (index === 0 ? {} : { startDelayMs: 400 });
    const { log, recogniser } = await rig.open();
    for (const session of rig.vendor.sessions) session.hangUp();
    await rig.vendor.until(() => rig.vendor.open === 0);
    recogniser.write(toneSpeech('tell', 'me'));
    await rig.vendor.until(() => rig.vendor.sessions.length === 2);
    recogniser.write(toneSpeech('a', 'joke'));
    const id = recogniser.commit();
    await rig.clock.skip(400);
    expect(await log.final(id)).toMatchObject({ text: 'tell me a joke' });
  });
});

describe('Looking whether Scribe can be used', () => {
  it('opens one session and closes it', async () => {
    const result = await rig.create().probe(never);
    expect(result.found).toContain('scribe_v2_realtime');
    await rig.vendor.until(() => rig.vendor.open === 0);
    expect(rig.vendor.handshakes).toBe(1);
  });

  it.each([
    ['a wrong key', { apiKey: 'xi-wrong-key-000' }, 'STT_KEY'],
    ['a key that is none', { apiKey: 'two\nlines' }, 'STT_KEY'],
    ['an unknown model', { model: 'scribe_v9' }, 'STT_BAD_REQUEST'],
    ['no address', { baseUrl: 'elevenlabs' }, 'STT_ADDRESS'],
    ['nobody there', { baseUrl: 'http://127.0.0.1:1' }, 'STT_UNREACHABLE'],
  ] as const)('tells %s', async (_, how, code) => {
    const error = await rig
      .create(how)
      .probe(never)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'ParleyError', code, remedy: expect.stringMatching(/./) });
    expect(String(error)).not.toContain('xi-wrong-key-000');
  });

  it('ends when nobody wants to know any more', async () => {
    rig.script = () => ({ refuse: 'hangs' });
    const abort = new AbortController();
    const probing = rig.create().probe(abort.signal);
    const reason = new Error('never mind');
    const ended = expect(probing).rejects.toBe(reason);
    await rig.vendor.until(() => rig.vendor.handshakes === 1);
    abort.abort(reason);
    await ended;
    await rig.vendor.until(() => rig.vendor.open === 0);
  });
});
