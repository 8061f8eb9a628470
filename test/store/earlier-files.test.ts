/** What earlier versions kept in files is taken over once, and a damaged list of opt-outs is never passed over. */
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
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NO_USAGE } from '../../src/money/usage.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { takeOverEarlierFiles } from '../../src/store/earlier-files.ts';
import { migrate } from '../../src/store/migrations.ts';
import { readNews, setConsent } from '../../src/store/shared-tables.ts';

let dataDir: string;
let database: Database;
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'parley-earlier-'));
  database = await openDatabase({ file: join(dataDir, 'parley.db') });
  await migrate(database);
});
afterEach(async () => {
  await database.db.destroy();
  rmSync(dataDir, { recursive: true, force: true });
});

const consentFile = () => join(dataDir, 'consent.json');
const write = (name: string, text: string) => writeFileSync(join(dataDir, name), text);
const takeOver = async () => await takeOverEarlierFiles(database, dataDir);
const news = async () => await readNews(database, '2026-11-23', 'me');

describe('earlier files', () => {
  it('are not needed', async () => {
    await takeOver();
    expect(await news()).toEqual({ optedOut: [], settings: [], usage: [] });
  });

  it('are taken over once; what was chosen since holds', async () => {
    const used = { ...NO_USAGE, characters: 25 };
    await setConsent(database, { userId: '2', optedOut: false, atUnixMs: 5, afterOptOut: null });
    write('consent.json', '{"version":1,"optedOut":["1","2"]}');
    write(
      'spend.json',
      JSON.stringify({ version: 1, day: '2026-11-23', guilds: { '4': { 'elevenlabs/x': used } } }),
    );
    await takeOver();
    const expected = {
      optedOut: [{ userId: '1', atUnixMs: 0 }],
      settings: [],
      usage: [{ day: '2026-11-23', guildId: '4', service: 'elevenlabs/x', used }],
    };
    expect(await news()).toEqual(expected);
    expect(
      readdirSync(dataDir)
        .filter((name) => !name.startsWith('parley.db'))
        .toSorted(),
    ).toEqual([...['consent.json.taken-over', 'spend.json.taken-over']]);
    await setConsent(database, { userId: '1', optedOut: false, atUnixMs: 6, afterOptOut: 0 });
    await takeOver();
    expect(await news()).toEqual({ ...expected, optedOut: [] });
  });

  it.each(['', '{', '{"version":2}', '{"version":1,"day":"today","guilds":{}}'])(
    'a spend.json of %j counts as none',
    async (text) => {
      write('spend.json', text);
      await takeOver();
      expect((await news()).usage).toEqual([]);
    },
  );
});

describe('a damaged list of opt-outs', { tags: ['fault'] }, () => {
  it.each([
    ['half written', '{"version":1,"optedOut":["1"'],
    ['of another shape', '{"version":1,"optedOut":"1"}'],
    ['of a later version', '{"version":2,"optedOut":[]}'],
    ['with ids that are none', '{"version":1,"optedOut":["everyone"]}'],
    ['empty', ''],
  ])('%s is kept aside, and nobody is listened to until it is dealt with', async (_what, text) => {
    write('consent.json', text);
    const refusal = { code: 'CONSENT_CORRUPT', remedy: expect.stringContaining(consentFile()) };
    await expect(takeOver()).rejects.toMatchObject(refusal);
    expect(readFileSync(`${consentFile()}.corrupt`, 'utf8')).toBe(text);
    // A process manager starts the program again and again: it must go on refusing.
    await expect(takeOver()).rejects.toMatchObject(refusal);
    await expect(takeOver()).rejects.toMatchObject(refusal);
  });

  it('is taken over once it is repaired and put back', async () => {
    write('consent.json', '{"version":1,"optedOut":["1"');
    await expect(takeOver()).rejects.toMatchObject({ code: 'CONSENT_CORRUPT' });
    write('consent.json.corrupt', '{"version":1,"optedOut":["1"]}');
    renameSync(`${consentFile()}.corrupt`, consentFile());
    await takeOver();
    expect((await news()).optedOut).toMatchObject([{ userId: '1' }]);
  });

  it('that cannot be read stops the start as well', async () => {
    symlinkSync('consent.json', consentFile());
    await expect(takeOver()).rejects.toMatchObject({ code: 'CONSENT_UNREADABLE' });
  });
});
