import { describe, expect, it } from 'vitest';
import { buildGrammar } from '../../../src/providers/stt/soundswallower/grammar.ts';

describe('buildGrammar', () => {
  const grammar = buildGrammar(['turn it on', 'turn it off', 'turn it on again', 'stop']);

  it('shares the beginnings of phrases', () => {
    expect(grammar.arcs.map(({ word }) => word)).toEqual(['turn', 'it', 'on', 'off', 'again', 'stop']);
    expect(grammar.states).toBe(7);
    expect(grammar.exits).toHaveLength(4);
    expect(grammar.words.toSorted()).toEqual(['again', 'it', 'off', 'on', 'stop', 'turn']);
  });

  it('leads along each phrase from the start to its exit', () => {
    for (const phrase of ['turn it on', 'turn it off', 'turn it on again', 'stop']) {
      let state = 0;
      for (const word of phrase.split(' ')) {
        state = grammar.arcs.find((arc) => arc.from === state && arc.word === word)!.to;
      }
      expect(grammar.exits).toContain(state);
    }
  });

  it('knows whole phrases, and which of them cannot go on', () => {
    expect(['turn it', 'turn it on', 'turn it on again', 'on', ''].map(grammar.isPhrase)).toEqual([
      ...[false, true, true, false, false],
    ]);
    expect(['turn it', 'turn it on', 'turn it on again', 'turn it off', ''].map(grammar.isFinished)).toEqual([
      ...[false, false, true, true, false],
    ]);
  });

  it('wants at least one phrase', () => {
    expect(() => buildGrammar([])).toThrow('no phrases');
    expect(() => buildGrammar([''])).toThrow('no phrases');
  });
});
