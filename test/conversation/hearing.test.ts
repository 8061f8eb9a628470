/** One speaker's ear: how words are dated, and what of a bad network is told. */
import { describe, expect, it } from 'vitest';
import { silence, tone } from '../support/tone.ts';
import { eachHearing } from './hearing-rig.ts';

const rig = eachHearing();

describe('speech', () => {
  it('is dated by the packets that held it, not by when it was told', async () => {
    await rig().hear(silence(100));
    await rig().hear(tone(400));
    await rig().endTalk();
    expect(
      rig()
        .of('onset')
        .map(({ atMs }) => atMs),
    ).toEqual([1_100]);
    expect(
      rig()
        .of('speechStarted')
        .map(({ startedMs }) => startedMs),
    ).toEqual([1_100]);
    expect(rig().of('voiced').at(-1)).toMatchObject({ voicedMs: 1_480 });
    for (const event of rig().of('voiced')) expect(event.atMs).toBeGreaterThanOrEqual(event.voicedMs);
  });

  it('of a later talk is not dated by the end of the one before', async () => {
    await rig().hear(tone(200));
    await rig().endTalk();
    for (let i = 0; i < 4; i++) await rig().hear(silence(20));
    await rig().clock.advance(60_000);
    rig().events.length = 0;
    const startMs = rig().clock.now();
    await rig().hear(tone(200));
    for (const { startedMs } of rig().of('speechStarted')) expect(startedMs).toBeGreaterThanOrEqual(startMs);
    for (const { voicedMs } of rig().of('voiced')) expect(voicedMs).toBeGreaterThanOrEqual(startMs);
    for (const { atMs } of rig().of('onset')) expect(atMs).toBeGreaterThanOrEqual(startMs);
    expect(rig().of('voiced').length).toBeGreaterThan(0);
  });

  it('of a later talk is not dated by the one before when its end was never told', async () => {
    await rig().hear(tone(200));
    await rig().clock.advance(60_000);
    rig().events.length = 0;
    const startMs = rig().clock.now();
    await rig().hear(tone(200));
    expect(rig().of('voiced')[0]!.voicedMs).toBeGreaterThanOrEqual(startMs);
  });
});

describe('the beginning of speech', () => {
  it('is heard also when the packets after it came late, all at once', async () => {
    await rig().hear(tone(20));
    expect(rig().of('speechStarted')).toEqual([]);
    await rig().clock.advance(400);
    for (let i = 0; i < 10; i++) rig().packet(tone(20));
    expect(rig().of('speechStarted')).toHaveLength(1);
    expect(rig().heardMs).toBe(220);
  });

  it('is not what somebody said long ago', async () => {
    await rig().hear(tone(20));
    await rig().clock.advance(2_000);
    await rig().hear(tone(200));
    expect(rig().heardMs).toBe(200);
  });
});

describe('concealed frames', () => {
  it('are heard, but date nothing: the last word was in the last packet', async () => {
    await rig().hear(tone(300));
    const lastMs = rig().clock.now() - 20;
    const before = rig().heardMs;
    await rig().clock.advance(40);
    for (let i = 0; i < 3; i++) rig().hearing.accept(tone(20), rig().clock.now(), true);
    await rig().endTalk();
    expect(rig().of('voiced').at(-1)).toMatchObject({ voicedMs: lastMs });
    expect(rig().heardMs - before).toBe(60 + 20 + 200);
  });
});

describe('the repair of a bad network', () => {
  it('is told of the packet with the last voiced frame', async () => {
    await rig().hear(tone(300));
    const atMs = rig().clock.now();
    for (let i = 0; i < 3; i++) rig().hearing.accept(tone(20), atMs + i, false, atMs + 40);
    await rig().clock.advance(40);
    await rig().endTalk();
    const { voicedMs } = rig().of('voiced').at(-1)!;
    expect(voicedMs).toBe(atMs + 2);
    expect(rig().hearing.passage(voicedMs)).toEqual({ arrivedMs: atMs + 2, releasedMs: atMs + 40 });
  });

  it('is that of the last voiced frame in the order of speech, also when one before it came later', async () => {
    await rig().hear(tone(300));
    const atMs = rig().clock.now();
    rig().hearing.accept(tone(20), atMs + 30, false, atMs + 30);
    rig().hearing.accept(tone(20), atMs + 10, false, atMs + 30);
    await rig().clock.advance(30);
    await rig().endTalk();
    const latestMs = Math.max(
      ...rig()
        .of('voiced')
        .map(({ voicedMs }) => voicedMs),
    );
    expect(latestMs).toBe(atMs + 30);
    expect(rig().hearing.passage(latestMs)).toEqual({ arrivedMs: atMs + 10, releasedMs: atMs + 30 });
  });

  it('is none for a packet that came in order', async () => {
    for (let i = 0; i < 10; i++) {
      rig().hearing.accept(tone(20), rig().clock.now(), false, rig().clock.now());
      await rig().clock.advance(20);
    }
    await rig().endTalk();
    for (const { voicedMs } of rig().of('voiced')) {
      expect(rig().hearing.passage(voicedMs)).toEqual({ arrivedMs: voicedMs, releasedMs: voicedMs });
    }
  });

  it('is not known of a guess, of silence, or where the ears do not tell', async () => {
    await rig().hear(tone(200));
    const { voicedMs } = rig().of('voiced').at(-1)!;
    expect(rig().hearing.passage(voicedMs)).toBeUndefined();
    rig().hearing.accept(tone(20), rig().clock.now(), true, rig().clock.now());
    rig().hearing.accept(silence(20), rig().clock.now() + 1, false, rig().clock.now() + 1);
    rig().hearing.accept(silence(20), rig().clock.now() + 2, false, rig().clock.now() + 2);
    expect(rig().hearing.passage(rig().clock.now())).toBeUndefined();
    expect(rig().hearing.passage(rig().clock.now() + 1)).toBeUndefined();
  });

  it('is remembered for as long as an answer takes, in bounded memory', async () => {
    for (let i = 0; i < 50; i++) {
      rig().hearing.accept(tone(20), rig().clock.now(), false, rig().clock.now() + 5);
      await rig().clock.advance(20);
    }
    const { voicedMs } = rig().of('voiced').at(-1)!;
    for (let i = 0; i < 500; i++)
      rig().hearing.accept(tone(20), rig().clock.now() + i, false, rig().clock.now() + i);
    expect(rig().hearing.passage(voicedMs)).toEqual({ arrivedMs: voicedMs, releasedMs: voicedMs + 5 });
    for (let i = 0; i < 1_000; i++)
      rig().hearing.accept(tone(20), rig().clock.now() + i, false, rig().clock.now() + i);
    expect(rig().hearing.passage(voicedMs)).toBeUndefined();
  });
});
