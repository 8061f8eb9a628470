/** The house keeps its own rules: arrows between its parts, one clock, small files that say what they are for. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MAX_LINES, violationsOf } from './architecture/rules.ts';
import { importsOf, maskSource } from './architecture/source.ts';

const root = new URL('../', import.meta.url);

/** Every file of the product, as a path from the root. */
function productFiles(): string[] {
  const inFolders = ['src', 'commands', 'bench'].flatMap((folder) =>
    readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.[cm]?[jt]s$/.test(path))
      .map((path) => `${folder}/${path.replaceAll('\\', '/')}`),
  );
  return ['start.js', ...inFolders];
}

describe('the product', () => {
  it('keeps the rules', () => {
    const files = productFiles();
    expect(files).toEqual(
      expect.arrayContaining(['src/base/clock.ts', 'commands/index.ts', 'bench/main.ts']),
    );
    const violations = files.flatMap((path) => violationsOf(path, readFileSync(new URL(path, root), 'utf8')));
    expect(violations.join('\n')).toBe('');
  });
});

/** Code with `@{` for the braces of a template, which may not stand in a plain string. */
const template = (code: string) => code.replaceAll('@{', '\u0024{');

/** What the rules say of a file that holds `code` below its purpose, on line 2. */
const judge = (path: string, code: string) => violationsOf(path, `/** Purpose. */\n${code}\n`);

describe('the rules', () => {
  it.each([
    ['src/turn/a.ts', `import type { Clock } from '../base/clock.ts';`],
    ['src/turn/a.ts', `import { b } from './b.ts';`],
    ['src/conversation/a.ts', `import { UNCLEAR_SPEECH } from '../providers/llm/llm.ts';`],
    ['src/conversation/a.ts', `import type { Queue } from '../providers/queue.ts';`],
    ['src/discord/ears/a.ts', `import type { Ears } from '../../conversation/ports.ts';`],
    ['src/discord/a.ts', `import { Client } from 'discord.js';`],
    ['src/audio/a.ts', `import { OpusEncoder } from '@discordjs/opus';`],
    ['src/app.ts', `import type { Client } from 'discord.js';\nimport { open } from './store/consent.ts';`],
    ['src/main.ts', `import { commands } from '../commands/index.ts';\nrun({ nowUnixMs: Date.now });`],
    ['commands/a.ts', `import type { Command } from '../src/discord/command.ts';`],
    ['commands/a.ts', `import type { APIUser } from 'discord.js';`],
    ['commands/a.ts', `import { renderStats } from '../src/latency/stats.ts';`],
    ['src/demo/main.ts', `import { a } from '../loopback/a.ts';\nsetTimeout(a, Date.now());`],
    ['bench/a.ts', `import { a } from '../src/turn/a.ts';\nperformance.now();`],
    ['bench/a.ts', `import { a } from '../test/support/a.ts';`],
    ['src/base/clock.ts', 'performance.now(); setTimeout(f, 1);'],
    ['src/loopback/a.ts', `import { WebSocket } from 'ws';\nsetInterval(f, 1);`],
    ['src/latency/a.ts', 'new Date(unixMs); clock.setTimer(1, f);'],
    [
      'src/latency/a.ts',
      `// setTimeout\nconst a = 'Date.now()'; /* performance.now */ const b = /setInterval/;`,
    ],
  ])('let %s: %s', (path, code) => {
    expect(judge(path, code)).toEqual([]);
  });

  it.each([
    [
      'src/turn/a.ts',
      `import { systemClock } from '../base/clock.ts';`,
      'turn may import only types of base',
    ],
    ['src/turn/a.ts', `import { type Clock } from '../base/clock.ts';`, 'turn may import only types of base'],
    ['src/turn/a.ts', `import type { Marks } from '../latency/timeline.ts';`, 'turn may not import latency'],
    ['src/turn/a.ts', `import { readFile } from 'node:fs/promises';`, 'turn/ imports only types of base/'],
    ['src/turn/a.ts', `import type { z } from 'zod';`, 'turn/ imports only types of base/'],
    ['src/turn/a.ts', 'const later = async () => {};', 'turn/ is pure'],
    ['src/turn/a.ts', 'const chance = Math.random();', 'turn/ is pure'],
    ['src/conversation/a.ts', `import { Queue } from '../providers/queue.ts';`, 'only types of providers'],
    [
      'src/conversation/a.ts',
      `import type { Pacer } from '../discord/mouth/pacer.ts';`,
      'may not import discord',
    ],
    ['src/providers/tts/a.ts', `import type { Ears } from '../../conversation/ports.ts';`, 'may not import'],
    [
      'src/providers/tts/a.ts',
      `import type { Client } from 'discord.js';`,
      'only src/discord, src/app.ts and',
    ],
    ['src/discord/a.ts', `import { Conversation } from '../conversation/conversation.ts';`, 'only types of'],
    ['src/app.ts', `import { Client } from 'discord.js';`, 'only src/discord loads discord.js'],
    ['src/app.ts', `import { joinVoiceChannel } from "@discordjs/voice";`, 'only src/discord loads'],
    ['src/app.ts', `import { commands } from '../commands/index.ts';`, 'app may not import commands'],
    ['src/app.ts', `export * from './loopback/a.ts';`, 'app may not import loopback'],
    ['src/app.ts', `const { run } = await import('./demo/a.ts');`, 'app may not import demo'],
    ['src/app.ts', `new Worker(new URL('./loopback/a.ts', import.meta.url));`, 'may not import loopback'],
    ['src/latency/a.ts', `import '../../bench/a.ts';`, 'latency may not import bench'],
    ['src/latency/a.ts', `import { a } from '../../test/a.ts';`, 'the product does not import its tests'],
    ['bench/a.ts', `import { a } from '../test/a.ts';`, 'the product does not import its tests'],
    ['commands/a.ts', `import { ApplicationCommandType } from 'discord.js';`, 'only src/discord loads'],
    ['commands/a.ts', `import { a } from '../src/discord/command.ts';`, 'only types of discord'],
    ['commands/a.ts', `import type { Config } from '../src/config/config.ts';`, 'may not import config'],
    ['src/loopback/a.ts', `import { FRAME_MS } from '../audio/pcm.ts';`, 'loopback may not import audio'],
    ['src/loopback/a.ts', `import type { Clock } from '../base/clock.ts';`, 'loopback may not import base'],
    ['src/newcomer/a.ts', `import { a } from '../base/a.ts';`, '"newcomer" is a new part'],
    ['src/latency/a.ts', 'const now = Date.now();', 'time comes from the injected Clock'],
    ['src/latency/a.ts', 'const now = performance.now();', 'time comes from the injected Clock'],
    ['src/latency/a.ts', 'setTimeout(f, 5);', 'time comes from the injected Clock'],
    ['src/latency/a.ts', 'setInterval(f, 5);', 'time comes from the injected Clock'],
    ['src/latency/a.ts', 'fetch(url, { signal: AbortSignal.timeout(5) });', 'time comes from the injected'],
    ['src/latency/a.ts', `import { setTimeout as wait } from 'node:timers/promises';`, 'time comes from'],
    ['src/latency/a.ts', 'const now = new Date();', 'time comes from the injected Clock'],
    ['src/latency/a.ts', 'const now = new Date;', 'time comes from the injected Clock'],
    ['src/latency/a.ts', template('const text = `at @{Date.now()}`;'), 'time comes from the injected Clock'],
    ['src/main.ts', 'setTimeout(f, 5);', 'time comes from the injected Clock'],
  ])('do not let %s: %s', (path, code, rule) => {
    const violations = judge(path, code);
    expect(violations).not.toEqual([]);
    expect(violations[0]).toContain(`${path}:2: `);
    expect(violations[0]).toContain(rule);
  });

  it('want a purpose, and few lines', () => {
    expect(violationsOf('src/base/a.ts', 'export const a = 1;\n')).toEqual([
      'src/base/a.ts:1: a file opens with its purpose, in /** */',
    ]);
    expect(violationsOf('src/base/a.ts', `/** A. */\n${'\n'.repeat(MAX_LINES - 1)}`)).toEqual([]);
    expect(violationsOf('src/base/a.ts', `/** A. */\n${'\n'.repeat(MAX_LINES)}`)).toEqual([
      `src/base/a.ts:${MAX_LINES + 1}: a file has at most ${MAX_LINES} lines`,
    ]);
    expect(violationsOf('start.js', '#!/usr/bin/env node\n/** A. */\n')).toEqual([]);
  });
});

