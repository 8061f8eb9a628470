import { describe, expect, it } from 'vitest';
import { type LlmMessage, UNCLEAR_SPEECH } from '../../../src/providers/llm/llm.ts';
import { type ReplySources, replyOf } from '../../../src/providers/llm/reply.ts';

const AT = new Date(2026, 10, 23, 15, 7);

const sources = (more: Partial<ReplySources> = {}): ReplySources => ({
  now: () => AT,
  measured: () => null,
  random: () => 0,
  ...more,
});

/** The answer to a talk in which the user and the agent take turns, the user first and last. */
function answer(talk: string | readonly string[], more: Partial<ReplySources> = {}): string {
  const messages = [talk].flat().map<LlmMessage>((content, i) => ({
    role: i % 2 === 0 ? 'user' : 'assistant',
    content,
  }));
  return replyOf(messages, sources(more));
}

describe('replyOf', () => {
  it('knows a phrase whatever its case and punctuation, and whoever says it', () => {
    const reply = answer('why is the sky blue');
    expect(reply).toContain('blue light');
    expect(answer('  Why is the sky blue?! ')).toBe(reply);
    expect(answer('Ann: Why is the sky blue?')).toBe(reply);
  });

  it('tells the time and the date', () => {
    expect(answer('what time is it')).toContain('three oh seven in the afternoon');
    expect(answer("what is today's date")).toContain('Monday, the twenty third of November');
  });

  it('tells its own measured speed, and nothing before there is one', () => {
    expect(answer('how fast are you')).toContain('not answered anyone yet');
    const reply = answer('how fast are you', { measured: () => ({ p50Ms: 312.4, n: 24, falseCutoffs: 2 }) });
    expect(reply).toContain('three hundred twelve milliseconds');
    expect(reply).toContain('twenty four answers');
    expect(answer('how fast are you', { measured: () => ({ p50Ms: 250, n: 1, falseCutoffs: 0 }) })).toContain(
      'one answer. I cut nobody off.',
    );
  });

  it('throws dice and coins by chance alone', () => {
    const roll = (random: number) => answer('roll the dice please', { random: () => random });
    expect([0, 0.5, 0.999].map(roll).map((reply) => reply.match(/\w+(?=\.$)/)![0])).toEqual([
      ...['one', 'four', 'six'],
    ]);
    expect(answer('flip a coin for me', { random: () => 0.49 })).toContain('heads');
    expect(answer('flip a coin for me', { random: () => 0.5 })).toContain('tails');
  });

  it('chooses among its jokes by chance', () => {
    const jokes = [0, 0.4, 0.9].map((random) => answer('tell me a joke', { random: () => random }));
    expect(new Set(jokes).size).toBe(3);
  });

  it('repeats what it said last', () => {
    expect(answer(['hello there parley', 'Hello to you.', 'please say that again'])).toContain(
      'Hello to you.',
    );
    const once = answer(['hello there parley', 'Hello to you.', 'please say that again']);
    expect(answer(['please say that again', once, 'please say that again'])).toBe(once);
    expect(answer('please say that again')).toContain('not said anything yet');
  });

  it('remembers the name that somebody told, each their own', () => {
    expect(answer('my name is robin')).toContain('Nice to meet you, Robin.');
    expect(answer(['my name is robin', 'Nice.', 'do you remember my name'])).toContain('Your name is Robin.');
    expect(answer('do you remember my name')).toContain('not told me yet');
    const talk = ['Ann: my name is julia', 'Nice.', 'Ben: my name is robin', 'Nice.'];
    expect(answer([...talk, 'Ann: do you remember my name'])).toContain('Your name is Julia.');
    expect(answer([...talk, 'Cara: do you remember my name'])).toContain('Your name is Cara.');
  });

  it('is honest about words that it does not know, with two examples that it does', () => {
    for (const reply of [answer('who won the cup in nineteen ninety'), answer(UNCLEAR_SPEECH), answer('')]) {
      expect(reply).toContain('Offline I know only some phrases');
      expect(reply).toContain('what time is it');
      expect(reply).toContain('tell me a joke');
    }
    expect(answer(UNCLEAR_SPEECH)).toContain('could not make that out');
    expect(answer(`Ann: ${UNCLEAR_SPEECH}`)).toBe(answer(UNCLEAR_SPEECH));
    expect(answer('who won the cup')).not.toContain('could not make that out');
    expect(replyOf([], sources())).toBe(answer(UNCLEAR_SPEECH));
  });
});
