/** Logging in with the real discord.js: what the client believes about its guild, and what wrong clients are told. */
import { type Client, PermissionFlagsBits, type VoiceChannel } from 'discord.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type Loopback, startLoopback } from '../../src/loopback/index.ts';
import { login } from './support.ts';

let loopback: Loopback;

beforeEach(async () => {
  loopback = await startLoopback();
});
afterEach(async () => await loopback.close());

describe('a client with the right token', () => {
  let client: Client<true>;
  afterEach(async () => await client.destroy());

  it('knows itself and its guild', async () => {
    const alice = loopback.addPerson({ name: 'Alice' });
    await alice.joinVoice(loopback.voiceChannelIds[0]!);
    client = await login(loopback);
    expect(client.user.id).toBe(loopback.botUserId);
    const guild = client.guilds.cache.get(loopback.guildId)!;
    const channels = guild.channels.cache.map(({ type }) => type);
    expect(channels.toSorted()).toEqual([0, 13, 2, 2]);
    const voice = guild.channels.cache.get(loopback.voiceChannelIds[0]!) as VoiceChannel;
    expect(voice.isVoiceBased()).toBe(true);
    expect(voice.joinable).toBe(true);
    expect(voice.permissionsFor(client.user)?.has(PermissionFlagsBits.Speak)).toBe(true);
    expect(voice.members.map(({ displayName }) => displayName)).toEqual(['Alice']);
    expect(guild.members.cache.get(alice.id)?.voice.channelId).toBe(voice.id);
    expect((await client.application.fetch()).id).toBe(loopback.applicationId);
  });

  it('hears of people who come and go, and of what happens to channels', async () => {
    client = await login(loopback);
    const [lounge, workshop] = loopback.voiceChannelIds as [string, string];
    const alice = loopback.addPerson({ name: 'Alice' });
    const moves: (string | null)[] = [];
    client.on('voiceStateUpdate', (_, { channelId }) => moves.push(channelId));
    await alice.joinVoice(lounge);
    await alice.joinVoice(workshop);
    alice.leaveVoice();
    loopback.faults.limitUsers(lounge, 3);
    loopback.faults.denyPermissions(workshop, ['Connect', 'ViewChannel']);
    const deleted = new Promise((resolve) => client.once('channelDelete', ({ id }) => resolve(id)));
    loopback.faults.deleteChannel(loopback.stageChannelId);
    expect(await deleted).toBe(loopback.stageChannelId);
    expect(moves).toEqual([lounge, workshop, null]);
    const cached = client.guilds.cache.get(loopback.guildId)!.channels.cache;
    expect((cached.get(lounge) as VoiceChannel).userLimit).toBe(3);
    expect((cached.get(workshop) as VoiceChannel).joinable).toBe(false);
    loopback.faults.denyPermissions(workshop, []);
    await new Promise((resolve) => client.once('channelUpdate', resolve));
    expect((cached.get(workshop) as VoiceChannel).joinable).toBe(true);
  });

  it('resumes after a request to reconnect', async () => {
    client = await login(loopback);
    loopback.faults.requestReconnect();
    await loopback.waitFor('the client to come back', () => loopback.log.count('gateway.resume'), 12_000);
    const alice = loopback.addPerson({ name: 'Alice' });
    const seen = new Promise((resolve) => client.once('voiceStateUpdate', resolve));
    await alice.joinVoice(loopback.voiceChannelIds[0]!);
    await seen;
  });

  it('gets the events that it missed when it resumes', async () => {
    client = await login(loopback);
    const alice = loopback.addPerson({ name: 'Alice' });
    const seen = new Promise<string>((resolve) => {
      client.once('voiceStateUpdate', (_, { channelId }) => resolve(String(channelId)));
    });
    loopback.faults.closeGateway(1006);
    await loopback.waitFor('the break', () => loopback.log.count('gateway.close') > 0, 2000);
    await alice.joinVoice(loopback.voiceChannelIds[0]!);
    expect(await seen).toBe(loopback.voiceChannelIds[0]);
    expect(loopback.log.of('gateway.resume')[0]?.repeated).toBeGreaterThan(0);
  });
});

it('refuses a wrong token by REST and by gateway', async () => {
  await expect(login({ ...loopback, token: 'wrong.token.here' })).rejects.toThrow(/token/i);
  expect(loopback.log.of('rest')).toMatchObject([{ path: '/gateway/bot', status: 401 }]);
  expect(await gatewayClose({ op: 2, d: { token: 'wrong', intents: 0, properties: {} } })).toBe(4004);
});

it.each([
  ['not JSON', 'hello', 4002],
  ['an op before identify', { op: 4, d: {} }, 4003],
  ['privileged intents', { op: 2, d: { intents: 1 << 15, properties: {} } }, 4014],
])('closes a gateway connection that sends %s', async (_, message, code) => {
  const sent =
    typeof message === 'string' || message.op !== 2
      ? message
      : { ...message, d: { ...message.d, token: loopback.token } };
  expect(await gatewayClose(sent)).toBe(code);
});

async function gatewayClose(message: unknown): Promise<number> {
  const url = `${loopback.apiUrl.replace('http', 'ws').replace('/api', '/gateway')}?v=10&encoding=json`;
  const socket = new WebSocket(url);
  socket.on('open', () => socket.send(typeof message === 'string' ? message : JSON.stringify(message)));
  return await new Promise((resolve) => socket.on('close', resolve));
}
