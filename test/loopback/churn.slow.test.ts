/** End-to-end encryption survives people who come and go at any moment, and members who never commit. */
import { expect, it } from 'vitest';
import { startLoopback } from '../../src/loopback/index.ts';
import { seededRandom } from '../../src/loopback/random.ts';
import { hear, join, login, pitchOf, playTone } from './support.ts';

it.each([
  [1, 0],
  [2, 0],
  [3, 0.1],
  [4, 0.1],
  [5, 0.1],
])(
  'settles after forty random joins and leaves (seed %i, changes of the version %f)',
  async (seed, changes) => {
    const loopback = await startLoopback({ seed });
    const client = await login(loopback);
    const [lounge, workshop] = loopback.voiceChannelIds as [string, string];
    const connection = await join(client, lounge);
    const random = seededRandom(seed);
    const people = ['Alice', 'Bob', 'Carol', 'Dave'].map((name) => loopback.addPerson({ name }));
    for (let step = 0; step < 40; step++) {
      const person = people[Math.floor(random() * people.length)]!;
      loopback.knobs.personCommitDelayMs = random() < 0.5 ? 0 : 10;
      const way = random();
      // Calls may lose and regain their encryption meanwhile.
      if (changes > 0 && random() < changes) loopback.faults.downgradeDave(lounge);
      else if (changes > 0 && random() < 2 * changes) loopback.faults.upgradeDave(lounge);
      // Whether the join settles before the next step is part of the chaos.
      if (person.channelId === null || way < 0.3) {
        void person.joinVoice(way < 0.8 ? lounge : workshop).catch(() => undefined);
      } else person.leaveVoice();
      const entries = loopback.log.entries.length + Math.floor(random() * 6);
      await loopback
        .waitFor('some events', () => loopback.log.entries.length >= entries, 30)
        .catch(() => undefined);
    }
    await Promise.all(people.map((person) => person.joinVoice(lounge)));
    loopback.faults.upgradeDave(lounge);
    await loopback.botReady(5000);
    expect(loopback.log.of('dave.executed').some(({ version }) => version === 0)).toBe(changes > 0);
    // A new group may cross a key package that is under way; then a member starts anew (op 31).
    if (changes === 0) {
      expect(loopback.log.count('dave.abandoned')).toBe(0);
      expect(loopback.log.of('person.daveError')).toEqual([]);
    }
    for (const person of people) {
      const heard = hear(connection, person);
      const sinceMs = performance.now();
      await Promise.all([person.sendTone(100, 440), playTone(connection, 660, 100)]);
      await heard.atLeast(10);
      expect(pitchOf(heard.pcm())).toBe(440);
      await loopback.room.nextAudible(sinceMs, 1000);
    }
    expect(connection.voicePrivacyCode).toBe(loopback.privacyCode());
    connection.destroy();
    await client.destroy();
    await loopback.close();
  },
);

it('starts over when nobody commits in time', async () => {
  const loopback = await startLoopback();
  loopback.knobs.personCommitDelayMs = 60_000;
  const lounge = loopback.voiceChannelIds[0]!;
  const [alice, bob] = [loopback.addPerson({ name: 'Alice' }), loopback.addPerson({ name: 'Bob' })];
  await Promise.all([alice.joinVoice(lounge), bob.joinVoice(lounge)]);
  await loopback.waitFor('the deadline', () => loopback.log.count('dave.abandoned'), 5000);
  loopback.knobs.personCommitDelayMs = 0;
  await loopback.waitFor('a group', () => loopback.log.count('dave.epoch'), 5000);
  expect(alice.seat?.sharesGroupWith(bob.id)).toBe(true);
  await loopback.close();
});
