/** A client library that shares no code with discord.js logs in, answers commands, writes, and speaks encrypted voice. */
import { registerHooks } from 'node:module';
import tls from 'node:tls';
import { Client, CommandInteraction, type VoiceConnection } from '@projectdysnomia/dysnomia';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Loopback, type Person, startLoopback } from '../../src/loopback/index.ts';
import { openOpus, SILENCE_FRAME } from '../../src/loopback/opus.ts';
import { pitchOf, tone } from './support.ts';

// The library wants a package for XChaCha20 to be there even where AES is spoken, as here; anything will do. The real
// one is kept out by package.json ("overrides"): @discordjs/voice would prefer it to the one that users get.
registerHooks({
  resolve: (specifier, context, next) =>
    specifier.startsWith('@stablelib/') && context.parentURL?.includes('dysnomia')
      ? { url: 'node:crypto', format: 'builtin', shortCircuit: true }
      : next(specifier, context),
});

let loopback: Loopback;
let client: Client;
let alice: Person;
let lounge: string;

beforeEach(async () => {
  loopback = await startLoopback();
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), loopback.caPem]);
  lounge = loopback.voiceChannelIds[0]!;
  alice = loopback.addPerson({ name: 'Alice' });
  const { hostname, port } = new URL(loopback.apiUrl);
  client = new Client(`Bot ${loopback.token}`, {
    rest: { https: false, domain: hostname, port: Number(port), baseURL: '/api/v10' },
    gateway: { intents: ['guilds', 'guildVoiceStates'] },
  });
  const ready = new Promise<void>((resolve) => client.once('ready', () => resolve()));
  await client.connect();
  await ready;
});

afterEach(async () => {
  client.disconnect({ reconnect: false });
  await loopback.close();
});

it('knows its guild, registers and answers a command, and writes a message', async () => {
  const guild = client.guilds.get(loopback.guildId);
  expect(guild?.channels.map(({ name }) => name)).toEqual(['general', 'Lounge', 'Workshop', 'Stage']);
  expect(client.user.id).toBe(loopback.botUserId);
  client.on('interactionCreate', (interaction) => {
    if (!(interaction instanceof CommandInteraction)) return;
    void interaction.createMessage({ content: `Hello ${interaction.member?.username}`, flags: 64 });
  });
  await client.bulkEditCommands([{ name: 'hello', description: 'Greets.', type: 1 }]);
  const answer = await loopback.command(alice, { name: 'hello' });
  expect(answer).toMatchObject({ text: 'Hello alice', private: true });
  const message = await client.createMessage(loopback.textChannelId, { content: 'one' });
  await client.editMessage(loopback.textChannelId, message.id, { content: 'two' });
  expect(loopback.messages(loopback.textChannelId)).toMatchObject([{ text: 'two', edits: 1 }]);
});

/** The opus payloads that the library hands out, until there are so many. */
async function listen(connection: VoiceConnection, count: number): Promise<Buffer[]> {
  const stream = connection.receive('opus');
  const packets: Buffer[] = [];
  return await new Promise((resolve) => {
    stream.on('data', (packet, userId) => {
      if (userId === alice.id && !packet.equals(SILENCE_FRAME)) packets.push(packet);
      if (packets.length === count) resolve(packets);
    });
  });
}

async function speak(connection: VoiceConnection, hz: number, ms: number): Promise<void> {
  const opus = openOpus();
  const pcm = tone(hz, ms);
  // Its types lag behind: since version 4 of the voice gateway this is a bit mask.
  connection.setSpeaking(1 as unknown as boolean);
  await new Promise<void>((resolve) => {
    let at = 0;
    const timer = setInterval(() => {
      if (at < pcm.length) connection.sendAudioFrame(opus.encode(pcm.subarray(at, at + 320)));
      else {
        clearInterval(timer);
        resolve();
      }
      at += 320;
    }, 20);
  });
  opus.close();
}

it('speaks and hears in an end-to-end encrypted call, through a downgrade and an upgrade', async () => {
  const connection = await client.joinVoiceChannel(lounge, { opusOnly: true });
  const soundBothWays = async () => {
    // Of the five frames the library drops the first, whose RTP marker says that talk begins.
    const heard = listen(connection, 4);
    const sinceMs = performance.now();
    await Promise.all([alice.sendTone(100, 440), speak(connection, 660, 100)]);
    const opus = openOpus();
    const pcm = (await heard).flatMap((packet) => [...opus.decode(packet)]);
    opus.close();
    expect(Math.abs(pitchOf(Int16Array.from(pcm)) - 440)).toBeLessThan(25);
    await loopback.room.nextAudible(sinceMs, 1000);
  };
  await alice.joinVoice(lounge);
  await loopback.botReady(3000);
  await soundBothWays();
  expect(connection.voicePrivacyCode).toBe(loopback.privacyCode());

  for (const [times, change] of [
    [1, () => loopback.faults.downgradeDave(lounge)],
    [2, () => loopback.faults.upgradeDave(lounge)],
  ] as const) {
    change();
    await loopback.waitFor('the transition', () => loopback.log.count('dave.executed') === times, 3000);
    await soundBothWays();
  }
  expect(connection.voicePrivacyCode).toBe(loopback.privacyCode());
  const bob = loopback.addPerson({ name: 'Bob' });
  await bob.joinVoice(lounge);
  await soundBothWays();
  expect(connection.voicePrivacyCode).toBe(loopback.privacyCode());
  expect(loopback.room.stats).toMatchObject({ plainWhileEncrypted: 0, undecryptable: 0, undecodable: 0 });
  expect(loopback.log.drops()).toEqual({});
  client.leaveVoiceChannel(lounge);
  await loopback.waitFor('the bot to leave', () => loopback.botVoiceChannelId() === null, 2000);
});
