/** Speech for vendors that are played by a test: each word is a tone, which the vendor's side knows again from the samples. */
import { bytesToPcm, concatPcm, SAMPLE_RATE } from '../../../src/audio/pcm.ts';
import { tone } from '../tone.ts';

const WORDS = [
  ...['what', 'time', 'is', 'it', 'tell', 'me', 'a', 'joke', 'turn', 'on', 'the', 'light'],
  ...['good', 'morning', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'],
] as const;

export type ToneWord = (typeof WORDS)[number];

const WORD_MS = 120;
const GAP_MS = 40;
const LOWEST_HZ = 400;
const STEP_HZ = 100;
const BLOCK = SAMPLE_RATE / 100;
/** A tone is known after this, before it is over. */
const KNOWN_BLOCKS = 6;
const LOUD = 1_000;

/** These words, 160 ms each. */
export const toneSpeech = (...words: ToneWord[]): Int16Array =>
  concatPcm(
    words.flatMap((word) => [
      tone(WORD_MS, { rate: SAMPLE_RATE, hz: LOWEST_HZ + WORDS.indexOf(word) * STEP_HZ, amplitude: 0.3 }),
      new Int16Array((GAP_MS * SAMPLE_RATE) / 1000),
    ]),
  );

/** Hears the words in a stream of samples, cut anyhow. */
export class ToneEar {
  #words: ToneWord[] = [];
  #rest = new Int16Array(0);
  /** The tone under way: how many blocks, and how often it crossed zero. */
  #blocks = 0;
  #crossings = 0;
  #last = 0;
  samples = 0;
  /** Silence at the end. */
  quietMs = 0;

  /** What was said so far, with the word under way. */
  get text(): string {
    const now = this.#blocks >= KNOWN_BLOCKS ? [this.#word()] : [];
    return [...this.#words, ...now].join(' ');
  }

  accept(bytes: Uint8Array): void {
    const pcm = concatPcm([this.#rest, bytesToPcm(bytes)]);
    this.samples += bytes.byteLength / 2;
    let at = 0;
    for (; at + BLOCK <= pcm.length; at += BLOCK) this.#acceptBlock(pcm.subarray(at, at + BLOCK));
    this.#rest = pcm.slice(at);
  }

  /** Begins a new text; a word under way is part of the old one. */
  clear(): void {
    this.#words = [];
    this.#endTone(false);
  }

  #acceptBlock(block: Int16Array): void {
    const loud = block.some((sample) => Math.abs(sample) > LOUD);
    this.quietMs = loud ? 0 : this.quietMs + 10;
    if (!loud) return this.#endTone(true);
    this.#blocks += 1;
    for (const sample of block) {
      if (sample >= 0 !== this.#last >= 0) this.#crossings += 1;
      this.#last = sample;
    }
  }

  #endTone(counts: boolean): void {
    if (counts && this.#blocks >= KNOWN_BLOCKS) this.#words.push(this.#word());
    this.#blocks = 0;
    this.#crossings = 0;
  }

  #word(): ToneWord {
    const hz = this.#crossings / 2 / ((this.#blocks * BLOCK) / SAMPLE_RATE);
    return WORDS[Math.min(WORDS.length - 1, Math.max(0, Math.round((hz - LOWEST_HZ) / STEP_HZ)))]!;
  }
}
