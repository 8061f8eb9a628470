import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/base/log.ts';
import { createElevenLabsScribe } from '../../../src/providers/stt/elevenlabs-scribe.ts';
import { SkippingClock } from '../../support/skipping-clock.ts';
import { silence } from '../../support/tone.ts';
import { ScribeVendor } from '../../support/vendors/elevenlabs-scribe.ts';
import { toneSpeech } from '../../support/vendors/tone-speech.ts';
import { NETWORK_KEY, networkSttConforms } from '../conformance/network-stt.ts';
import { sttConforms } from '../conformance/stt.ts';
import { BEN, ScribeRig } from '../support/scribe-rig.ts';

const KEY = NETWORK_KEY;

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

const rig = new ScribeRig(KEY);

describe('A session of Scribe', () => {
  it('is opened at join, with the settings in its address and the key in a header', async () => {
    await rig.connect(
      { language: 'en-GB', names: () => ['Parley', 'Jeeves'] },
      { listenFor: () => ['🎮 game-night'] },
    );
    const [session] = rig.vendor.sessions;
    expect(Object.fromEntries(session!.url.searchParams)).toMatchObject({
      ...{
        model_id: 'scribe_v2_realtime',
        audio_format: 'pcm_16000',
        commit_strategy: 'manual',
        language_code: 'en',
      },
    });
    expect(session!.url.searchParams.getAll('keyterms')).toEqual(['Jeeves', 'Parley', 'game-night']);
    expect(session!.headers['xi-api-key']).toBe(KEY);
    expect(String(session!.url)).not.toContain(KEY);
  });

  it('of the first words is the one that is open already; another one takes its place', async () => {
    const { log, recogniser } = await rig.open();
    recogniser.write(toneSpeech('tell', 'me', 'a', 'joke'));
    await log.final(recogniser.commit());
    expect(rig.vendor.sessions[0]!.commits).toBe(1);
    await rig.vendor.until(() => rig.vendor.sessions.length === 2);
    expect(rig.vendor.sessions[1]!.audioMs).toBe(0);
  });

  it('is kept alive while nobody talks', async () => {
    await rig.connect();
    const [session] = rig.vendor.sessions;
    await rig.clock.skip(10_000);
    for (let i = 1; i <= 20; i++) {
      await rig.vendor.until(() => session!.messages >= i);
      await rig.clock.skip(5_000);
    }
    expect(rig.vendor.handshakes).toBe(1);
    expect(rig.vendor.open).toBe(1);
    expect(rig.vendor.sessions[0]!.audioMs).toBeLessThan(1_000);
  });

  it('is replaced, kept or in use, before the rig.vendor ends it', async () => {
    const { log, recogniser } = await rig.open();
    recogniser.write(toneSpeech('one'));
    await log.final(recogniser.commit());
    await rig.vendor.until(() => rig.vendor.sessions.length === 2);
    for (let i = 0; i < 7; i++) {
      await rig.clock.skip(50_000);
      recogniser.write(toneSpeech('two'));
      await log.final(recogniser.commit());
    }
    expect(log.finals.map(({ text }) => text)).toEqual(['one', ...Array(7).fill('two')]);
    await rig.vendor.until(
      () => rig.vendor.sessions[0]!.closed && rig.vendor.sessions[1]!.closed && rig.vendor.open === 2,
    );
  });

  it('is let go after a minute of silence, and another one is there for the next words', async () => {
    const { log, recogniser } = await rig.open();
    recogniser.write(toneSpeech('one', 'two'));
    await log.final(recogniser.commit());
    await rig.vendor.until(() => rig.vendor.sessions.length === 2);
    await rig.clock.skip(61_000);
    await rig.vendor.until(() => rig.vendor.open === 1);
    recogniser.write(toneSpeech('three', 'four'));
    expect(await log.final(recogniser.commit())).toMatchObject({ text: 'three four' });
  });

  it('listens for the names of those who are there', async () => {
    await rig.connect({ names: () => ['Parley'] });
    const ann = await rig.open({}, { id: '1', name: '✨ Annabelle von Hohenzollern-Sigmaringen ✨' });
    ann.recogniser.write(toneSpeech('one'));
    await ann.log.final(ann.recogniser.commit());
    await rig.vendor.until(() => rig.vendor.sessions.length === 2);
    const terms = () => rig.vendor.sessions.at(-1)!.url.searchParams.getAll('keyterms');
    expect(terms()).toEqual(['Parley', 'Annabelle von']);
    await rig.vendor.until(() => rig.vendor.sessions[1]!.messages >= 0);
    // Her own session was open before she was known; it is exchanged when she goes on.
    ann.recogniser.write(toneSpeech('two'));
    expect(await ann.log.final(ann.recogniser.commit())).toMatchObject({ text: 'two' });
  });

  it('tells no session the name of somebody who has left or opted out since', async () => {
    const gone = new Set<string>();
    await rig.connect({ names: () => ['Parley'] }, { isHeard: (id) => !gone.has(id) });
    const ann = await rig.open({}, { id: '1', name: 'Annabelle' });
    ann.recogniser.write(toneSpeech('one'));
    await ann.log.final(ann.recogniser.commit());
    const terms = () => rig.vendor.sessions.at(-1)!.url.searchParams.getAll('keyterms');
    await rig.vendor.until(() => rig.vendor.sessions.length === 2);
    expect(terms()).toEqual(['Parley', 'Annabelle']);
    ann.recogniser.close();
    gone.add('1');
    const ben = await rig.open({}, { id: '2', name: 'Benedict' });
    ben.recogniser.write(toneSpeech('two'));
    await ben.log.final(ben.recogniser.commit());
    await rig.vendor.until(() => rig.vendor.sessions.length === 3);
    expect(terms()).toEqual(['Parley', 'Benedict']);
  });

  it('listens for no more than the vendor takes, and for the agent and the channel in any case', async () => {
    const channel = 'a b c d e f g';
    await rig.connect({ names: () => ['Parley'] }, { listenFor: () => [channel] });
    for (let i = 0; i < 60; i++)
      rig.connection!.openRecogniser({ id: `${i}`, name: `Speaker ${i}` }, () => undefined).close();
    const { log, recogniser } = await rig.open({}, { id: 'x', name: 'Zoe' });
    recogniser.write(toneSpeech('one'));
    expect(await log.final(recogniser.commit())).toMatchObject({ text: 'one' });
    await rig.vendor.until(() => rig.vendor.sessions.length >= 2);
    const terms = rig.vendor.sessions.at(-1)!.url.searchParams.getAll('keyterms');
    expect(terms).toHaveLength(50);
    expect(terms.slice(0, 3)).toEqual(['Parley', 'a b c d e', 'Zoe']);
  });

  it('is not exchanged while it has words that are not answered: they would be sent twice', async () => {
    rig.script = () => ({ finalDelayMs: 1_000 });
    const { log, recogniser } = await rig.open({}, { id: '1', name: 'Annabelle' });
    recogniser.write(toneSpeech('one'));
    const first = recogniser.commit();
    recogniser.write(toneSpeech('two'));
    const second = recogniser.commit();
    const [session] = rig.vendor.sessions;
    await rig.vendor.until(() => session!.commits === 2 && rig.vendor.sessions.length === 2);
    await rig.clock.skip(1_000);
    expect(await log.final(first)).toMatchObject({ text: 'one' });
    expect(await log.final(second)).toMatchObject({ text: 'two' });
    expect(rig.vendor.sessions[1]!.audioMs).toBe(0);
  });

  it('is not had by more speakers than are allowed, and by the next once one has left', async () => {
    const ann = await rig.open({ maxSessions: 1 });
    ann.recogniser.write(toneSpeech('one'));
    await ann.log.final(ann.recogniser.commit());
    const ben = await rig.open({}, BEN);
    ben.recogniser.write(toneSpeech('two'));
    expect(await ben.log.failure()).toMatchObject({ code: 'STT_TOO_MANY_SPEAKERS', retryable: true });
    ben.recogniser.close();
    ann.recogniser.close();
    const again = await rig.open({}, BEN);
    again.recogniser.write(toneSpeech('two'));
    expect(await again.log.final(again.recogniser.commit())).toMatchObject({ text: 'two' });
  });
});

