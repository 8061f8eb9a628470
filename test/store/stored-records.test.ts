/** Reading waits no longer for a store that does not write than it has to, and what several ask is read once. */
import { describe, expect, it } from 'vitest';
import { buffersOf, type StoreQuestion } from '../../src/store/protocol.ts';
import { type Desk, recordsBehind } from '../../src/store/stored-records.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

function rig(flush: () => Promise<void> = async () => {}) {
  const clock = new VirtualClock();
  const asked: { question: StoreQuestion; answer: PromiseWithResolvers<unknown> }[] = [];
  const desk = {
    async ask(question: StoreQuestion) {
      const answer = Promise.withResolvers<unknown>();
      asked.push({ question, answer });
      return await answer.promise;
    },
  } as Pick<Desk, 'ask'>;
  let added = 0;
  const records = recordsBehind(desk, { flush, addedOf: () => added }, clock);
  const add = () => {
    added += 1;
  };
  return { clock, asked, records, add };
}

const window = { guildId: '1', sinceUnixMs: 0, untilUnixMs: 100_000 };
const later = { ...window, sinceUnixMs: 3_000, untilUnixMs: 103_000 };

describe('an export', () => {
  it('is made where the turns are read: none of them come to this thread', async () => {
    const { clock, asked, records } = rig();
    const files = { n: 2, more: true, oldestUnixMs: 7, csv: new Uint8Array(3), json: new Uint8Array(4) };
    const made = records.export(window, 1_000);
    await clock.advance(0);
    expect(asked.map(({ question }) => question)).toEqual([{ ask: 'export', window, limit: 1_000 }]);
    asked[0]!.answer.resolve(files);
    expect(await made).toBe(files);
  });

  it('is moved from thread to thread, not copied; other answers are as they were', () => {
    const files = { n: 0, more: false, oldestUnixMs: null, csv: new Uint8Array(3), json: new Uint8Array(4) };
    expect(buffersOf(files)).toEqual([files.csv.buffer, files.json.buffer]);
    for (const other of [null, [], 'text', { n: 3 }]) expect(buffersOf(other)).toEqual([]);
  });
});

describe('reading', () => {
  it('waits 1.5 s for the last turns to be stored, then reads without them', {
    tags: ['fault'],
  }, async () => {
    const { clock, asked, records } = rig(async () => await new Promise(() => {}));
    const last = records.last('1');
    await clock.advance(1_499);
    expect(asked).toEqual([]);
    await clock.advance(1);
    expect(asked).toMatchObject([{ question: { ask: 'last', guildId: '1' } }]);
    asked[0]!.answer.resolve(null);
    expect(await last).toBeNull();
  });

  it('of the same by several people is done once, and told to all of them', async () => {
    const { clock, asked, records } = rig();
    const both = [records.stats(window, 500), records.stats(later, 500)];
    const others = [
      records.stats(window, 300),
      records.history(window, 500),
      records.statsBy(window, 'speaker', 500, 8),
      records.stats({ ...window, guildId: '2' }, 500),
      records.stats({ ...window, sinceUnixMs: 60_000 }, 500),
    ];
    await clock.advance(0);
    expect(asked).toHaveLength(1 + others.length);
    for (const { answer, question } of asked) answer.resolve(question.ask);
    expect(await Promise.all(both)).toEqual(['stats', 'stats']);
    expect(await Promise.all(others)).toEqual(['stats', 'history', 'statsBy', 'stats', 'stats']);
  });

  it('is done anew once there is another turn, or the last reading is over', async () => {
    const { clock, asked, records, add } = rig();
    const first = records.stats(window, 500);
    add();
    const second = records.stats(later, 500);
    await clock.advance(0);
    expect(asked).toHaveLength(2);
    for (const { answer } of asked) answer.reject(new Error('no'));
    for (const one of [first, second]) await expect(one).rejects.toMatchObject({ code: 'TURNS_UNREADABLE' });
    const third = records.stats(later, 500);
    await clock.advance(0);
    asked[2]!.answer.resolve('stats');
    expect(await third).toBe('stats');
  });
});
