/** A vendor's ear for real speech that knows what will be said: it has to notice only that it was. */
import { bytesToPcm, samplesToMs } from '../../../src/audio/pcm.ts';
import type { VendorEar } from './elevenlabs-scribe.ts';

/** What the person says next; a new text begins a new utterance. */
export class SpokenScript {
  #text = '';
  #number = 0;

  say(text: string): void {
    this.#text = text;
    this.#number += 1;
  }

  get now(): { text: string; number: number } {
    return { text: this.#text, number: this.#number };
  }

  readonly ear = (): VendorEar => new ScriptEar(this);
}

const LOUD = 500;
/** Sound of so long is speech, and its words are known. */
const KNOWN_AFTER_MS = 300;

class ScriptEar implements VendorEar {
  readonly #script: SpokenScript;
  #utterance = 0;
  #loudMs = 0;
  #told = false;

  constructor(script: SpokenScript) {
    this.#script = script;
  }

  get text(): string {
    return this.#loudMs >= KNOWN_AFTER_MS && !this.#told ? this.#script.now.text : '';
  }

  accept(bytes: Uint8Array): void {
    const { number } = this.#script.now;
    if (number !== this.#utterance) {
      this.#utterance = number;
      this.#loudMs = 0;
      this.#told = false;
    }
    const pcm = bytesToPcm(bytes);
    if (pcm.some((sample) => Math.abs(sample) > LOUD)) this.#loudMs += samplesToMs(pcm.length);
  }

  clear(): void {
    if (this.text) this.#told = true;
  }
}
