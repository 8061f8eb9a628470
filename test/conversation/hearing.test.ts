/** One speaker's ear: what the recogniser is given and when, how words are dated, and how recognisers fail and return. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OPUS_DELAY_MS } from '../../src/audio/opus.ts';
import { concatPcm, SAMPLE_RATE, samplesToMs } from '../../src/audio/pcm.ts';
import { silentLog } from '../../src/base/log.ts';
import { Hearing } from '../../src/conversation/hearing.ts';
import type { SttConnection, SttEvent } from '../../src/providers/stt/stt.ts';
import type { TurnEvent } from '../../src/turn/types.ts';
import { type FakeProviders, fakeProviders, vendorError } from '../support/fake-providers.ts';
import { silence, tone } from '../support/tone.ts';
import { settle, VirtualClock } from '../support/virtual-clock.ts';

let clock: VirtualClock;
let stt: FakeProviders['stt'];
let vad: FakeProviders['vad'];
let events: TurnEvent[];
let hearing: Hearing;
/** What of the packets so far the decoder has not yet given out. */
let tail: Int16Array;

async function open(connection?: SttConnection): Promise<Hearing> {
  const { signal } = new AbortController();
  return new Hearing({
    ...{ speaker: { id: 'ann', name: 'Ann' }, clock, log: silentLog },
    vad: (await vad.load()).take(),
    stt: connection ?? (await stt.connect(signal)),
    emit: (event) => events.push(event),
  });
}

beforeEach(async () => {
  clock = new VirtualClock(1_000);
  ({ stt, vad } = fakeProviders());
  events = [];
  tail = new Int16Array((OPUS_DELAY_MS * SAMPLE_RATE) / 1000);
  hearing = await open();
});
afterEach(() => {
  hearing.close();
  expect(vad.open).toBe(0);
});

/** One packet now, decoded with the codec's delay: it begins with the end of the one before. */
function packet(pcm: Int16Array): void {
  const decoded = concatPcm([tail, pcm]);
  tail = decoded.slice(320);
  hearing.accept(decoded.slice(0, 320), clock.now());
}
/** Packets at the pace of time. */
async function hear(pcm: Int16Array): Promise<void> {
  for (let at = 0; at < pcm.length; at += 320) {
    packet(pcm.slice(at, at + 320));
    await clock.advance(20);
  }
}
/** The first silence frame of the end of a talk. */
async function endTalk(): Promise<void> {
  packet(silence(20));
  hearing.talkEnded(clock.now());
  await clock.advance(20);
}
const of = <T extends TurnEvent['type']>(type: T) =>
  events.filter((event): event is Extract<TurnEvent, { type: T }> => event.type === type);
const heardMs = () => stt.heard.reduce((sum, { writtenMs }) => sum + writtenMs, 0);

describe('speech', () => {
  it('is dated by the packets that held it, not by when it was told', async () => {
    await hear(silence(100));
    await hear(tone(400));
    await endTalk();
    expect(of('onset').map(({ atMs }) => atMs)).toEqual([1_100]);
    expect(of('speechStarted').map(({ startedMs }) => startedMs)).toEqual([1_100]);
    expect(of('voiced').at(-1)).toMatchObject({ voicedMs: 1_480 });
    for (const event of of('voiced')) expect(event.atMs).toBeGreaterThanOrEqual(event.voicedMs);
  });

  it('of a later talk is not dated by the end of the one before', async () => {
    await hear(tone(200));
    await endTalk();
    for (let i = 0; i < 4; i++) await hear(silence(20));
    await clock.advance(60_000);
    events.length = 0;
    const startMs = clock.now();
    await hear(tone(200));
    for (const { startedMs } of of('speechStarted')) expect(startedMs).toBeGreaterThanOrEqual(startMs);
    for (const { voicedMs } of of('voiced')) expect(voicedMs).toBeGreaterThanOrEqual(startMs);
    for (const { atMs } of of('onset')) expect(atMs).toBeGreaterThanOrEqual(startMs);
    expect(of('voiced').length).toBeGreaterThan(0);
  });

  it('of a later talk is not dated by the one before when its end was never told', async () => {
    await hear(tone(200));
    await clock.advance(60_000);
    events.length = 0;
    const startMs = clock.now();
    await hear(tone(200));
    expect(of('voiced')[0]!.voicedMs).toBeGreaterThanOrEqual(startMs);
  });
});

