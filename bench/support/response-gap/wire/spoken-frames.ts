/** A scripted turn as frames of sound at the pace of time: each word a tone of its own, which the vendor's side knows again. */
import { OPUS_DELAY_MS } from '../../../../src/audio/opus.ts';
import { bytesToPcm, concatPcm, FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE } from '../../../../src/audio/pcm.ts';
import { type ScriptedTurn, wordsOf } from '../script.ts';

/** What happens at the ears, in ms from the arrival of the turn's first frame; null is the end of talk. */
export interface Heard {
  atMs: number;
  pcm: Int16Array | null;
}

/** A client's voice gate stays open so long after the last sound. */
const VOICE_GATE_MS = 200;
/** Of the first word; each further one is a little louder. Far above what counts as voiced, far below clipping. */
const AMPLITUDE = 4_000;
const STEP = 100;
const HALF_WAVE = 16;
/** Decoded sound lags behind its packet by this: the end of each comes with the next. */
const DELAY_SAMPLES = (OPUS_DELAY_MS * SAMPLE_RATE) / 1000;

/** As a decoder gives it out, packet by packet, with the pauses and the end of talk that the script's client sends. */
export function spokenFrames(turn: ScriptedTurn): Heard[] {
  const heard: Heard[] = [];
  let number = 0;
  let tail = new Int16Array(DELAY_SAMPLES);
  const packet = (atMs: number, pcm: Int16Array) => {
    const decoded = concatPcm([tail, pcm]);
    tail = decoded.slice(FRAME_SAMPLES);
    heard.push({ atMs, pcm: decoded.slice(0, FRAME_SAMPLES) });
  };
  for (const [i, { words, startMs, endMs }] of turn.segments.entries()) {
    let atMs = startMs;
    for (const word of words) {
      // Instants are sums: they are off by a little.
      for (; atMs < word.endMs + FRAME_MS / 2; atMs += FRAME_MS) packet(atMs, toneOf(number));
      number += 1;
    }
    const nextMs = turn.segments[i + 1]?.startMs ?? Number.POSITIVE_INFINITY;
    const gateMs = endMs + VOICE_GATE_MS;
    for (; atMs < Math.min(gateMs, nextMs); atMs += FRAME_MS) packet(atMs, new Int16Array(FRAME_SAMPLES));
    if (nextMs > gateMs) heard.push({ atMs: gateMs, pcm: null });
  }
  return heard;
}

function toneOf(word: number): Int16Array {
  const amplitude = AMPLITUDE + word * STEP;
  return Int16Array.from({ length: FRAME_SAMPLES }, (_, i) =>
    Math.floor(i / HALF_WAVE) % 2 === 0 ? amplitude : -amplitude,
  );
}

/** Counts, sample by sample, which words of the turn were heard to their end. */
export class WordCounter {
  readonly #samples: number[];
  readonly #heard: number[];

  constructor(turn: ScriptedTurn) {
    this.#samples = samplesOf(turn);
    this.#heard = this.#samples.map(() => 0);
  }

  /** How many words. */
  get complete(): number {
    // The last few samples of a word come with the next packet.
    const missing = this.#heard.findIndex((count, i) => count < this.#samples[i]! - DELAY_SAMPLES);
    return missing < 0 ? this.#heard.length : missing;
  }

  accept(bytes: Uint8Array): void {
    for (const sample of bytesToPcm(bytes)) {
      const word = Math.round((Math.abs(sample) - AMPLITUDE) / STEP);
      if (word >= 0 && word < this.#heard.length) this.#heard[word]! += 1;
    }
  }
}

/** For each word, how many samples it is heard. */
function samplesOf(turn: ScriptedTurn): number[] {
  const counts = wordsOf(turn).map(() => 0);
  let number = 0;
  for (const { words, startMs } of turn.segments) {
    let fromMs = startMs - FRAME_MS;
    for (const { endMs } of words) {
      counts[number++] = Math.round((endMs - fromMs) / FRAME_MS) * FRAME_SAMPLES;
      fromMs = endMs;
    }
  }
  return counts;
}
