import { describe, expect, it } from 'vitest';
import { concatPcm } from '../../../src/audio/pcm.ts';
import { ClauseTracker } from '../../../src/providers/tts/elevenlabs/clause-tracker.ts';
import type { Alignment } from '../../../src/providers/tts/elevenlabs/messages.ts';
import type { TtsChunk } from '../../../src/providers/tts/tts.ts';
import { seededRandom } from '../../support/random.ts';
import { CHARACTER_MS, toneFor } from '../../support/vendors/tone-voice.ts';

const aligned = (text: string): Alignment => ({
  chars: [...text],
  startMs: [...text].map((_, i) => i * CHARACTER_MS),
  durationMs: [...text].map(() => CHARACTER_MS),
});

function track(
  clauses: readonly string[],
  messages: readonly string[],
  told: (text: string) => Alignment | null,
) {
  const tracker = new ClauseTracker();
  for (const clause of clauses) tracker.add(clause);
  const chunks = messages.flatMap((text) => tracker.accept(toneFor(text), told(text)));
  return { tracker, chunks: [...chunks, ...tracker.finishAll()] };
}

const lengthOf = (chunks: readonly TtsChunk[], clause: number) =>
  concatPcm(chunks.filter((chunk) => chunk.clause === clause).map(({ pcm }) => pcm)).length;
const wordsOf = (chunks: readonly TtsChunk[], clause: number) =>
  chunks.filter((chunk) => chunk.clause === clause).flatMap(({ words = [] }) => words);

describe('The tracker of clauses', () => {
  it('cuts a message that holds the end of one clause and the beginning of the next', () => {
    const { chunks } = track(['Not now,', 'later.'], ['Not', ' now, lat', 'er. '], aligned);
    expect(lengthOf(chunks, 0)).toBe(toneFor('Not now, ').length);
    expect(lengthOf(chunks, 1)).toBe(toneFor('later. ').length);
    expect(wordsOf(chunks, 0)).toEqual([
      { text: 'Not', startMs: 0, endMs: 150 },
      { text: 'now,', startMs: 200, endMs: 400 },
    ]);
    expect(wordsOf(chunks, 1)).toEqual([{ text: 'later.', startMs: 0, endMs: 300 }]);
  });

  it('keeps the order, loses no sample and tells every word, wherever messages are cut', () => {
    const clauses = ['Well, I think so,', 'but – as I said – who knows?', 'It is 12:30 now.', 'Bye!'];
    const text = clauses.map((clause) => `${clause} `).join('');
    for (let seed = 0; seed < 80; seed++) {
      const random = seededRandom(seed);
      const messages: string[] = [];
      for (let at = 0; at < text.length; ) {
        const size = 1 + Math.floor(random() * 14);
        messages.push(text.slice(at, at + size));
        at += size;
      }
      const { chunks, tracker } = track(clauses, messages, aligned);
      expect(concatPcm(chunks.map(({ pcm }) => pcm)).length).toBe(toneFor(text).length);
      const order = chunks.map(({ clause }) => clause);
      expect(order).toEqual(order.toSorted((a, b) => a - b));
      for (const [i, clause] of clauses.entries()) {
        const own = chunks.filter((chunk) => chunk.clause === i);
        expect(own.map(({ last }) => last)).toEqual(own.map((_, at) => at === own.length - 1));
        expect(wordsOf(chunks, i).map((word) => word.text)).toEqual(clause.split(' '));
        expect(lengthOf(chunks, i)).toBe(toneFor(`${clause} `).length);
      }
      expect(tracker.waiting).toBe(false);
    }
  });

  it('finds the boundary although the service leaves out, adds and changes characters', () => {
    const spoken = ['Its twelve o’clock ', 'Good night to you! '];
    const { chunks } = track(["It's twelve o'clock,", 'good night to you!'], spoken, aligned);
    expect(lengthOf(chunks, 0)).toBe(toneFor(spoken[0]!).length);
    expect(lengthOf(chunks, 1)).toBe(toneFor(spoken[1]!).length);
  });

  it('takes a clause for as long as its text where no times are told', () => {
    const clauses = ['This is the first of them,', 'and this the second.'];
    const messages = clauses.join(' ').match(/.{1,4}/gs)!;
    const { chunks } = track(clauses, messages, () => null);
    expect(lengthOf(chunks, 0) / toneFor(clauses[0]!).length).toBeCloseTo(1, 0);
    expect(lengthOf(chunks, 1)).toBeGreaterThan(0);
    expect(chunks.flatMap(({ words = [] }) => words)).toEqual([]);
  });

  it('knows what is owed, what could be asked for anew, and when silence ends a clause', () => {
    const tracker = new ClauseTracker();
    expect(tracker).toMatchObject({ waiting: false, midClause: false, quietMs: null, unfinished: [] });
    tracker.add('One,');
    tracker.add('two.');
    expect(tracker).toMatchObject({ waiting: true, midClause: false, quietMs: null });
    expect(tracker.unfinished).toEqual(['One,', 'two.']);
    tracker.accept(toneFor('On'), aligned('On'));
    expect(tracker).toMatchObject({ waiting: true, midClause: true, quietMs: null });
    tracker.accept(toneFor('e,'), aligned('e,'));
    expect(tracker).toMatchObject({ waiting: true, midClause: false, quietMs: 120 });
    expect(tracker.finish()).toMatchObject([{ clause: 0, last: true }]);
    expect(tracker.unfinished).toEqual(['two.']);
    tracker.accept(toneFor('two.'), aligned('two.'));
    expect(tracker).toMatchObject({ waiting: false, midClause: false, quietMs: 120 });
    tracker.finish();
    expect(tracker.finish()).toEqual([]);
    // A tail that comes after all is heard all the same.
    expect(tracker.accept(toneFor('.'), null)).toMatchObject([{ clause: 1, last: false }]);
  });
});