describe('the beginning of speech', () => {
  it('is heard also when the packets after it came late, all at once', async () => {
    await hear(tone(20));
    expect(of('speechStarted')).toEqual([]);
    await clock.advance(400);
    for (let i = 0; i < 10; i++) packet(tone(20));
    expect(of('speechStarted')).toHaveLength(1);
    expect(heardMs()).toBe(220);
  });

  it('is not what somebody said long ago', async () => {
    await hear(tone(20));
    await clock.advance(2_000);
    await hear(tone(200));
    expect(heardMs()).toBe(200);
  });
});

describe('concealed frames', () => {
  it('are heard, but date nothing: the last word was in the last packet', async () => {
    await hear(tone(300));
    const lastMs = clock.now() - 20;
    const before = heardMs();
    await clock.advance(40);
    for (let i = 0; i < 3; i++) hearing.accept(tone(20), clock.now(), true);
    await endTalk();
    expect(of('voiced').at(-1)).toMatchObject({ voicedMs: lastMs });
    expect(heardMs() - before).toBe(60 + 20 + 200);
  });
});

describe('the repair of a bad network', () => {
  it('is told of the packet with the last voiced frame', async () => {
    await hear(tone(300));
    const atMs = clock.now();
    for (let i = 0; i < 3; i++) hearing.accept(tone(20), atMs + i, false, atMs + 40);
    await clock.advance(40);
    await endTalk();
    const { voicedMs } = of('voiced').at(-1)!;
    expect(voicedMs).toBe(atMs + 2);
    expect(hearing.passage(voicedMs)).toEqual({ arrivedMs: atMs + 2, releasedMs: atMs + 40 });
  });

  it('is that of the last voiced frame in the order of speech, also when one before it came later', async () => {
    await hear(tone(300));
    const atMs = clock.now();
    hearing.accept(tone(20), atMs + 30, false, atMs + 30);
    hearing.accept(tone(20), atMs + 10, false, atMs + 30);
    await clock.advance(30);
    await endTalk();
    const latestMs = Math.max(...of('voiced').map(({ voicedMs }) => voicedMs));
    expect(latestMs).toBe(atMs + 30);
    expect(hearing.passage(latestMs)).toEqual({ arrivedMs: atMs + 10, releasedMs: atMs + 30 });
  });

  it('is none for a packet that came in order', async () => {
    for (let i = 0; i < 10; i++) {
      hearing.accept(tone(20), clock.now(), false, clock.now());
      await clock.advance(20);
    }
    await endTalk();
    for (const { voicedMs } of of('voiced')) {
      expect(hearing.passage(voicedMs)).toEqual({ arrivedMs: voicedMs, releasedMs: voicedMs });
    }
  });

  it('is not known of a guess, of silence, or where the ears do not tell', async () => {
    await hear(tone(200));
    const { voicedMs } = of('voiced').at(-1)!;
    expect(hearing.passage(voicedMs)).toBeUndefined();
    hearing.accept(tone(20), clock.now(), true, clock.now());
    hearing.accept(silence(20), clock.now() + 1, false, clock.now() + 1);
    hearing.accept(silence(20), clock.now() + 2, false, clock.now() + 2);
    expect(hearing.passage(clock.now())).toBeUndefined();
    expect(hearing.passage(clock.now() + 1)).toBeUndefined();
  });

  it('is remembered for as long as an answer takes, in bounded memory', async () => {
    for (let i = 0; i < 50; i++) {
      hearing.accept(tone(20), clock.now(), false, clock.now() + 5);
      await clock.advance(20);
    }
    const { voicedMs } = of('voiced').at(-1)!;
    for (let i = 0; i < 500; i++) hearing.accept(tone(20), clock.now() + i, false, clock.now() + i);
    expect(hearing.passage(voicedMs)).toEqual({ arrivedMs: voicedMs, releasedMs: voicedMs + 5 });
    for (let i = 0; i < 1_000; i++) hearing.accept(tone(20), clock.now() + i, false, clock.now() + i);
    expect(hearing.passage(voicedMs)).toBeUndefined();
  });
});

