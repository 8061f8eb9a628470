/** The table of settings, `.env.example` and the README's table name the same settings. */
import { readFileSync } from 'node:fs';
import { parse } from 'dotenv';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import type { Setting } from '../../src/config/setting.ts';
import { settings } from '../../src/config/settings.ts';
import { FLITE_VOICES } from '../../src/providers/tts/flite/voices.ts';

const names = new Set(Object.keys(settings));
const table: [string, Setting][] = Object.entries(settings);
const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** The variables of an env file, those in a comment as well. */
const exampleEnv = () => parse(read('.env.example').replace(/^# (?=[A-Z_]+=)/gm, ''));

/** Rows "| `NAME` | default | ..." of the README's section "Settings". */
function readmeRows(): Map<string, string> {
  const section = /^## Settings$([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(read('README.md'))?.[1] ?? '';
  const rows = section.matchAll(/^\| *`([A-Z_]+)` *\| *([^|]*?) *\|/gm);
  return new Map([...rows].map((row) => [row[1]!, row[2]!.replaceAll('`', '')]));
}

describe('the table of settings', () => {
  it.each(table)('gives %s a default and an example that pass', (_name, setting) => {
    for (const text of [setting.default, setting.example].filter((text) => text !== '')) {
      expect(setting.schema.safeParse(text).success).toBe(true);
    }
  });

  it('offers the voices that the synthesiser has, and no other', () => {
    const { error } = settings.VOICE.schema.safeParse('no voice');
    expect(error?.issues[0]?.message).toBe(`must be one of: ${FLITE_VOICES.join(', ')}`);
  });

  it('says what each is and what to do, in whole sentences', () => {
    for (const [name, { what, remedy }] of table) {
      expect(what, name).toMatch(/^[A-Z].*\.$/);
      expect(remedy, name).toMatch(/^[A-Z].*\.$/);
    }
  });
});

describe('.env.example', () => {
  it('names every setting, and no other', () => {
    expect(new Set(Object.keys(exampleEnv()))).toEqual(names);
  });

  it('shows the defaults', () => {
    for (const [name, text] of Object.entries(exampleEnv())) {
      expect(text, name).toBe(settings[name as keyof typeof settings].default);
    }
  });

  it('works once the token is filled in', () => {
    expect(loadConfig({ ...exampleEnv(), DISCORD_TOKEN: 'a.b.c' })).toEqual(
      loadConfig({ DISCORD_TOKEN: 'a.b.c' }),
    );
  });
});

describe('README.md', () => {
  it('names every setting in its table, and no other', () => {
    expect(new Set(readmeRows().keys())).toEqual(names);
  });

  it('shows the defaults', () => {
    for (const [name, setting] of table) {
      if (setting.default !== '') expect(readmeRows().get(name), name).toContain(setting.default);
    }
  });
});
