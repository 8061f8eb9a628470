/** What a person sees on a terminal while the doctor works: one line, written over, and nothing left of it. */
import { expect, it } from 'vitest';
import { progressOn } from '../../src/doctor/progress.ts';

/** Shows what is written as a terminal of that width does, wrapping lines that are too long. */
class Screen {
  readonly isTTY = true;
  readonly columns: number;
  readonly #lines: string[] = [''];
  #at = 0;

  constructor(columns: number) {
    this.columns = columns;
  }

  get text(): string {
    return this.#lines.map((line) => line.trimEnd()).join('\n');
  }

  write(text: string): void {
    for (const [i, part] of text.split('\u001b[K').entries()) {
      if (i > 0) this.#put(this.#lines.at(-1)!.slice(0, this.#at));
      for (const letter of part) {
        if (letter === '\r') this.#at = 0;
        else this.#type(letter);
      }
    }
  }

  #type(letter: string): void {
    if (this.#at === this.columns) {
      this.#lines.push('');
      this.#at = 0;
    }
    const line = this.#lines.at(-1)!;
    this.#put(line.slice(0, this.#at) + letter + line.slice(this.#at + 1));
    this.#at += 1;
  }

  #put(line: string): void {
    this.#lines[this.#lines.length - 1] = line;
  }
}

it('shows what is looked at now in one line, and leaves none', () => {
  const screen = new Screen(30);
  const progress = progressOn(screen);
  progress.tell('logging in to Discord');
  expect(screen.text).toBe('  logging in to Discord ...');
  progress.tell('trying: Voice');
  expect(screen.text).toBe('  trying: Voice ...');
  progress.tell('trying keys that are not in use: groq, cerebras');
  expect(screen.text).toBe('  trying keys that are not in');
  progress.clear();
  expect(screen.text).toBe('');
});

it('writes nothing where nobody looks', () => {
  const written: string[] = [];
  const progress = progressOn({ write: (text) => written.push(text) });
  progress.tell('logging in to Discord');
  progress.clear();
  expect(written).toEqual([]);
});
