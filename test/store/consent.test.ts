/** An opt-out holds at once, is saved before it is answered, and is never lost while the store does not work. */
import { describe, expect, it, vi } from 'vitest';
import { ParleyError } from '../../src/base/errors.ts';
import { type ConsentChange, createConsent } from '../../src/store/consent.ts';
import { Outage } from '../../src/store/outage.ts';
import type { ConsentChoice, StoredConsent } from '../../src/store/protocol.ts';
import { type LogLine, recordingLog } from '../support/recording-log.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const listed = (...userIds: string[]) => userIds.map((userId) => ({ userId, atUnixMs: 1 }));

function rig(optedOut: string[] = []) {
  const clock = new VirtualClock();
  const logged: LogLine[] = [];
  const log = recordingLog(logged, () => {});
  const saved: string[] = [];
  const disk = { works: true, answers: true };
  const choices: ConsentChoice[] = [];
  /** Stored by another machine. */
  const elsewhere = new Map<string, number>();
  const save = async (choice: ConsentChoice): Promise<StoredConsent> => {
    const { userId, optedOut: out, atUnixMs } = choice;
    if (!disk.answers) await new Promise(() => {});
    if (!disk.works) throw new ParleyError('The disk is full', { code: 'STORE_FULL', remedy: 'Free some.' });
    saved.push(`${userId}:${out ? 'out' : 'in'}`);
    choices.push({ ...choice });
    const theirs = elsewhere.get(userId);
    const holds = !out && theirs !== undefined && theirs > (choice.afterOptOut ?? -1);
    return holds ? { optedOut: true, atUnixMs: theirs } : { optedOut: out, atUnixMs };
  };
  const consent = createConsent({
    ...{ clock, log, outage: new Outage(log), nowUnixMs: () => clock.now() },
    ...{ optedOut: listed(...optedOut), save },
  });
  return { clock, logged, saved, choices, elsewhere, disk, consent };
}

describe('consent', () => {
  it('is given until somebody opts out, and again when they opt in', async () => {
    const { consent, saved } = rig(['9']);
    expect([consent.isOptedOut('1'), consent.isOptedOut('9')]).toEqual([false, true]);
    await consent.optOut('1');
    expect([consent.isOptedOut('1'), consent.isOptedOut('2')]).toEqual([true, false]);
    await consent.optIn('1');
    expect(consent.isOptedOut('1')).toBe(false);
    expect(saved).toEqual(['1:out', '1:in']);
  });

  it('takes effect and tells its listeners before it is saved', async () => {
    const { consent } = rig();
    const changes: ConsentChange[] = [];
    const stop = consent.onChange((change) => changes.push(change));
    const saved = consent.optOut('1');
    expect(consent.isOptedOut('1')).toBe(true);
    expect(changes).toEqual([{ userId: '1', optedOut: true }]);
    await saved;
    await consent.optOut('1');
    await consent.optIn('1');
    expect(changes.slice(1)).toEqual([{ userId: '1', optedOut: false }]);
    stop();
    await consent.optOut('1');
    expect(changes).toHaveLength(2);
  });

  it('tells the other listeners, and the store, when one listener fails', async () => {
    const { consent, saved, logged } = rig();
    const heard = vi.fn();
    consent.onChange(() => {
      throw new Error('broken listener');
    });
    consent.onChange(heard);
    await consent.optOut('1');
    expect(heard).toHaveBeenCalledOnce();
    expect(logged).toMatchObject([{ level: 50 }]);
    expect(saved).toEqual(['1:out']);
  });

  it('saves the last of many choices last', async () => {
    const { consent, saved } = rig();
    const choices = Array.from({ length: 41 }, (_, i) =>
      i % 2 === 0 ? consent.optOut('1') : consent.optIn('1'),
    );
    await Promise.all([...choices, consent.optOut('2')]);
    expect(saved.filter((choice) => choice.startsWith('1')).at(-1)).toBe('1:out');
    expect(saved).toContain('2:out');
  });

  it('learns what was chosen elsewhere, but not what is older than a choice made here', async () => {
    const { consent, clock, disk } = rig(['1']);
    const changes: ConsentChange[] = [];
    consent.onChange((change) => changes.push(change));
    consent.learn(listed('2'), clock.now());
    expect(changes).toEqual([
      { userId: '1', optedOut: false },
      { userId: '2', optedOut: true },
    ]);
    const askedAtMs = clock.now();
    await clock.advance(10);
    await consent.optOut('3');
    consent.learn(listed('2'), askedAtMs);
    expect(consent.isOptedOut('3')).toBe(true);
    await clock.advance(10);
    consent.learn(listed('2'), clock.now());
    expect(consent.isOptedOut('3')).toBe(false);
    disk.works = false;
    await consent.optOut('4').catch(() => {});
    await clock.advance(10);
    consent.learn([], clock.now());
    expect([consent.isOptedOut('2'), consent.isOptedOut('4')]).toEqual([false, true]);
  });

  it('says of an opt-in which opt-out it comes after: one that was read, learned, or made here', async () => {
    const { consent, clock, choices } = rig(['1']);
    await consent.optIn('1');
    await consent.optIn('2');
    consent.learn([{ userId: '2', atUnixMs: 70 }], clock.now() + 1);
    await consent.optIn('2');
    await clock.advance(500);
    // The first is on its way already when the second is made.
    await Promise.all([consent.optOut('3'), consent.optIn('3')]);
    const optIns = choices.filter(({ optedOut }) => !optedOut);
    expect(optIns.map(({ userId, afterOptOut }) => [userId, afterOptOut])).toEqual([
      ...[
        ['1', 1],
        ['2', null],
      ],
      ...[
        ['2', 70],
        ['3', 1_500],
      ],
    ]);
  });

  it('takes back an opt-in when the store holds an opt-out that was not known here, until it is made again', async () => {
    const { consent, elsewhere } = rig();
    elsewhere.set('1', 400);
    const changes: ConsentChange[] = [];
    consent.onChange((change) => changes.push(change));
    await expect(consent.optIn('1')).rejects.toMatchObject({
      code: 'CONSENT_CHOSEN_ELSEWHERE',
      message: expect.stringContaining('I still ignore your voice'),
      remedy: expect.stringContaining('once more'),
    });
    expect(consent.isOptedOut('1')).toBe(true);
    expect(changes).toEqual([{ userId: '1', optedOut: true }]);
    await consent.optIn('1');
    expect(consent.isOptedOut('1')).toBe(false);
  });
});

describe('when the store does not work', { tags: ['fault'] }, () => {
  it('still ignores the user, tells them that it may not last, and saves it once it can', async () => {
    const { consent, clock, disk, logged, saved } = rig();
    disk.works = false;
    await expect(consent.optOut('1')).rejects.toMatchObject({
      code: 'CONSENT_NOT_SAVED',
      message: expect.stringContaining('could not be saved'),
      remedy: expect.stringContaining('whoever runs this bot'),
    });
    expect(consent.isOptedOut('1')).toBe(true);
    await clock.advance(100_000);
    expect(logged).toMatchObject([{ level: 40, remedy: 'Free some.' }]);
    disk.works = true;
    await clock.advance(30_000);
    expect(saved).toEqual(['1:out']);
    expect(logged.at(-1)).toMatchObject({ level: 30, msg: 'the store works again' });
  });

  it('does not let the user wait for a disk that never answers', async () => {
    const { consent, clock, disk } = rig();
    disk.answers = false;
    const refused = expect(consent.optOut('1')).rejects.toMatchObject({ code: 'CONSENT_NOT_SAVED' });
    await clock.advance(2_000);
    await refused;
  });
});
