/** A transition that not everybody is ready for is executed after its deadline. */
import { expect, it } from 'vitest';
import { startLoopback } from '../../src/loopback/index.ts';
import { expectGroup, expectSound, join, login } from './support.ts';

it('executes a transition without those who do not say that they are ready', async () => {
  const loopback = await startLoopback();
  const client = await login(loopback);
  const lounge = loopback.voiceChannelIds[0]!;
  const connection = await join(client, lounge);
  const [alice, bob] = [loopback.addPerson({ name: 'Alice' }), loopback.addPerson({ name: 'Bob' })];
  await alice.joinVoice(lounge);
  await expectGroup(loopback, connection);
  loopback.knobs.dave.readyDelayMs = 60_000;
  await bob.joinVoice(lounge);
  expect(loopback.log.of('dave.transitionLate')).toMatchObject([{ waiting: [alice.id, bob.id] }]);
  await expectSound(loopback, connection, bob);
  connection.destroy();
  await client.destroy();
  await loopback.close();
});
