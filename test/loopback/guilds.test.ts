/** Several guilds on one login: each with its own call, roles, people and commands; guilds that come and go; shards. */
import { type VoiceConnection, VoiceConnectionStatus } from '@discordjs/voice';
import { type Client, Events, PermissionFlagsBits, type VoiceChannel } from 'discord.js';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Loopback, type LoopbackGuild, startLoopback } from '../../src/loopback/index.ts';
import { expectGroup, expectSound, join, login, reach } from './support.ts';

let loopback: Loopback;
let client: Client<true>;
let second: LoopbackGuild;
let connections: VoiceConnection[];

beforeEach(async () => {
  loopback = await startLoopback();
  second = loopback.addGuild({ name: 'Second' });
  client = await login(loopback);
  connections = [];
});

afterEach(async () => {
  for (const connection of connections) {
    if (connection.state.status !== VoiceConnectionStatus.Destroyed) connection.destroy();
  }
  await client.destroy();
  await loopback.close();
});

const enter = async (channelId: string) => {
  const connection = await join(client, channelId);
  connections.push(connection);
  return connection;
};

it('shows the client each guild with its channels and its own people', () => {
  const third = loopback.addGuild({ name: 'Third' });
  expect(loopback.guilds.map(({ name }) => name)).toEqual(['Loopback', 'Second', 'Third']);
  expect([...client.guilds.cache.keys()]).toEqual([loopback.guildId, second.id]);
  const channels = client.guilds.cache.get(second.id)!.channels.cache;
  expect(channels.map(({ name }) => name)).toEqual(['general', 'Lounge', 'Workshop', 'Stage']);
  expect(third.voiceChannelIds[0]).not.toBe(second.voiceChannelIds[0]);
});

it('has one call a guild, apart from each other', async () => {
  const [firstLounge, secondLounge] = [loopback.voiceChannelIds[0]!, second.voiceChannelIds[0]!];
  const [first, other] = [await enter(firstLounge), await enter(secondLounge)];
  const alice = loopback.addPerson({ name: 'Alice' });
  const bob = second.addPerson({ name: 'Bob' });
  await Promise.all([alice.joinVoice(firstLounge), bob.joinVoice(secondLounge)]);
  await expectGroup(loopback, first);
  await expectGroup({ privacyCode: () => second.privacyCode() }, other);
  expect(loopback.privacyCode()).not.toBe(second.privacyCode());
  await expectSound(loopback, other, bob, second.room);
  expect(loopback.room.stats.packets).toBe(0);

  loopback.faults.closeVoice(4006, second.id);
  await loopback.waitFor('the second call again', () => loopback.log.count('voice.ready') === 3, 3000);
  await second.botReady(3000);
  expect(first.state.status).toBe(VoiceConnectionStatus.Ready);
  expect(loopback.log.of('voice.close')).toMatchObject([{ code: 4006, guildId: second.id }]);
  expect(loopback.op4().map(({ guildId, channelId }) => [guildId, channelId])).toEqual([
    [loopback.guildId, firstLounge],
    [second.id, secondLounge],
    [second.id, secondLounge],
  ]);
});

it('lets a person be in one voice channel of all guilds, and only where he is a member', async () => {
  const alice = loopback.addPerson({ name: 'Alice' });
  await expect(alice.joinVoice(second.voiceChannelIds[0]!)).rejects.toThrow(/cannot join/);
  second.addMember(alice);
  const moves: unknown[] = [];
  const all = new Promise<void>((resolve) => {
    client.on('voiceStateUpdate', (_, { guild, channelId }) => {
      if (moves.push([guild.name, channelId]) === 3) resolve();
    });
  });
  await alice.joinVoice(loopback.voiceChannelIds[0]!);
  await alice.joinVoice(second.voiceChannelIds[0]!);
  await all;
  expect(moves).toEqual([
    ['Loopback', loopback.voiceChannelIds[0]],
    ['Second', second.voiceChannelIds[0]],
    ['Loopback', null],
  ]);
});

