/** Each persona is fit to be spoken, knows how a room reads, and is the same text every time. */
import { describe, expect, it } from 'vitest';
import { personaNames, personas } from '../../src/personas/index.ts';
import { UNCLEAR_SPEECH } from '../../src/providers/llm/llm.ts';

describe.each(personaNames)('the persona %s', (name) => {
  const prompt = personas[name];

  it('asks for short spoken answers without markup', () => {
    expect(prompt).toContain('under 50 words');
    for (const forbidden of ['No markdown', 'no lists', 'no emoji']) expect(prompt).toContain(forbidden);
  });

  it('holds to its own rule: no markup and no emoji', () => {
    expect(prompt).not.toMatch(/[*_#`]|^\s*[-•\d]+[.)]? /m);
    expect(prompt).not.toMatch(/\p{Extended_Pictographic}/u);
  });

  it('says what a named message and unclear speech are', () => {
    expect(prompt).toContain('"Name: text"');
    expect(prompt).toContain(`"${UNCLEAR_SPEECH}"`);
  });

  it('holds nothing that changes from day to day', () => {
    expect(prompt).not.toMatch(/\b(20\d\d|today is|the time is|undefined|\$\{)/i);
  });

  it('stays short enough to cost nothing', () => {
    expect(prompt.split(/\s+/).length).toBeLessThan(350);
  });
});

it('shares its rules word for word, so that only the character differs', () => {
  const endings = personaNames.map((name) => personas[name].split('\n\n').slice(1).join('\n\n'));
  expect(new Set(endings).size).toBe(1);
  expect(new Set(personaNames.map((name) => personas[name])).size).toBe(personaNames.length);
});
