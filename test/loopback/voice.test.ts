/** Voice with the real @discordjs/voice: end-to-end encryption as people come and go, and sound both ways throughout. */
import { type VoiceConnection, VoiceConnectionStatus } from '@discordjs/voice';
import type { Client } from 'discord.js';
import { afterEach, expect, it } from 'vitest';
import { type Loopback, type LoopbackOptions, type Person, startLoopback } from '../../src/loopback/index.ts';
import { expectGroup, expectSound, join, login } from './support.ts';

let loopback: Loopback;
let client: Client<true>;
let connection: VoiceConnection;
let lounge: string;

async function start(options: LoopbackOptions = {}): Promise<void> {
  loopback = await startLoopback(options);
  client = await login(loopback);
  lounge = loopback.voiceChannelIds[0]!;
}

afterEach(async () => {
  if (connection.state.status !== VoiceConnectionStatus.Destroyed) connection.destroy();
  await client.destroy();
  await loopback.close();
});

const expectSoundBothWays = (person: Person) => expectSound(loopback, connection, person);
const expectSharedGroup = () => expectGroup(loopback, connection);

it.each([
  ['the bot commits', 200],
  ['a person commits', 0],
])('forms an encrypted group when %s first, and carries sound both ways', async (_, personCommitDelayMs) => {
  await start();
  loopback.knobs.personCommitDelayMs = personCommitDelayMs;
  connection = await join(client, lounge);
  const alice = loopback.addPerson({ name: 'Alice' });
  await alice.joinVoice(lounge);
  const [epoch] = loopback.log.of('dave.epoch');
  expect(epoch?.committer).toBe(personCommitDelayMs === 0 ? alice.id : loopback.botUserId);
  await expectSharedGroup();
  await expectSoundBothWays(alice);
  expect(loopback.room.stats).toMatchObject({
    plainWhileEncrypted: 0,
    undecryptable: 0,
    sequenceGaps: 0,
    silenceFrames: 5,
  });
  await loopback.waitFor(
    'the bot to say that it stopped',
    () => loopback.room.stats.speaking.length === 2,
    1000,
  );
  expect(loopback.room.stats.speaking.map(({ speaking }) => speaking)).toEqual([1, 0]);
});

it('takes the bot into a group that is there already, and keeps it as people come and go', async () => {
  await start();
  const alice = loopback.addPerson({ name: 'Alice' });
  const bob = loopback.addPerson({ name: 'Bob' });
  await Promise.all([alice.joinVoice(lounge), bob.joinVoice(lounge)]);
  await loopback.waitFor('their group', () => loopback.log.count('dave.epoch') === 1, 2000);
  connection = await join(client, lounge);
  await loopback.botReady(2000);
  await expectSharedGroup();
  await expectSoundBothWays(alice);

  alice.leaveVoice();
  await loopback.botReady(2000);
  await expectSharedGroup();
  await expectSoundBothWays(bob);

  const carol = loopback.addPerson({ name: 'Carol' });
  await carol.joinVoice(lounge);
  await expectSharedGroup();
  await expectSoundBothWays(carol);
  expect(loopback.log.count('dave.invalid') + loopback.log.count('dave.abandoned')).toBe(0);
});

it('starts over when the bot was left alone and somebody comes back', async () => {
  await start();
  connection = await join(client, lounge);
  const alice = loopback.addPerson({ name: 'Alice' });
  await alice.joinVoice(lounge);
  const first = loopback.privacyCode();
  const ssrc = alice.ssrc;
  alice.leaveVoice();
  expect(loopback.privacyCode()).toBeNull();
  await alice.joinVoice(lounge);
  expect(alice.ssrc).not.toBe(ssrc);
  await expectSharedGroup();
  expect(loopback.privacyCode()).not.toBe(first);
  await expectSoundBothWays(alice);
});

it.each([
  ['a welcome', 0],
  ['its own commit', 200],
])('adds the bot again after %s that it could not read', async (_, personCommitDelayMs) => {
  await start();
  loopback.knobs.personCommitDelayMs = personCommitDelayMs;
  loopback.knobs.breakDaveTransitions = 1;
  connection = await join(client, lounge);
  const alice = loopback.addPerson({ name: 'Alice' });
  await alice.joinVoice(lounge);
  await loopback.waitFor('op 31', () => loopback.log.count('dave.invalid') > 0, 2000);
  await loopback.waitFor('a later epoch', () => loopback.log.count('dave.epoch') > 1, 3000);
  await loopback.botReady(3000);
  await expectSharedGroup();
  await expectSoundBothWays(alice);
});

it('carries sound without end-to-end encryption when told so', async () => {
  await start({ dave: false });
  connection = await join(client, lounge);
  const alice = loopback.addPerson({ name: 'Alice' });
  await alice.joinVoice(lounge);
  expect(loopback.privacyCode()).toBeNull();
  await expectSoundBothWays(alice);
});

it('carries sound under XChaCha20', async () => {
  await start({ modes: ['aead_xchacha20_poly1305_rtpsize'] });
  connection = await join(client, lounge);
  const alice = loopback.addPerson({ name: 'Alice' });
  await alice.joinVoice(lounge);
  expect(loopback.log.of('voice.ready')[0]?.mode).toBe('aead_xchacha20_poly1305_rtpsize');
  await expectSharedGroup();
  await expectSoundBothWays(alice);
});

it('tells a bot that comes later who speaks with which SSRC', async () => {
  await start();
  const alice = loopback.addPerson({ name: 'Alice' });
  await alice.joinVoice(lounge);
  await alice.sendTone(20, 440);
  connection = await join(client, lounge);
  await loopback.botReady(2000);
  expect(connection.receiver.ssrcMap.get(alice.id)?.audioSSRC).toBe(alice.ssrc);
  await expectSharedGroup();
  await expectSoundBothWays(alice);
});

it('resumes a broken voice connection with what was missed', async () => {
  await start();
  connection = await join(client, lounge);
  const alice = loopback.addPerson({ name: 'Alice' });
  await alice.joinVoice(lounge);
  loopback.faults.closeVoice(1006);
  const bob = loopback.addPerson({ name: 'Bob' });
  await bob.joinVoice(lounge);
  expect(loopback.log.of('voice.resume')[0]?.repeated).toBeGreaterThan(0);
  expect(loopback.log.count('voice.identify')).toBe(1);
  await expectSharedGroup();
  await expectSoundBothWays(bob);
});
