import { describe, expect, it } from 'vitest';
import { isBackchannel } from '../../src/turn/backchannel.ts';

const LISTENING =
  'mhm|Mhm.|mm-hmm|uh-huh|Uh huh|yeah|Yeah!|yep|ok|OK.|okay|right|sure|I see|i see.|wow|cool|yeah yeah|yeah, yeah, yeah|' +
  'ok right|oh wow|mmmm|yeahhh|hmmm|all right|got it|makes sense|that’s right|of course|oh I see|okay cool|really?|ah';
const SPEAKING =
  '|...|no|No.|stop|wait|hold on|but|but why|yeah but|okay stop|no no no|yeah no|right here|sure thing what time is it|' +
  'I see a problem|cool it|ok wait|okay next question|what|why|turn it off|yes I do|nope|right right right right right right';

describe('isBackchannel', () => {
  it.each(LISTENING.split('|'))('%j is one', (text) => expect(isBackchannel(text)).toBe(true));

  it.each(SPEAKING.split('|'))('%j is none', (text) => expect(isBackchannel(text)).toBe(false));

  it.each([
    ['de', 'ja genau', true],
    ['de', 'ach so', true],
    ['de', 'ja aber', false],
    ['de', 'nein', false],
    ['es', 'sí, claro', true],
    ['es', 'no', false],
    ['fr', "d'accord", true],
    ['fr', 'oui mais', false],
    ['en', 'genau', false],
    ['xx', 'yeah', false],
    ['xx', 'mhm, ok', true],
  ])('in %s, %j: %s', (language, text, expected) => {
    expect(isBackchannel(text, language)).toBe(expected);
  });
});
