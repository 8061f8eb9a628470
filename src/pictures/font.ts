/** How wide text is drawn, as the tables of the very font files say that the pictures are drawn with. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** The fonts of the machine are never used: pictures are the same everywhere, and text vanishes without any font. */
const require = createRequire(import.meta.url);
const FILES = {
  regular: require.resolve('@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf'),
  bold: require.resolve('@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf'),
} as const;

export const FONT_FILES: readonly string[] = Object.values(FILES);

/** Of the ways to map characters to glyphs, the one that has groups of any character. */
const GROUPS = 12;

interface Group {
  from: number;
  to: number;
  glyph: number;
}

/** One font file in the OpenType format; throws for one of another kind. */
class Face {
  readonly #file: Buffer;
  readonly #groups: readonly Group[];
  readonly #hmtx: number;
  readonly #advances: number;
  readonly #unitsPerEm: number;

  constructor(path: string) {
    this.#file = readFileSync(path);
    this.#unitsPerEm = this.#file.readUInt16BE(this.#table('head') + 18);
    this.#advances = this.#file.readUInt16BE(this.#table('hhea') + 34);
    this.#hmtx = this.#table('hmtx');
    this.#groups = this.#readGroups();
  }

  /** In parts of the font's size. Kerning, which is a hundredth of it or less, is left out. */
  widthOf(char: string): number {
    const code = char.codePointAt(0)!;
    const group = this.#groups.find(({ from, to }) => code >= from && code <= to);
    const glyph = group ? group.glyph + code - group.from : 0;
    // The last advance is that of all glyphs from there on.
    const at = this.#hmtx + 4 * Math.min(glyph, this.#advances - 1);
    return this.#file.readUInt16BE(at) / this.#unitsPerEm;
  }

  #table(tag: string): number {
    const tables = this.#file.readUInt16BE(4);
    for (let entry = 12; entry < 12 + 16 * tables; entry += 16)
      if (this.#file.toString('latin1', entry, entry + 4) === tag) return this.#file.readUInt32BE(entry + 8);
    throw new Error(`The font has no table ${tag}`);
  }

  #readGroups(): Group[] {
    const cmap = this.#table('cmap');
    const maps = this.#file.readUInt16BE(cmap + 2);
    for (let entry = cmap + 4; entry < cmap + 4 + 8 * maps; entry += 8) {
      const map = cmap + this.#file.readUInt32BE(entry + 4);
      if (this.#file.readUInt16BE(map) !== GROUPS) continue;
      return Array.from({ length: this.#file.readUInt32BE(map + 12) }, (_, index) => {
        const group = map + 16 + 12 * index;
        const [from, to, glyph] = [0, 4, 8].map((offset) => this.#file.readUInt32BE(group + offset));
        return { from: from!, to: to!, glyph: glyph! };
      });
    }
    throw new Error('The font maps no characters');
  }
}

const regular = new Face(FILES.regular);
const bold = new Face(FILES.bold);
const known = new Map<string, number>();

/** How wide `content` is drawn, in the units of `size`. */
export function textWidth(content: string, size: number, isBold = false): number {
  let width = 0;
  for (const char of content) {
    const key = isBold ? `*${char}` : char;
    let one = known.get(key);
    if (one === undefined) {
      one = (isBold ? bold : regular).widthOf(char);
      known.set(key, one);
    }
    width += one;
  }
  return width * size;
}

const ELLIPSIS = '…';

/** Cuts what would be drawn wider than `width` units; an ellipsis stands for what is missing. */
export function fitted(content: string, width: number, size: number): string {
  if (textWidth(content, size) <= width) return content;
  const chars = [...content];
  while (chars.length > 0 && textWidth(chars.join('') + ELLIPSIS, size) > width) chars.pop();
  return chars.join('').trimEnd() + ELLIPSIS;
}

/** `content` in at most two lines, broken between words; what does not fit into them either is cut. */
export function inTwoLines(content: string, width: number, size: number): string[] {
  if (textWidth(content, size) <= width) return [content];
  const words = content.split(' ');
  let fit = 0;
  while (textWidth(words.slice(0, fit + 1).join(' '), size) <= width) fit++;
  if (fit === 0) return [fitted(content, width, size)];
  const lines = [words.slice(0, fit), words.slice(fit)];
  return lines.map((line) => fitted(line.join(' '), width, size));
}
