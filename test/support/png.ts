/** Reads PNG files, as far as tests must look at pictures: their size, and the share of pixels of a kind in a part. */
import { inflateSync } from 'node:zlib';

const MAGIC = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

export interface Png {
  width: number;
  height: number;
  /** The share (0 to 1) of pixels as bright as `least` (0 to 255) or brighter in a part, given in pixels. */
  bright(part: { left: number; top: number; right: number; bottom: number }, least?: number): number;
}

/** Throws unless it is a PNG of 8 bits with red, green, blue and alpha. */
export function readPng(data: Uint8Array): Png {
  const file = Buffer.from(data);
  if (!file.subarray(0, 8).equals(MAGIC)) throw new Error('no PNG');
  const [width, height, format] = [file.readUInt32BE(16), file.readUInt32BE(20), file.readUInt16BE(24)];
  if (format !== 0x0806) throw new Error(`unexpected pixel format ${format}`);
  const pixels = unfiltered(inflateSync(Buffer.concat(chunks(file, 'IDAT'))), width, height);
  return {
    width,
    height,
    bright({ left, top, right, bottom }, least = 150) {
      let found = 0;
      let all = 0;
      for (let y = top; y < bottom; y++) {
        for (let x = left; x < right; x++) {
          const at = (y * width + x) * 4;
          all += 1;
          if (Math.min(pixels[at]!, pixels[at + 1]!, pixels[at + 2]!) >= least) found += 1;
        }
      }
      return found / all;
    },
  };
}

function chunks(file: Buffer, wanted: string): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 8; at < file.length; ) {
    const length = file.readUInt32BE(at);
    if (file.toString('latin1', at + 4, at + 8) === wanted)
      found.push(file.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  return found;
}

/** Undoes the filter of each line. */
function unfiltered(raw: Buffer, width: number, height: number): Uint8Array {
  const stride = width * 4;
  const out = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)]!;
    for (let i = 0; i < stride; i++) {
      const value = raw[y * (stride + 1) + 1 + i]!;
      const left = i >= 4 ? out[y * stride + i - 4]! : 0;
      const up = y > 0 ? out[(y - 1) * stride + i]! : 0;
      const corner = y > 0 && i >= 4 ? out[(y - 1) * stride + i - 4]! : 0;
      out[y * stride + i] = value + predicted(filter, left, up, corner);
    }
  }
  return out;
}

function predicted(filter: number, left: number, up: number, corner: number): number {
  if (filter === 0) return 0;
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return Math.floor((left + up) / 2);
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}
