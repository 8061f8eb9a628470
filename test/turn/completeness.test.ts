import { describe, expect, it } from 'vitest';
import { type Completeness, heuristicJudge } from '../../src/turn/completeness.ts';
import { ENGLISH } from './completeness-examples.ts';

const judge = (text: string, language?: string) => heuristicJudge.judge(text, language);

describe('the heuristic judge', () => {
  it('is wrong about at most one English example in twenty', () => {
    const wrong = ENGLISH.filter(([text, label]) => judge(text) !== label);
    const share = wrong.length / ENGLISH.length;
    const lines = wrong.map(
      ([text, label]) => `  ${JSON.stringify(text)} is ${label}, judged ${judge(text)}`,
    );
    console.info(
      [`${wrong.length} of ${ENGLISH.length} wrong (${(100 * share).toFixed(1)} %)`, ...lines].join('\n'),
    );
    expect(ENGLISH.length).toBeGreaterThanOrEqual(150);
    expect(share).toBeLessThanOrEqual(0.05);
  });

  it('has examples of every class, and is good at each', () => {
    for (const label of ['complete', 'incomplete', 'wait'] as const) {
      const ofClass = ENGLISH.filter((example) => example[1] === label);
      const right = ofClass.filter(([text]) => judge(text) === label);
      expect(ofClass.length, label).toBeGreaterThan(15);
      expect(right.length / ofClass.length, label).toBeGreaterThan(0.9);
    }
  });

  it('does not care for case, and not for a full stop after a word that nobody ends on', () => {
    expect(judge('TURN ON THE')).toBe('incomplete');
    expect(judge('Turn on the.')).toBe('incomplete');
    expect(judge('I don’t want the')).toBe('incomplete');
    expect(judge('Yes, it is.')).toBe('complete');
  });

  it('judges a speech of ten thousand words by its end', () => {
    const speech = 'what if I told you that '.repeat(2_000);
    expect(judge(`${speech} it is the`)).toBe('incomplete');
    expect(judge(`${speech} it is late`)).toBe('complete');
  });

  it('takes punctuation that goes on as going on', () => {
    for (const text of ['all right,', 'the first thing…', 'the first thing...', 'and the house –', 'this:']) {
      expect(judge(text), text).toBe('incomplete');
    }
  });

  it('waits for more digits until a telephone number is whole', () => {
    const digits = 'five five five one two three four five six seven'.split(' ');
    for (let n = 1; n < digits.length; n++) {
      expect(judge(`my number is ${digits.slice(0, n).join(' ')}`), `${n} digits`).toBe('incomplete');
    }
    expect(judge(`my number is ${digits.join(' ')}`)).toBe('complete');
    expect(judge('my number is 555 123 4567')).toBe('complete');
    expect(judge('my number is 555 123')).toBe('incomplete');
  });

  it('takes a number inside a phrase for its end', () => {
    for (const text of [
      'set it to twenty',
      'I am twenty five',
      'the year 1999',
      'the number of people is ten',
    ]) {
      expect(judge(text), text).toBe('complete');
    }
  });

  it.each<[string, string, Completeness]>([
    ['de', 'mach das Licht an', 'complete'],
    ['de', 'wie spät ist es', 'complete'],
    ['de', 'ich weiß nicht', 'complete'],
    ['de', 'kannst du das Licht', 'complete'],
    ['de', 'kannst du', 'incomplete'],
    ['de', 'ich möchte wissen ob du', 'incomplete'],
    ['de', 'Ich möchte wissen, ob du kommst', 'complete'],
    ['de', 'schalte das Licht an und', 'incomplete'],
    ['de', 'schalte das Licht an', 'complete'],
    ['de', 'ich glaube dass', 'incomplete'],
    ['de', 'ich glaube dass ihr', 'incomplete'],
    ['de', 'ich möchte eine', 'incomplete'],
    ['de', 'ich komme später, weil', 'incomplete'],
    ['de', 'das Licht in der Küche und', 'incomplete'],
    ['de', 'ähm', 'incomplete'],
    ['de', 'meine Nummer ist null eins fünf', 'incomplete'],
    ['de', 'Moment mal', 'wait'],
    ['de', 'warte kurz', 'wait'],
    ['de', 'lass mich überlegen', 'wait'],
    ['es', 'qué hora es', 'complete'],
    ['es', 'enciende la luz', 'complete'],
    ['es', 'dónde está', 'complete'],
    ['es', 'enciende la luz de la', 'incomplete'],
    ['es', 'quiero una pizza con', 'incomplete'],
    ['es', 'me gusta pero', 'incomplete'],
    ['es', 'mi número es cinco cinco', 'incomplete'],
    ['es', 'un momento', 'wait'],
    ['es', 'espera un segundo', 'wait'],
    ['es', 'déjame pensar', 'wait'],
    ['fr', 'quelle heure est il', 'complete'],
    ['fr', 'allume la lumière', 'complete'],
    ['fr', 'je ne sais pas', 'complete'],
    ['fr', 'je voudrais un', 'incomplete'],
    ['fr', 'allume la lumière dans', 'incomplete'],
    ['fr', "je l'aime mais", 'incomplete'],
    ['fr', 'mon numéro est zéro six', 'incomplete'],
    ['fr', 'attends une seconde', 'wait'],
    ['fr', 'un instant', 'wait'],
    ['fr', 'laisse moi réfléchir', 'wait'],
  ])('in %s, %j is %s', (language, text, label) => {
    expect(judge(text, language)).toBe(label);
  });

  it('believes a region to speak its language, and of an unknown language only the punctuation', () => {
    expect(judge('ich möchte eine', 'de-AT')).toBe('incomplete');
    expect(judge('on the', 'xx')).toBe('complete');
    expect(judge('on the,', 'xx')).toBe('incomplete');
  });
});
