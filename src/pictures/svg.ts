/** Builds SVG as text: the few elements that the pictures are made of. Lengths are units of the picture. */
import { inTwoLines } from './font.ts';
import { FAMILY, INK, MARGIN, SIZE, WIDTH } from './look.ts';

/** From one line below the title to the next. */
const LEADING = 15;

export interface TextStyle {
  size?: number;
  fill?: string;
  bold?: boolean;
  anchor?: 'start' | 'middle' | 'end';
}

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Characters that XML keeps for itself are written out; those that it cannot hold are left out. */
const escaped = (text: string): string =>
  [...text]
    .filter((char) => char >= ' ')
    .join('')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');

const number = (value: number): string => String(Math.round(value * 100) / 100);

/** @param y of the baseline. */
export function text(x: number, y: number, content: string, style: TextStyle = {}): string {
  const { size = SIZE.text, fill = INK.text, bold = false, anchor = 'start' } = style;
  const weight = bold ? ' font-weight="600"' : '';
  const place = `x="${number(x)}" y="${number(y)}" text-anchor="${anchor}"`;
  return `<text ${place} font-family="${FAMILY}" font-size="${size}"${weight} fill="${fill}">${escaped(content)}</text>`;
}

/** @param more further attributes, as they stand in SVG. */
export function rect({ x, y, width, height }: Box, fill: string, more = ''): string {
  const size = `width="${number(Math.max(0, width))}" height="${number(Math.max(0, height))}"`;
  return `<rect x="${number(x)}" y="${number(y)}" ${size} fill="${fill}" ${more}/>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, stroke: string, more = ''): string {
  const ends = `x1="${number(x1)}" y1="${number(y1)}" x2="${number(x2)}" y2="${number(y2)}"`;
  return `<line ${ends} stroke="${stroke}" ${more}/>`;
}

export function path(
  points: readonly (readonly [x: number, y: number])[],
  stroke: string,
  more = '',
): string {
  const d = points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${number(x)} ${number(y)}`).join(' ');
  return `<path d="${d}" fill="none" stroke="${stroke}" ${more}/>`;
}

export const circle = (x: number, y: number, r: number, fill: string, more = ''): string =>
  `<circle cx="${number(x)}" cy="${number(y)}" r="${number(r)}" fill="${fill}" ${more}/>`;

/** Diagonal stripes of a colour, to be filled with as `url(#id)`. */
export const stripes = (id: string, colour: string): string =>
  `<pattern id="${id}" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">` +
  `<rect width="4" height="4" fill="${colour}" fill-opacity="0.22"/>` +
  `<rect width="1.4" height="4" fill="${colour}" fill-opacity="0.75"/></pattern>`;

/**
 * The card with its title and what stands below it, in one line; where that takes two, the body is moved down.
 * @param defs patterns. @param height of the whole, with one line.
 */
export function card(
  { title, under, height, defs = '' }: { title: string; under: string; height: number; defs?: string },
  body: readonly string[],
): string {
  const lines = inTwoLines(under, WIDTH - 2 * MARGIN, SIZE.small);
  const downBy = (lines.length - 1) * LEADING;
  const whole = height + downBy;
  const size = `width="${WIDTH}" height="${number(whole)}" viewBox="0 0 ${WIDTH} ${number(whole)}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size}>`,
    `<defs>${defs}</defs>`,
    rect(
      { x: 0.5, y: 0.5, width: WIDTH - 1, height: whole - 1 },
      INK.card,
      `rx="10" stroke="${INK.edge}" stroke-width="1"`,
    ),
    text(MARGIN, 28, title, { size: SIZE.title, bold: true, fill: INK.strong }),
    ...lines.map((line, at) => text(MARGIN, 46 + at * LEADING, line, { size: SIZE.small, fill: INK.faint })),
    `<g transform="translate(0 ${downBy})">`,
    ...body,
    '</g>',
    '</svg>',
  ].join('\n');
}

/** A small arrow at the edge: the bar goes on beyond it. @param x of its point. @param to 1 for right, -1 for left. */
export const beyond = (x: number, y: number, to: 1 | -1, fill: string): string =>
  `<path d="M${number(x)} ${number(y)} l${-5 * to} -4 v8 z" fill="${fill}"/>`;
