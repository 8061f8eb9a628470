/** An interaction that the bot never answers fails after Discord's three seconds. */
import { expect, it } from 'vitest';
import { startLoopback } from '../../src/loopback/index.ts';
import { login } from './support.ts';

it('says that the application did not respond', async () => {
  const loopback = await startLoopback();
  const client = await login(loopback);
  await client.application.commands.set([{ name: 'mute', description: 'Never answers.' }]);
  const late = new Promise((resolve) => {
    client.once('interactionCreate', (interaction) => {
      if (!interaction.isChatInputCommand()) return;
      setTimeout(
        () => interaction.reply('late').catch((error: { code: unknown }) => resolve(error.code)),
        3100,
      );
    });
  });
  const alice = loopback.addPerson({ name: 'Alice' });
  await expect(loopback.command(alice, { name: 'mute' })).rejects.toThrow(/did not respond/);
  expect(await late).toBe(10062);
  await client.destroy();
  await loopback.close();
});