it('computes permissions from roles and overwrites as the client does', async () => {
  const [lounge] = second.voiceChannelIds as [string];
  const channel = client.channels.cache.get(lounge) as VoiceChannel;
  const me = () => channel.permissionsFor(client.user)!;
  const changed = () => new Promise((resolve) => client.once('channelUpdate', resolve));
  const speakers = second.addRole('Speakers', ['Speak']);
  const silent = changed();
  second.overwrite(lounge, { deny: ['Speak'] });
  await silent;
  expect(me().has(PermissionFlagsBits.Speak)).toBe(false);

  const given = new Promise((resolve) => client.once('guildMemberUpdate', resolve));
  second.giveRole(client.user.id, speakers);
  await given;
  const allowed = changed();
  second.overwrite(lounge, { roleId: speakers, allow: ['Speak'] });
  await allowed;
  expect(me().has(PermissionFlagsBits.Speak)).toBe(true);

  const refused = changed();
  second.overwrite(lounge, { userId: client.user.id, deny: ['Speak', 'Connect'] });
  await refused;
  expect(me().has(PermissionFlagsBits.Speak)).toBe(false);
  expect(channel.joinable).toBe(false);
});

it('takes the right to speak away with a role, and gives it back', async () => {
  const [lounge] = second.voiceChannelIds as [string];
  const speakers = second.addRole('Speakers', []);
  second.overwrite(lounge, { deny: ['Speak'] });
  second.overwrite(lounge, { roleId: speakers, allow: ['Speak'] });
  second.giveRole(client.user.id, speakers);
  await enter(lounge);
  expect(second.botSuppressed()).toBe(false);
  second.takeRole(client.user.id, speakers);
  expect(second.botSuppressed()).toBe(true);
  second.changeRole(second.botRoleId, ['ViewChannel', 'Administrator']);
  expect(second.botSuppressed()).toBe(false);
});

it('moves the bot to the AFK channel, where it may not speak', async () => {
  const [lounge, workshop] = second.voiceChannelIds as [string, string];
  const told = new Promise<void>((resolve) => client.once(Events.GuildUpdate, () => resolve()));
  second.setAfkChannel(workshop);
  await told;
  expect(client.guilds.cache.get(second.id)?.afkChannelId).toBe(workshop);
  await enter(lounge);
  loopback.faults.moveBot(workshop);
  await second.botReady(3000);
  expect(second.botVoiceChannelId()).toBe(workshop);
  expect(second.botSuppressed()).toBe(true);
});

it('tells the client of guilds that come, go, and fall into an outage', async () => {
  const came = new Promise<string>((resolve) => client.once(Events.GuildCreate, ({ id }) => resolve(id)));
  const third = loopback.addGuild({ name: 'Third' });
  expect(await came).toBe(third.id);
  const connection = await enter(third.voiceChannelIds[0]!);
  const alice = third.addPerson({ name: 'Alice' });
  await alice.joinVoice(third.voiceChannelIds[0]!);

  const away = new Promise<string>((resolve) =>
    client.once(Events.GuildUnavailable, ({ id }) => resolve(id)),
  );
  loopback.faults.outage(true, third.id);
  expect(await away).toBe(third.id);
  const back = new Promise<string>((resolve) => client.once(Events.GuildAvailable, ({ id }) => resolve(id)));
  loopback.faults.outage(false, third.id);
  expect(await back).toBe(third.id);
  expect(connection.state.status).toBe(VoiceConnectionStatus.Ready);

  const gone = new Promise<string>((resolve) => client.once(Events.GuildDelete, ({ id }) => resolve(id)));
  loopback.removeGuild(third.id);
  expect(await gone).toBe(third.id);
  expect(alice.channelId).toBeNull();
  await reach(connection, VoiceConnectionStatus.Destroyed);
  await loopback.waitFor('the end of the call', () => loopback.closes().length, 2000);
  expect(loopback.closes()).toMatchObject([
    { gateway: 'voice', by: 'loopback', code: 4014, guildId: third.id },
  ]);
  expect(loopback.guilds).toHaveLength(2);
});

it('answers commands of each guild with its own', async () => {
  const alice = loopback.addPerson({ name: 'Alice' });
  second.addMember(alice);
  client.on(Events.InteractionCreate, (interaction) => {
    if (interaction.isChatInputCommand()) void interaction.reply(`in ${interaction.guild?.name}`);
  });
  await client.application.commands.set([{ name: 'where', description: 'Says where.' }], second.id);
  const typed = { name: 'where', channelId: second.textChannelId };
  expect((await loopback.command(alice, typed)).text).toBe('in Second');
  await expect(loopback.command(alice, { name: 'where' })).rejects.toThrow(/no command/);
});