describe('the recogniser', () => {
  it('is opened before anybody speaks, and given nothing while nobody does', async () => {
    await hear(silence(5_000));
    expect(stt.heard).toHaveLength(1);
    expect(heardMs()).toBe(0);
  });

  it('is given 400 ms from before the speech was confirmed, and all of it after', async () => {
    await hear(silence(2_000));
    await hear(tone(300));
    // The first loud packet is dated, and so confirmed, by the second: 400 ms up to that, and 13 more packets.
    expect(heardMs()).toBe(400 + 13 * 20);
  });

  it('hears silence also when the packets stop without a sign of it', async () => {
    await hear(tone(300));
    const before = stt.writtenMs('ann');
    await clock.advance(179);
    expect(stt.writtenMs('ann')).toBe(before);
    await clock.advance(2);
    expect(stt.writtenMs('ann')).toBe(before + 200);
    await clock.advance(5_000);
    expect(stt.writtenMs('ann')).toBe(before + 200);
    expect(events.some(({ type }) => type === 'talkEnded')).toBe(false);
  });

  it('hears silence after the last packet, for Discord sends none', async () => {
    await hear(tone(300));
    const before = heardMs();
    await endTalk();
    expect(heardMs() - before).toBe(20 + 200);
  });

  it('is given nothing of the talk before', async () => {
    await hear(silence(400));
    await endTalk();
    await clock.advance(100);
    await hear(tone(100));
    expect(heardMs()).toBe(100);
  });

  it('is given nothing after the commit until the next speech', async () => {
    await hear(tone(300));
    await hear(silence(200));
    hearing.commit();
    const before = heardMs();
    await hear(silence(1_000));
    expect(heardMs()).toBe(before);
    await hear(tone(100));
    expect(heardMs()).toBeGreaterThan(before);
  });

  it('tells the words so far, and whether they are complete where the recogniser knows', async () => {
    const [heard] = stt.heard;
    stt.interimAfterMs = null;
    await hear(tone(300));
    heard!.emit({ type: 'interim', text: 'turn on the light' });
    heard!.emit({ type: 'interim', text: 'turn on the light', finished: false });
    await settle();
    heard!.emit({ type: 'eagerEndOfTurn', text: 'turn on the light' });
    heard!.emit({ type: 'turnResumed' });
    await settle();
    expect(of('interim').map(({ text, completeness }) => [text, completeness])).toEqual([
      ['turn on the light', undefined],
      ['turn on the light', 'incomplete'],
      ['turn on the light', 'complete'],
      ['turn on the light', 'incomplete'],
    ]);
  });

  it('takes the words so far for a final that was lost, and a final told twice once', async () => {
    const [heard] = stt.heard;
    stt.interimAfterMs = null;
    stt.commit = 'nothing';
    await hear(tone(300));
    heard!.emit({ type: 'interim', text: 'turn on the', finished: false });
    await settle();
    hearing.commit();
    await hear(tone(300));
    heard!.emit({ type: 'interim', text: 'light', finished: true });
    await settle();
    hearing.commit();
    const second = { type: 'final', commitId: 2, text: 'light', understood: true } as const;
    heard!.emit(second);
    heard!.emit(second);
    heard!.emit({ ...second, commitId: 1, text: 'turn on the' });
    await settle();
    expect(of('final').map(({ text }) => text)).toEqual(['turn on the', 'light']);
  });

  it('gives one final for a commit; without words when it did not understand', async () => {
    stt.texts.push('hello there', null);
    stt.interimAfterMs = null;
    for (let utterance = 0; utterance < 2; utterance++) {
      await hear(tone(300));
      await hear(silence(200));
      hearing.commit();
      await settle();
    }
    expect(of('final').map(({ text }) => text)).toEqual(['hello there', '']);
  });

  it('is not listened to about what was thrown away', async () => {
    await hear(tone(300));
    hearing.commit();
    hearing.reset();
    await settle();
    expect(of('final')).toEqual([]);
    expect(stt.heard[0]!.resets).toBe(1);
    await hear(tone(300));
    hearing.commit();
    await settle();
    expect(of('final')).toHaveLength(1);
  });
});

