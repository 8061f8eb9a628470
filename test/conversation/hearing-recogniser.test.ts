/** One speaker's ear: what the recogniser is given and when, and how recognisers fail and return. */
import { describe, expect, it } from 'vitest';
import { samplesToMs } from '../../src/audio/pcm.ts';
import type { SttEvent } from '../../src/providers/stt/stt.ts';
import { vendorError } from '../support/fake-providers.ts';
import { silence, tone } from '../support/tone.ts';
import { settle } from '../support/virtual-clock.ts';
import { eachHearing } from './hearing-rig.ts';

const rig = eachHearing();

describe('the recogniser', () => {
  it('is opened before anybody speaks, and given nothing while nobody does', async () => {
    await rig().hear(silence(5_000));
    expect(rig().stt.heard).toHaveLength(1);
    expect(rig().heardMs).toBe(0);
  });

  it('is given 400 ms from before the speech was confirmed, and all of it after', async () => {
    await rig().hear(silence(2_000));
    await rig().hear(tone(300));
    // The first loud packet is dated, and so confirmed, by the second: 400 ms up to that, and 13 more packets.
    expect(rig().heardMs).toBe(400 + 13 * 20);
  });

  it('hears silence also when the packets stop without a sign of it', async () => {
    await rig().hear(tone(300));
    const before = rig().stt.writtenMs('ann');
    await rig().clock.advance(179);
    expect(rig().stt.writtenMs('ann')).toBe(before);
    await rig().clock.advance(2);
    expect(rig().stt.writtenMs('ann')).toBe(before + 200);
    await rig().clock.advance(5_000);
    expect(rig().stt.writtenMs('ann')).toBe(before + 200);
    expect(rig().events.some(({ type }) => type === 'talkEnded')).toBe(false);
  });

  it('hears silence after the last packet, for Discord sends none', async () => {
    await rig().hear(tone(300));
    const before = rig().heardMs;
    await rig().endTalk();
    expect(rig().heardMs - before).toBe(20 + 200);
  });

  it('is given nothing of the talk before', async () => {
    await rig().hear(silence(400));
    await rig().endTalk();
    await rig().clock.advance(100);
    await rig().hear(tone(100));
    expect(rig().heardMs).toBe(100);
  });

  it('is given nothing after the commit until the next speech', async () => {
    await rig().hear(tone(300));
    await rig().hear(silence(200));
    rig().hearing.commit();
    const before = rig().heardMs;
    await rig().hear(silence(1_000));
    expect(rig().heardMs).toBe(before);
    await rig().hear(tone(100));
    expect(rig().heardMs).toBeGreaterThan(before);
  });

  it('tells the words so far, and whether they are complete where the recogniser knows', async () => {
    const [heard] = rig().stt.heard;
    rig().stt.interimAfterMs = null;
    await rig().hear(tone(300));
    heard!.emit({ type: 'interim', text: 'turn on the light' });
    heard!.emit({ type: 'interim', text: 'turn on the light', finished: false });
    await settle();
    heard!.emit({ type: 'eagerEndOfTurn', text: 'turn on the light' });
    heard!.emit({ type: 'turnResumed' });
    await settle();
    expect(
      rig()
        .of('interim')
        .map(({ text, completeness }) => [text, completeness]),
    ).toEqual([
      ['turn on the light', undefined],
      ['turn on the light', 'incomplete'],
      ['turn on the light', 'complete'],
      ['turn on the light', 'incomplete'],
    ]);
  });

  it('takes the words so far for a final that was lost, and a final told twice once', async () => {
    const [heard] = rig().stt.heard;
    rig().stt.interimAfterMs = null;
    rig().stt.commit = 'nothing';
    await rig().hear(tone(300));
    heard!.emit({ type: 'interim', text: 'turn on the', finished: false });
    await settle();
    rig().hearing.commit();
    await rig().hear(tone(300));
    heard!.emit({ type: 'interim', text: 'light', finished: true });
    await settle();
    rig().hearing.commit();
    const second = { type: 'final', commitId: 2, text: 'light', understood: true } as const;
    heard!.emit(second);
    heard!.emit(second);
    heard!.emit({ ...second, commitId: 1, text: 'turn on the' });
    await settle();
    expect(
      rig()
        .of('final')
        .map(({ text }) => text),
    ).toEqual(['turn on the', 'light']);
  });

  it('gives one final for a commit; without words when it did not understand', async () => {
    rig().stt.texts.push('hello there', null);
    rig().stt.interimAfterMs = null;
    for (let utterance = 0; utterance < 2; utterance++) {
      await rig().hear(tone(300));
      await rig().hear(silence(200));
      rig().hearing.commit();
      await settle();
    }
    expect(
      rig()
        .of('final')
        .map(({ text }) => text),
    ).toEqual(['hello there', '']);
  });

  it('is not listened to about what was thrown away', async () => {
    await rig().hear(tone(300));
    rig().hearing.commit();
    rig().hearing.reset();
    await settle();
    expect(rig().of('final')).toEqual([]);
    expect(rig().stt.heard[0]!.resets).toBe(1);
    await rig().hear(tone(300));
    rig().hearing.commit();
    await settle();
    expect(rig().of('final')).toHaveLength(1);
  });
});

