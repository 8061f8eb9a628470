/** The client identifies anew after its session was declared invalid, which discord.js does five seconds later. */
import { expect, it } from 'vitest';
import { startLoopback } from '../../src/loopback/index.ts';
import { login } from './support.ts';

it('identifies anew after an invalid session', async () => {
  const loopback = await startLoopback();
  const client = await login(loopback);
  loopback.faults.invalidateSession(false);
  await loopback.waitFor('a new identify', () => loopback.log.count('gateway.identify') === 2, 12_000);
  const alice = loopback.addPerson({ name: 'Alice' });
  const seen = new Promise<string>((resolve) => {
    client.once('voiceStateUpdate', (_, { id }) => resolve(id));
  });
  await alice.joinVoice(loopback.voiceChannelIds[0]!);
  expect(await seen).toBe(alice.id);
  await client.destroy();
  await loopback.close();
});
