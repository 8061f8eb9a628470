/** /voice: shown, chosen and given back, for one server. */
import { expect, it } from 'vitest';
import { voice } from '../../commands/voice.ts';
import { ParleyError } from '../../src/base/errors.ts';
import { fakeContext } from './context.ts';

it('shows the voice, chooses another, and gives it back', async () => {
  const context = fakeContext({ subcommand: 'set', options: { name: 'George' } });
  await voice.run(context);
  expect(context.calls).toEqual([
    ...['defer', 'voice guild George'],
    'reply: I speak as George here, from my next answer on.',
  ]);
  const shown = async (guildId: string, subcommand: string): Promise<string> => {
    context.calls.length = 0;
    await voice.run({ ...context, guildId, subcommand });
    return context.answer();
  };
  expect(await shown('guild', 'show')).toBe('I speak as George here.');
  expect(await shown('another', 'show')).toBe('I speak with my usual voice here.');
  expect(await shown('guild', 'reset')).toContain('my usual voice here, from my next answer on');
  expect(await shown('guild', 'show')).toBe('I speak with my usual voice here.');
});

it('proposes voices while somebody types', async () => {
  const context = fakeContext({ voices: ['George', 'Georgina', 'Sarah'] });
  expect(await voice.complete?.({ option: 'name', text: 'Geo' }, context)).toEqual(['George', 'Georgina']);
});

it('is of servers, for those who manage them, and says why a voice cannot be had', async () => {
  const context = fakeContext({ guildId: null, subcommand: 'set' });
  await voice.run(context);
  expect(context.answer()).toContain('use this there');
  expect(voice.data.default_member_permissions).toBe(String(1 << 5));
  const saveError = new ParleyError('There is no voice', { code: 'VOICE_UNKNOWN', remedy: 'Choose one.' });
  await expect(voice.run(fakeContext({ subcommand: 'set', saveError }))).rejects.toBe(saveError);
});