describe('a recogniser that fails', { tags: ['fault'] }, () => {
  it('is told with its reason, and opened again for the next speech', async () => {
    await hear(tone(200));
    stt.heard[0]!.emit({ type: 'error', error: vendorError('STT_QUOTA') });
    await settle();
    expect(of('recogniserFailed')).toMatchObject([{ speakerId: 'ann', code: 'STT_QUOTA' }]);
    expect(stt.heard[0]!.closed).toBe(true);
    await hear(tone(100));
    expect(stt.heard).toHaveLength(1);
    hearing.reset();
    await hear(silence(300));
    await hear(tone(300));
    expect(stt.heard).toHaveLength(2);
    hearing.commit();
    await settle();
    expect(of('final')).toHaveLength(1);
  });

  it('cannot be asked, which is told as well', async () => {
    await hear(tone(200));
    stt.heard[0]!.emit({ type: 'error', error: vendorError('STT_QUOTA') });
    await settle();
    hearing.commit();
    expect(of('recogniserFailed').map(({ code }) => code)).toEqual(['STT_QUOTA', 'STT_UNAVAILABLE']);
  });

  it('to open is tried again at the next speech', async () => {
    hearing.close();
    let refusing = true;
    const connection = await stt.connect(new AbortController().signal);
    hearing = await open({
      ...connection,
      openRecogniser: (...args) => {
        if (refusing) throw new Error('no more sockets');
        return connection.openRecogniser(...args);
      },
    });
    await hear(tone(200));
    hearing.commit();
    expect(of('recogniserFailed').map(({ code }) => code)).toEqual(['STT_UNAVAILABLE']);
    refusing = false;
    await hear(silence(300));
    await hear(tone(200));
    hearing.commit();
    await settle();
    expect(of('final')).toHaveLength(1);
  });

  it('and still speaks is not taken for the one that took its place', async () => {
    hearing.close();
    const listeners: ((event: SttEvent) => void)[] = [];
    const closed: number[] = [];
    hearing = await open({
      warm() {},
      close: async () => {},
      openRecogniser: (_, listener) => {
        const number = listeners.push(listener);
        return { write() {}, reset() {}, commit: () => 1, close: () => closed.push(number) };
      },
    });
    await hear(tone(200));
    const error = vendorError('STT_GONE');
    listeners[0]!({ type: 'error', error });
    hearing.reset();
    await hear(silence(300));
    await hear(tone(200));
    hearing.commit();
    events.length = 0;
    listeners[0]!({ type: 'final', commitId: 1, text: 'words of the dead', understood: true });
    listeners[0]!({ type: 'error', error });
    expect(events).toEqual([]);
    expect(closed).toEqual([1]);
    listeners[1]!({ type: 'final', commitId: 1, text: 'hello', understood: true });
    expect(of('final').map(({ text }) => text)).toEqual(['hello']);
    hearing.close();
    events.length = 0;
    listeners[1]!({ type: 'interim', text: 'after the end' });
    expect(events).toEqual([]);
    hearing = await open();
  });
});

it('keeps no more than 400 ms of what nobody said', async () => {
  await hear(silence(60_000));
  await hear(tone(40));
  expect(heardMs()).toBeLessThanOrEqual(samplesToMs(21 * 320));
});
