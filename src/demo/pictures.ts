/** Keeps pictures of a demo: the talk as it ran in the terminal, and what /latency showed of it. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Loopback, Person } from '../loopback/index.ts';

const SUBCOMMANDS = ['now', 'stats', 'history'] as const;

export interface Kept {
  loopback: Loopback;
  /** Who asks /latency, as any member may. */
  person: Person;
  /** What was shown in the terminal; colours are left out. */
  talk: readonly string[];
  /** What was typed for it. */
  typed: string;
}

/** Writes demo.svg and a PNG of each picture of /latency to `folder`. Returns their names, with their descriptions. */
export async function keepPictures(
  folder: string,
  { loopback, person, talk, typed }: Kept,
): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const lines = talk.flatMap((text) => stripVTControlCharacters(text).split('\n'));
  await writeFile(join(folder, 'demo.svg'), terminalSvg(lines, typed));
  const kept = ['demo.svg'];
  for (const subcommand of SUBCOMMANDS) {
    const options = subcommand === 'now' ? {} : { window: '15 minutes' };
    const { text, files } = await loopback.command(person, { name: 'latency', subcommand, options });
    const [file] = files;
    if (!file) throw new Error(`/latency ${subcommand} came without a picture: ${text}`);
    await writeFile(join(folder, file.name), file.data);
    kept.push(`${file.name}: ${file.description ?? ''}`);
  }
  return kept;
}

const LINE = 20;
/** The width of a letter of 14 px in the usual monospaced fonts. */
const LETTER = 8.43;
const LEFT = 18;
const TOP = 64;

/** Lines of text as an SVG that looks like a terminal. */
function terminalSvg(lines: readonly string[], title: string): string {
  const columns = Math.max(60, ...lines.map(({ length }) => length));
  const width = Math.ceil(columns * LETTER + 2 * LEFT);
  const height = TOP + lines.length * LINE;
  const dots = ['#ff5f57', '#febc2e', '#28c840'].map(
    (fill, index) => `<circle cx="${22 + index * 20}" cy="20" r="6" fill="${fill}"/>`,
  );
  const label = 'A run of npm run demo: people ask, Parley answers, each response gap in milliseconds';
  const fonts = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace";
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">`,
    '<rect width="100%" height="100%" rx="10" fill="#1b1e24"/>',
    dots.join(''),
    `<text x="84" y="25" fill="#9aa3af" font-family="monospace" font-size="13">${escaped(title)}</text>`,
    `<g font-family="${fonts}" font-size="14" fill="#d7dce2">`,
    ...lines.map((line, index) => lineSvg(line, TOP + index * LINE)),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** Bars stand out. Each part says where it begins, so that a font of another width shifts nothing behind it. */
function lineSvg(line: string, y: number): string {
  const [before = '', bar = '', after = ''] = /^(.*?)(▕.*? ms)(.*)$/.exec(line)?.slice(1) ?? [line];
  const parts: readonly [text: string, column: number, style: string][] = [
    [before, 0, ''],
    [bar, before.length, ' fill="#57c785"'],
    [after, before.length + bar.length, ''],
  ];
  const spans = parts.flatMap(([text, column, style]) => {
    const word = text.trimStart();
    if (word === '') return [];
    const x = LEFT + (column + text.length - word.length) * LETTER;
    return [`<tspan x="${x.toFixed(1)}"${style}>${escaped(word)}</tspan>`];
  });
  return `<text y="${y}" xml:space="preserve">${spans.join('')}</text>`;
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
