/** An opt-out holds at once, survives restarts, and is never lost to a damaged file or a full disk. */
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { type Log, silentLog } from '../../src/base/log.ts';
import { type ConsentChange, openConsentStore } from '../../src/store/consent.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'parley-consent-'));
});
afterEach(() => {
  rmSync(dataDir, { recursive: true, force: true });
});

const file = () => join(dataDir, 'consent.json');
const open = (log: Log = silentLog) => openConsentStore({ dataDir, clock: systemClock, log });

/** A log whose errors and warnings can be looked at. */
function recordingLog() {
  const entries: { fields: Record<string, unknown>; message: string }[] = [];
  const record = (fields: Record<string, unknown>, message: string) => entries.push({ fields, message });
  return { log: { ...silentLog, error: record, warn: record } as unknown as Log, entries };
}

describe('the consent store', () => {
  it('listens to everyone until they opt out, and again when they opt in', async () => {
    const store = await open();
    expect(store.isOptedOut('1')).toBe(false);
    await store.optOut('1');
    expect([store.isOptedOut('1'), store.isOptedOut('2')]).toEqual([true, false]);
    await store.optIn('1');
    expect(store.isOptedOut('1')).toBe(false);
  });

  it('takes effect and tells its listeners before the file is written', async () => {
    const store = await open();
    const changes: ConsentChange[] = [];
    const stop = store.onChange((change) => changes.push(change));
    const saved = store.optOut('1');
    expect(store.isOptedOut('1')).toBe(true);
    expect(changes).toEqual([{ userId: '1', optedOut: true }]);
    await saved;
    await store.optOut('1');
    await store.optIn('1');
    expect(changes.slice(1)).toEqual([{ userId: '1', optedOut: false }]);
    stop();
    await store.optOut('1');
    expect(changes).toHaveLength(2);
  });

  it('tells the other listeners, and the file, when one listener fails', async () => {
    const { log, entries } = recordingLog();
    const store = await open(log);
    const heard = vi.fn();
    store.onChange(() => {
      throw new Error('broken listener');
    });
    store.onChange(heard);
    await store.optOut('1');
    expect(heard).toHaveBeenCalledOnce();
    expect(entries).toHaveLength(1);
    expect((await open()).isOptedOut('1')).toBe(true);
  });

  it('remembers over a restart', async () => {
    const first = await open();
    await Promise.all(['1', '2', '3'].map((id) => first.optOut(id)));
    await first.optIn('2');
    const second = await open();
    expect(['1', '2', '3'].map((id) => second.isOptedOut(id))).toEqual([true, false, true]);
  });

  it('leaves the last choice in the file when many come at once', async () => {
    const store = await open();
    const saves = Array.from({ length: 40 }, (_, index) =>
      index % 2 === 0 ? store.optOut('1') : store.optIn('1'),
    );
    await Promise.all([...saves, store.optOut('2')]);
    const second = await open();
    expect([second.isOptedOut('1'), second.isOptedOut('2')]).toEqual([false, true]);
    expect(readdirSync(dataDir)).toEqual(['consent.json']);
  });

  it('makes its folder', async () => {
    const nested = join(dataDir, 'a', 'b');
    const store = await openConsentStore({ dataDir: nested, clock: systemClock, log: silentLog });
    await store.optOut('1');
    expect(readdirSync(nested)).toEqual(['consent.json']);
  });
});

describe('when the file cannot be written', { tags: ['fault'] }, () => {
  /** The folder turns into a file: nothing can be written, whoever runs the test. */
  const breakFolder = () => {
    rmSync(dataDir, { recursive: true });
    writeFileSync(dataDir, '');
  };

  it('still ignores the user, tells them that it may not last, and tells the operator what to do', async () => {
    const { log, entries } = recordingLog();
    const store = await open(log);
    breakFolder();
    await expect(store.optOut('1')).rejects.toMatchObject({
      code: 'CONSENT_NOT_SAVED',
      message: expect.stringContaining('could not be saved'),
      remedy: expect.not.stringContaining(dataDir),
    });
    expect(store.isOptedOut('1')).toBe(true);
    expect(entries).toHaveLength(1);
    expect(entries[0]!.fields).toMatchObject({ remedy: expect.stringContaining(dataDir) });
  });

  it('saves what failed before with the next choice', async () => {
    const store = await open();
    breakFolder();
    await expect(store.optOut('1')).rejects.toMatchObject({ code: 'CONSENT_NOT_SAVED' });
    rmSync(dataDir);
    await store.optOut('2');
    const second = await open();
    expect([second.isOptedOut('1'), second.isOptedOut('2')]).toEqual([true, true]);
  });

  it('does not let the user wait for a disk that never answers', async () => {
    let fire = () => {};
    const clock = {
      now: () => 0,
      setTimer: (_delayMs: number, fn: () => void) => {
        fire = fn;
        return { cancel: () => {} };
      },
    };
    const store = await openConsentStore({ dataDir, clock, log: silentLog });
    const saved = store.optOut('1');
    fire();
    await expect(saved).rejects.toMatchObject({ code: 'CONSENT_NOT_SAVED' });
  });

  it('warns at start when the folder cannot be made', async () => {
    const { log, entries } = recordingLog();
    const dangling = join(dataDir, 'link-to-nowhere');
    symlinkSync(join(dataDir, 'nowhere'), dangling);
    await openConsentStore({ dataDir: dangling, clock: systemClock, log });
    expect(entries.map(({ message }) => message)).toEqual([
      'choices about consent will not survive a restart',
    ]);
  });
});

describe('a damaged file', { tags: ['fault'] }, () => {
  it.each([
    ['half written', '{"version":1,"optedOut":["1"'],
    ['of another shape', '{"version":1,"optedOut":"1"}'],
    ['of a later version', '{"version":2,"optedOut":[]}'],
    ['with ids that are none', '{"version":1,"optedOut":["everyone"]}'],
    ['empty', ''],
  ])('%s is kept aside, and nobody is listened to until it is dealt with', async (_what, text) => {
    writeFileSync(file(), text);
    const refusal = { code: 'CONSENT_CORRUPT', remedy: expect.stringContaining(file()) };
    await expect(open()).rejects.toMatchObject(refusal);
    expect(readFileSync(`${file()}.corrupt`, 'utf8')).toBe(text);
    // A process manager starts the program again and again: it must go on refusing.
    await expect(open()).rejects.toMatchObject(refusal);
    await expect(open()).rejects.toMatchObject(refusal);
  });

  it('works again once it is repaired and put back', async () => {
    writeFileSync(file(), '{"version":1,"optedOut":["1"');
    await expect(open()).rejects.toMatchObject({ code: 'CONSENT_CORRUPT' });
    writeFileSync(`${file()}.corrupt`, '{"version":1,"optedOut":["1"]}');
    renameSync(`${file()}.corrupt`, file());
    expect((await open()).isOptedOut('1')).toBe(true);
  });

  it('that is no file at all stops the start as well', async () => {
    rmSync(dataDir, { recursive: true });
    writeFileSync(dataDir, '');
    await expect(open()).rejects.toMatchObject({ code: 'CONSENT_UNREADABLE' });
  });
});