describe('a recogniser that fails', { tags: ['fault'] }, () => {
  it('is told with its reason, and opened again for the next speech', async () => {
    await rig().hear(tone(200));
    rig().stt.heard[0]!.emit({ type: 'error', error: vendorError('STT_QUOTA') });
    await settle();
    expect(rig().of('recogniserFailed')).toMatchObject([{ speakerId: 'ann', code: 'STT_QUOTA' }]);
    expect(rig().stt.heard[0]!.closed).toBe(true);
    await rig().hear(tone(100));
    expect(rig().stt.heard).toHaveLength(1);
    rig().hearing.reset();
    await rig().hear(silence(300));
    await rig().hear(tone(300));
    expect(rig().stt.heard).toHaveLength(2);
    rig().hearing.commit();
    await settle();
    expect(rig().of('final')).toHaveLength(1);
  });

  it('cannot be asked, which is told as well', async () => {
    await rig().hear(tone(200));
    rig().stt.heard[0]!.emit({ type: 'error', error: vendorError('STT_QUOTA') });
    await settle();
    rig().hearing.commit();
    expect(
      rig()
        .of('recogniserFailed')
        .map(({ code }) => code),
    ).toEqual(['STT_QUOTA', 'STT_UNAVAILABLE']);
  });

  it('to open is tried again at the next speech', async () => {
    rig().hearing.close();
    let refusing = true;
    const connection = await rig().stt.connect(new AbortController().signal);
    await rig().open({
      ...connection,
      openRecogniser: (...args) => {
        if (refusing) throw new Error('no more sockets');
        return connection.openRecogniser(...args);
      },
    });
    await rig().hear(tone(200));
    rig().hearing.commit();
    expect(
      rig()
        .of('recogniserFailed')
        .map(({ code }) => code),
    ).toEqual(['STT_UNAVAILABLE']);
    refusing = false;
    await rig().hear(silence(300));
    await rig().hear(tone(200));
    rig().hearing.commit();
    await settle();
    expect(rig().of('final')).toHaveLength(1);
  });

  it('and still speaks is not taken for the one that took its place', async () => {
    rig().hearing.close();
    const listeners: ((event: SttEvent) => void)[] = [];
    const closed: number[] = [];
    await rig().open({
      warm() {},
      close: async () => {},
      openRecogniser: (_, listener) => {
        const number = listeners.push(listener);
        return { write() {}, reset() {}, commit: () => 1, close: () => closed.push(number) };
      },
    });
    await rig().hear(tone(200));
    const error = vendorError('STT_GONE');
    listeners[0]!({ type: 'error', error });
    rig().hearing.reset();
    await rig().hear(silence(300));
    await rig().hear(tone(200));
    rig().hearing.commit();
    rig().events.length = 0;
    listeners[0]!({ type: 'final', commitId: 1, text: 'words of the dead', understood: true });
    listeners[0]!({ type: 'error', error });
    expect(rig().events).toEqual([]);
    expect(closed).toEqual([1]);
    listeners[1]!({ type: 'final', commitId: 1, text: 'hello', understood: true });
    expect(
      rig()
        .of('final')
        .map(({ text }) => text),
    ).toEqual(['hello']);
    rig().hearing.close();
    rig().events.length = 0;
    listeners[1]!({ type: 'interim', text: 'after the end' });
    expect(rig().events).toEqual([]);
    await rig().open();
  });
});

it('keeps no more than 400 ms of what nobody said', async () => {
  await rig().hear(silence(60_000));
  await rig().hear(tone(40));
  expect(rig().heardMs).toBeLessThanOrEqual(samplesToMs(21 * 320));
});

describe('a connection that had to be opened', () => {
  it('is known of the turn in which it was, and of no other', async () => {
    let tell: (event: SttEvent) => void = () => undefined;
    const connection = await rig().stt.connect(new AbortController().signal);
    rig().hearing.close();
    await rig().open({
      ...{ warm() {}, close: async () => {} },
      openRecogniser: (speaker, listener) => {
        tell = listener;
        return connection.openRecogniser(speaker, listener);
      },
    });
    const { hearing } = rig();
    expect(hearing.connectedMs(0, 9_000)).toBeUndefined();
    tell({ type: 'connected', atMs: 1_200 });
    expect(hearing.connectedMs(1_000, 1_900)).toBe(1_200);
    expect(hearing.connectedMs(1_300, 1_900)).toBeUndefined();
    expect(hearing.connectedMs(0, 1_100)).toBeUndefined();
    expect(rig().events).toEqual([]);
  });
});