describe('What Scribe hears', () => {
  it('is told before the final that was asked for, unless it may be of later words', async () => {
    rig.script = () => ({ finalDelayMs: 1_000, partials: ['tell', 'a'] });
    const { log, recogniser } = await rig.open();
    recogniser.write(toneSpeech('tell', 'me'));
    const id = recogniser.commit();
    await rig.vendor.until(() => rig.vendor.busiest?.commits === 1);
    for (const text of [' ', 'tell me'])
      rig.vendor.busiest.send({ message_type: 'partial_transcript', text });
    await log.interim(({ text }) => text === 'tell me');
    recogniser.write(toneSpeech('a'));
    await rig.vendor.until(() => rig.vendor.busiest.messages === 3);
    await rig.clock.skip(1_000);
    expect(await log.final(id)).toMatchObject({ text: 'tell me' });
    expect(log.interims).toEqual(['tell', 'tell me']);
  });

  it('is told as it is, when partials shrink or change', async () => {
    rig.script = () => ({ partials: ['told', 'tell me', 'tell', 'tell me a'] });
    const { log, recogniser } = await rig.open();
    for (const word of ['tell', 'me', 'a', 'joke'] as const) recogniser.write(toneSpeech(word));
    await log.interim(({ text }) => text === 'tell me a');
    expect(log.interims.slice(0, 4)).toEqual(['told', 'tell me', 'tell', 'tell me a']);
    expect(await log.final(recogniser.commit())).toMatchObject({ text: 'tell me a joke' });
  });

  it.each(['after', 'before'] as const)(
    'counts once when each commit is told twice, with times %s',
    async (twins) => {
      rig.script = () => ({ twins, chatter: true });
      const { log, recogniser } = await rig.open();
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
    const { log, recogniser } = await rig.open();
    recogniser.write(toneSpeech('tell', 'me'));
    await log.interim(({ text }) => text === 'tell me');
    await rig.clock.skip(1_050);
    await rig.vendor.until(() => rig.vendor.busiest.uncommittedMs >= 320 + 1_000);
    await rig.clock.skip(8_000);
    await rig.clock.skip(1);
    expect(rig.vendor.busiest.uncommittedMs).toBeLessThanOrEqual(320 + 3_100);
    await log.final(recogniser.commit());
    await rig.clock.skip(5_000);
    expect(rig.vendor.busiest.uncommittedMs).toBe(0);
  });

  it('loses the marks of where it was cut, which nobody said', async () => {
    rig.script = () => ({ cutMarks: ['-', '...', ' \u2014', '.'] });
    const { log, recogniser } = await rig.open();
    for (const word of ['one', 'two', 'three', 'four'] as const) {
      recogniser.write(toneSpeech(word));
      // A full stop is none of them.
      const text = word === 'four' ? 'four.' : word;
      expect(await log.final(recogniser.commit())).toMatchObject({ text, understood: true });
    }
  });

  it('is never too short to be committed', async () => {
    const { log, recogniser } = await rig.open();
    recogniser.write(toneSpeech('one'));
    expect(await log.final(recogniser.commit())).toMatchObject({ text: 'one', understood: true });
    recogniser.write(toneSpeech('two').subarray(0, 1_600));
    expect(await log.final(recogniser.commit())).toMatchObject({ text: 'two' });
  });

  it('loses nothing of a speech of two minutes', async () => {
    const { log, recogniser } = await rig.open();
    const said: string[] = [];
    const commits = () => rig.vendor.sessions.reduce((sum, session) => sum + session.commits, 0);
    for (let second = 0; second < 120; second++) {
      const word = (['one', 'two', 'three', 'four', 'five'] as const)[second % 5]!;
      said.push(word, word);
      const speech = toneSpeech(word, word);
      for (let at = 0; at < speech.length; at += 320) recogniser.write(speech.subarray(at, at + 320));
      // Not all at pauses.
      const pause = second < 60 ? silence(680) : toneSpeech(word).map((sample) => sample >> 7);
      recogniser.write(pause.subarray(0, 680 * 16));
      await rig.clock.skip(1_000);
    }
    expect(await log.final(recogniser.commit())).toMatchObject({ text: said.join(' ') });
    expect(log.finals).toHaveLength(1);
    expect(log.interims.at(-1)).toContain(said.slice(0, 40).join(' '));
    // Asked in parts: the rig.vendor never had to do it by itself.
    expect(commits()).toBeGreaterThanOrEqual(5);
  });

  it('is kept when the rig.vendor ends a segment by itself', async () => {
    const { log, recogniser } = await rig.open();
    recogniser.write(toneSpeech('tell', 'me'));
    await log.interim(({ text }) => text === 'tell me');
    rig.vendor.busiest.tell(rig.vendor.busiest.takeText());
    recogniser.write(toneSpeech('a', 'joke'));
    await log.interim(({ text }) => text === 'tell me a joke');
    expect(await log.final(recogniser.commit())).toMatchObject({ text: 'tell me a joke' });
  });

  it('after a commit is told after its final', async () => {
    rig.script = () => ({ finalDelayMs: 50 });
    const { log, recogniser } = await rig.open();
    recogniser.write(toneSpeech('tell', 'me', 'a'));
    await log.interim(({ text }) => text === 'tell me a');
    const id = recogniser.commit();
    recogniser.write(toneSpeech('joke', 'one'));
    await rig.vendor.until(() => rig.vendor.busiest.uncommittedMs >= 300);
    await rig.clock.skip(60);
    await log.final(id);
    const told = log.events.findIndex(({ type }) => type === 'final');
    expect(JSON.stringify(log.events.slice(0, told))).not.toContain('joke');
    expect(await log.final(recogniser.commit()).catch(() => null)).toMatchObject({ text: 'joke one' });
  });

  it('is forgotten on reset, with what is told of it later', async () => {
    rig.script = () => ({ finalDelayMs: 30 });
    const { log, recogniser } = await rig.open();
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
