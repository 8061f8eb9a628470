/** Stages, server mute and deafen, timeouts: what a moderator does to the bot, and what the bot may do about it. */
import type { VoiceConnection } from '@discordjs/voice';
import { type Client, type GuildMember, PermissionFlagsBits, type StageChannel } from 'discord.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Loopback, type LoopbackGuild, type Person, startLoopback } from '../../src/loopback/index.ts';
import { expectSound, hear, join, login, playTone } from './support.ts';

let loopback: Loopback;
let guild: LoopbackGuild;
let client: Client<true>;
let connection: VoiceConnection;
let alice: Person;

beforeEach(async () => {
  loopback = await startLoopback();
  guild = loopback.guilds[0]!;
  client = await login(loopback);
  alice = loopback.addPerson({ name: 'Alice' });
});

afterEach(async () => {
  connection.destroy();
  await client.destroy();
  await loopback.close();
});

const me = () => client.guilds.cache.get(loopback.guildId)?.members.me as GuildMember;

/** Resolves when the bot's own voice state, as the client has it, is so. */
const told = (wanted: (member: GuildMember) => boolean) =>
  new Promise<void>((resolve) => {
    const look = () => {
      if (!wanted(me())) return;
      client.off('voiceStateUpdate', look);
      resolve();
    };
    client.on('voiceStateUpdate', look);
    look();
  });

describe('on a stage', () => {
  beforeEach(async () => {
    connection = await join(client, loopback.stageChannelId);
    await alice.joinVoice(loopback.stageChannelId);
    await told(({ voice }) => voice.suppress === true);
  });

  it('the bot listens until a person invites it to speak, and again when it is sent back', async () => {
    await playTone(connection, 660, 40);
    expect(loopback.room.stats.packets).toBe(0);
    expect(loopback.log.drops()).toEqual({ suppressed: 7 });
    loopback.faults.inviteToSpeak();
    await told(({ voice }) => voice.suppress === false);
    await expectSound(loopback, connection, alice);
    expect(loopback.privacyCode()).toBeNull();
    loopback.faults.moveToAudience();
    await told(({ voice }) => voice.suppress === true);
    expect(guild.botSuppressed()).toBe(true);
  });

  it('the bot may make itself a speaker only if it may mute members', async () => {
    await expect(me().voice.setSuppressed(false)).rejects.toMatchObject({ code: 50013 });
    guild.overwrite(loopback.stageChannelId, { userId: client.user.id, allow: ['MuteMembers'] });
    await me().voice.setSuppressed(false);
    expect(guild.botSuppressed()).toBe(false);
    await me().voice.setSuppressed(true);
    expect(guild.botSuppressed()).toBe(true);
  });

  it('the bot may ask to speak only if it may request it, and the request ends with the invitation', async () => {
    await me().voice.setRequestToSpeak(true);
    await told(({ voice }) => voice.requestToSpeakTimestamp !== null);
    loopback.faults.inviteToSpeak();
    await told(({ voice }) => voice.requestToSpeakTimestamp === null && voice.suppress === false);
    guild.overwrite(loopback.stageChannelId, { userId: client.user.id, deny: ['RequestToSpeak'] });
    await expect(me().voice.setRequestToSpeak(true)).rejects.toMatchObject({ code: 50013 });
    await me().voice.setRequestToSpeak(false);
  });

  it('the bot may make others speakers, who then have a time of request', async () => {
    const stage = client.channels.cache.get(loopback.stageChannelId) as StageChannel;
    const other = () => stage.guild.voiceStates.cache.get(alice.id)!;
    if (!other()) await new Promise((resolve) => client.once('voiceStateUpdate', resolve));
    await expect(other().setSuppressed(true)).rejects.toMatchObject({ code: 50013 });
    guild.overwrite(stage.id, { userId: client.user.id, allow: ['MuteMembers'] });
    await other().setSuppressed(true);
    const heard = hear(connection, alice);
    await alice.sendTone(20, 440);
    expect(heard.packets).toEqual([]);
    const invited = new Promise((resolve) => client.once('voiceStateUpdate', resolve));
    await other().setSuppressed(false);
    await invited;
    expect(other().requestToSpeakTimestamp).not.toBeNull();
  });
});

describe('in a voice channel', () => {
  beforeEach(async () => {
    connection = await join(client, loopback.voiceChannelIds[0]!);
    await alice.joinVoice(loopback.voiceChannelIds[0]!);
    await loopback.botReady(3000);
  });

  it('server mute and deafen stay with the member until they are taken back', async () => {
    loopback.faults.moderateBot({ mute: true, deaf: true });
    await told(({ voice }) => voice.serverMute === true && voice.serverDeaf === true);
    await Promise.all([playTone(connection, 660, 20), alice.sendTone(20, 440)]);
    expect(loopback.log.drops()).toEqual({ muted: 6, deafened: 6 });
    loopback.faults.kickBot();
    connection.rejoin();
    await loopback.botReady(3000);
    await told(({ voice }) => voice.serverMute === true && voice.serverDeaf === true);
    loopback.faults.moderateBot({ mute: false, deaf: false });
    await expectSound(loopback, connection, alice);
  });

  it('a timeout takes all rights but reading, and is told to the bot', async () => {
    const silenced = new Promise<GuildMember>((resolve) => {
      client.once('guildMemberUpdate', (_, now) => resolve(now as GuildMember));
    });
    loopback.faults.timeOutBot(60_000);
    expect((await silenced).isCommunicationDisabled()).toBe(true);
    expect(guild.botSuppressed()).toBe(true);
    const channel = client.channels.cache.get(loopback.textChannelId) as StageChannel;
    await expect(channel.send('no')).rejects.toMatchObject({ code: 50013 });
    loopback.faults.kickBot();
    connection.rejoin();
    await loopback.waitFor('a refusal', () => loopback.log.count('gateway.voiceStateDenied'), 2000);
    loopback.faults.timeOutBot(0);
    expect(channel.permissionsFor(me()).has(PermissionFlagsBits.SendMessages)).toBe(true);
  });

  it('the loss of Connect does not end the call, but a later one cannot begin', async () => {
    loopback.faults.denyPermissions(loopback.voiceChannelIds[0]!, ['Connect']);
    await expectSound(loopback, connection, alice);
    loopback.faults.kickBot();
    connection.rejoin();
    await loopback.waitFor('a refusal', () => loopback.log.count('gateway.voiceStateDenied'), 2000);
    expect(guild.botVoiceChannelId()).toBeNull();
  });
});