describe('reading a source', () => {
  const imports = (source: string) =>
    importsOf(source, maskSource(source)).map(
      ({ specifier, typeOnly, line }) => `${line} ${typeOnly ? 'type ' : ''}${specifier}`,
    );

  it('finds every form of import, and what is only a type', () => {
    const source = `import a, { b } from 'one';
import type { c } from "two";
import {
  d,
  type e,
} from './three.ts';
export * as f from 'four';
export type { g } from 'five';
import 'six';
const h = await import('seven');
function i(j: import('eight').K): void {}
const l = require('nine');
import type from 'ten';
`;
    expect(new Set(imports(source))).toEqual(
      new Set([
        ...['1 one', '2 type two', '6 ./three.ts', '7 four', '8 type five', '9 six', '10 seven'],
        ...['11 type eight', '12 nine', '13 ten'],
      ]),
    );
  });

  it('is not fooled by comments and texts', () => {
    expect(
      imports(`// import a from 'one';
/* import 'two'; */ const b = "import 'three'"; const c = \`import 'four'\`;
const d = /import 'five'/; const e = 1 / 2; import 'six'; const f = 3 / 4;`),
    ).toEqual(['3 six']);
  });

  it('keeps the code within a template, and the places of all else', () => {
    const pairs = [
      [
        'a(`text @{b({ c: `inner @{d} text` })} text`); // note',
        'a(`     @{b({ c: `      @{d}     ` })}     `);        ',
      ],
      [`it('it\\'s', "a'b") / 2;`, `it('     ', "   ") / 2;`],
      [`const a = /['"\`/]/.test(b) ? c / d : 'e';`, `const a = /      /.test(b) ? c / d : ' ';`],
      ['/* one\n   two */ three();', '      \n          three();'],
    ] as const;
    for (const [source, masked] of pairs) expect(maskSource(template(source))).toBe(template(masked));
  });
});
