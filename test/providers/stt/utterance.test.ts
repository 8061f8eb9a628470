import type { Decoder, Segment } from 'soundswallower';
import { beforeEach, describe, expect, it } from 'vitest';
import { confidenceOf, MIN_CONFIDENCE } from '../../../src/providers/stt/soundswallower/confidence.ts';
import { buildGrammar } from '../../../src/providers/stt/soundswallower/grammar.ts';
import { UtteranceDecoder } from '../../../src/providers/stt/soundswallower/utterance.ts';

const word = (t: string, p: number, d = 0.3): Segment => ({ t, p, d, b: 0 });
const alignment = (...w: Segment[]): Segment => ({ t: '', b: 0, d: 1, p: 1, w });

describe('confidenceOf', () => {
  it('is 0 without words, and does not count fillers as such', () => {
    expect(confidenceOf(alignment())).toBe(0);
    expect(confidenceOf(alignment(word('<sil>', 0.9), word('(NULL)', 1)))).toBe(0);
    const plain = confidenceOf(alignment(word('one', 0.9), word('two', 0.9)));
    const filled = confidenceOf(alignment(word('<sil>', 0.1), word('one', 0.9), word('two', 0.9)));
    expect(filled).toBe(plain);
  });

  it('is 1 for perfect words and falls with worse ones', () => {
    expect(confidenceOf(alignment(word('one', 1), word('two', 1)))).toBe(1);
    const good = confidenceOf(alignment(word('one', 0.95), word('two', 0.95)));
    expect(good).toBeGreaterThan(confidenceOf(alignment(word('one', 0.9), word('two', 0.9))));
  });

  it('asks the same of long words and short ones', () => {
    const short = confidenceOf(alignment(word('a', 0.9, 0.3), word('b', 0.9, 0.3)));
    const long = confidenceOf(alignment(word('a', 0.81, 0.6), word('b', 0.81, 0.6)));
    expect(long).toBeCloseTo(short, 6);
  });

  it('lets one wrong word in a long phrase weigh more than its share', () => {
    const even = alignment(...['a', 'b', 'c', 'd', 'e', 'f'].map((t) => word(t, 0.9)));
    const wrong = alignment(...['a', 'b', 'c', 'd', 'e'].map((t) => word(t, 0.93)), word('f', 0.762));
    expect(confidenceOf(wrong)).toBeLessThan(confidenceOf(even) - 0.02);
  });

  it('bears a word whose probability is printed as 0', () => {
    expect(confidenceOf(alignment(word('one', 0)))).toBeGreaterThan(0);
    expect(confidenceOf(alignment(word('one', 0)))).toBeLessThan(MIN_CONFIDENCE);
  });
});

/** Says what a test tells it to, and counts what it is given. */
class FakeDecoder {
  text = '';
  segments: Segment[] = [word('stop', 1)];
  samples: number[] = [];
  starts = 0;

  start() {
    this.starts++;
    this.samples = [];
    this.text = '';
  }
  stop() {}
  process_audio(pcm: Float32Array) {
    this.samples.push(pcm.length);
  }
  get_text() {
    return this.text;
  }
  get_alignment() {
    return alignment(...this.segments);
  }
}

describe('UtteranceDecoder', () => {
  let fake: FakeDecoder;
  let utterance: UtteranceDecoder;
  beforeEach(() => {
    fake = new FakeDecoder();
    utterance = new UtteranceDecoder(
      fake as unknown as Decoder,
      buildGrammar(['stop', 'stop it now', 'go on']),
    );
  });
  const loud = new Int16Array(1_600).fill(3_000);
  const quiet = new Int16Array(1_600);

  it('tells the words only when they change', () => {
    expect(utterance.accept(loud)).toBeNull();
    fake.text = 'go';
    expect(utterance.accept(loud)).toEqual({ text: 'go', finished: false });
    expect(utterance.accept(loud)).toBeNull();
  });

  it('tells it when the same words turn out to be finished', () => {
    fake.text = 'go on';
    fake.segments = [word('go', 0.2), word('on', 0.2)];
    expect(utterance.accept(loud)).toEqual({ text: 'go on', finished: false });
    fake.segments = [word('go', 0.98), word('on', 0.98)];
    expect(utterance.accept(loud)).toEqual({ text: 'go on', finished: true });
  });

  it('does not understand what is no phrase, or is not sure', () => {
    fake.text = 'stop it';
    expect(utterance.finish()).toMatchObject({ text: 'stop it', understood: false, confidence: 1 });
    fake.text = 'stop';
    fake.segments = [word('stop', 0.2)];
    expect(utterance.finish()).toMatchObject({ text: 'stop', understood: false });
    fake.text = 'stop';
    fake.segments = [word('stop', 0.98)];
    expect(utterance.finish()).toMatchObject({ text: 'stop', understood: true });
    fake.text = '';
    expect(utterance.finish()).toEqual({ text: '', understood: false, confidence: 0 });
  });

  it('lets the last word end: adds the quiet that the audio lacks', () => {
    utterance.accept(loud);
    const given = fake.samples;
    utterance.finish();
    expect(given).toEqual([1_600, 1_600]);
    utterance.accept(quiet);
    const again = fake.samples;
    utterance.finish();
    expect(again).toEqual([1_600]);
  });

  it('forgets an utterance of more than 20 s', () => {
    const before = fake.starts;
    for (let i = 0; i < 200; i++) utterance.accept(loud);
    expect(fake.starts).toBe(before);
    utterance.accept(loud);
    utterance.accept(loud);
    expect(fake.starts).toBe(before + 1);
    expect(fake.samples.length).toBeLessThan(3);
  });
});
