/** /settings: what a server may change, in words that fit what the program knows. */
import { expect, it } from 'vitest';
import { settings } from '../../commands/settings.ts';
import { serverChoices } from '../../src/config/settings.ts';
import { fakeContext } from './context.ts';

it('shows each setting, what it could be, and what was set here', async () => {
  const context = fakeContext({ subcommand: 'show' });
  await context.settings.set('guild', 'addressing', 'always');
  await settings.run(context);
  const lines = context.answer().split('\n');
  expect(lines[1]).toBe(
    '- **persona**: assistant. Who the agent is. One of: assistant, customer-service, game-character, smart-home.',
  );
  expect(lines[2]).toContain('- **addressing**: always (set here).');
  expect(lines.at(-1)).toBe('Changes take effect at the next /join.');
});

it('sets and resets, for one server', async () => {
  const context = fakeContext({ subcommand: 'set', options: { name: 'persona', value: 'smart-home' } });
  await settings.run(context);
  expect(context.answer()).toBe('persona is smart-home now. Changes take effect at the next /join.');
  const valueIn = (guildId: string) => context.settings.list(guildId)[0]?.value;
  expect([valueIn('guild'), valueIn('another')]).toEqual(['smart-home', 'assistant']);
  await settings.run({ ...context, subcommand: 'reset', option: () => null });
  expect(valueIn('guild')).toBe('assistant');
  expect(context.calls.filter((call) => call.startsWith('save'))).toEqual([
    ...['save guild persona smart-home', 'save guild persona null'],
    ...['save guild addressing null', 'save guild speculation null'],
  ]);
});

it.each([
  [{ name: 'colour', value: 'red' }, 'Choose one of: persona, addressing, speculation.'],
  [{ name: 'persona', value: 'pirate' }, 'Choose one of: assistant, customer-service,'],
])('says what there is instead of %j', async (options, remedy) => {
  const running = settings.run(fakeContext({ subcommand: 'set', options }));
  await expect(running).rejects.toMatchObject({ remedy: expect.stringContaining(remedy) });
});

it('changes nothing that could not be saved', { tags: ['fault'] }, async () => {
  const options = { name: 'persona', value: 'smart-home' };
  const context = fakeContext({ subcommand: 'set', options, saveError: new Error('The disk is full') });
  await expect(settings.run(context)).rejects.toMatchObject({
    code: 'SETTING_NOT_SAVED',
    message: 'I could not save this, so all stays as it was',
  });
  expect(context.settings.list('guild')[0]).toMatchObject({ value: 'assistant', own: false });
});

it('is of servers, for those who manage them', async () => {
  const context = fakeContext({ guildId: null, subcommand: 'show' });
  await settings.run(context);
  expect(context.answer()).toContain('use this there');
  expect(settings.data.default_member_permissions).toBe(String(1 << 5));
});

it('proposes every value there is', () => {
  const values = Object.values(serverChoices).flatMap((choice) => [...choice.values]);
  expect(settings.complete?.({ option: 'value', text: '' }, fakeContext())).toEqual(values);
  expect(settings.complete?.({ option: 'value', text: 'LL' }, fakeContext())).toEqual(['llm', 'llm+tts']);
  const [set] = settings.data.options!.filter(({ name }) => name === 'set');
  const names = Object.keys(serverChoices).map((name) => ({ name, value: name }));
  expect(set).toMatchObject({ options: [{ choices: names }, {}] });
});
