/** REST as Discord limits and refuses it: 429 and its headers, slow and failing servers, permissions, autocomplete, stages. */
import {
  ApplicationCommandOptionType,
  type AutocompleteInteraction,
  type Client,
  Events,
  type GuildMember,
  type TextChannel,
  type VoiceChannel,
} from 'discord.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Loopback, type LoopbackOptions, type Person, startLoopback } from '../../src/loopback/index.ts';
import { join, login } from './support.ts';

let loopback: Loopback;
let client: Client<true>;

async function start(options: LoopbackOptions = {}): Promise<void> {
  loopback = await startLoopback(options);
  client = await login(loopback);
}

afterEach(async () => {
  await client.destroy();
  await loopback.close();
});

const call = async (method: string, path: string, body?: unknown) =>
  await fetch(`${loopback.apiUrl}/v10${path}`, {
    method,
    headers: { authorization: `Bot ${loopback.token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

const me = () => client.guilds.cache.get(loopback.guildId)?.members.me as GuildMember;

describe('a limit', () => {
  beforeEach(async () => await start());

  it('of a route is told in headers, and refuses what comes too fast', async () => {
    const path = `/channels/${loopback.textChannelId}/messages`;
    const answers: Response[] = [];
    for (let n = 0; n < 6; n++) answers.push(await call('POST', path, { content: `${n}` }));
    const left = answers.map(({ headers }) => headers.get('x-ratelimit-remaining'));
    expect(left).toEqual(['4', '3', '2', '1', '0', '0']);
    const refused = answers[5]!;
    expect(refused.status).toBe(429);
    const header = (name: string) => refused.headers.get(name);
    expect(header('x-ratelimit-limit')).toBe('5');
    expect(header('x-ratelimit-scope')).toBe('user');
    expect(header('x-ratelimit-global')).toBeNull();
    expect(header('x-ratelimit-bucket')).toBe(answers[0]?.headers.get('x-ratelimit-bucket'));
    expect(Number(header('x-ratelimit-reset')) * 1000 - Date.now()).toBeLessThanOrEqual(5000);
    expect(Number(header('retry-after'))).toBe(Math.ceil(Number(header('x-ratelimit-reset-after'))));
    expect(await refused.json()).toMatchObject({ message: 'You are being rate limited.', global: false });
    // Another channel counts by itself.
    const elsewhere = loopback.guilds[0]!.addChannel({ type: 'text', name: 'other' });
    expect((await call('POST', `/channels/${elsewhere}/messages`, { content: 'x' })).status).toBe(200);
  });

  it('of all requests together is 50 a second', async () => {
    const answers = await Promise.all(Array.from({ length: 60 }, () => call('GET', '/users/@me')));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.headers.get('x-ratelimit-global')).toBe('true');
    expect(refused[0]?.headers.get('x-ratelimit-scope')).toBe('global');
    expect(await refused[0]?.json()).toMatchObject({ global: true });
  });

  it('on demand is waited out', async () => {
    const channel = client.channels.cache.get(loopback.textChannelId) as TextChannel;
    loopback.faults.failRest({ match: /^POST .*messages/, status: 429, times: 1, retryAfterMs: 50 });
    const sent = performance.now();
    await channel.send('patience');
    expect(performance.now() - sent).toBeGreaterThanOrEqual(49);
    expect(loopback.log.of('rest').map(({ status }) => status)).toEqual([200, 429, 200]);
  });

  it.each([
    ['shared', null, 'The resource is being rate limited.'],
    ['global', 'true', 'You are being rate limited.'],
  ] as const)('of the scope %s on demand says so', async (scope, global, message) => {
    loopback.faults.failRest({ match: /^GET/, status: 429, times: 1, retryAfterMs: 2500, scope });
    const refused = await call('GET', '/users/@me');
    expect(refused.headers.get('x-ratelimit-scope')).toBe(scope);
    expect(refused.headers.get('x-ratelimit-global')).toBe(global);
    expect(refused.headers.get('retry-after')).toBe('3');
    expect(await refused.json()).toEqual({ message, retry_after: 2.5, global: global !== null });
  });

  it('can be switched off', async () => {
    await client.destroy();
    await loopback.close();
    await start({ rateLimits: false, identifyWindowMs: 0 });
    const path = `/channels/${loopback.textChannelId}/messages`;
    for (let n = 0; n < 6; n++) expect((await call('POST', path, { content: 'x' })).status).toBe(200);
  });
});

describe('a request', () => {
  beforeEach(async () => await start());

  it('is retried after 5xx, and answered late or never on demand', async () => {
    const channel = client.channels.cache.get(loopback.textChannelId) as TextChannel;
    loopback.faults.failRest({ match: /^POST/, status: 503, times: 1 });
    await channel.send('again');
    expect(loopback.log.of('rest').map(({ status }) => status)).toEqual([200, 503, 200]);
    loopback.faults.failRest({ match: /^GET/, status: null, times: 1, delayMs: 30 });
    const sent = performance.now();
    expect((await call('GET', '/users/@me')).status).toBe(200);
    expect(performance.now() - sent).toBeGreaterThan(27);
    loopback.faults.failRest({ match: /^GET/, status: null, times: 1, delayMs: Number.POSITIVE_INFINITY });
    const hanging = expect(call('GET', '/users/@me')).rejects.toThrow();
    expect((await call('GET', '/users/@me')).status).toBe(200);
    await loopback.close();
    await hanging;
  });

  it("changes a voice channel's status, which the gateway announces", async () => {
    const [lounge] = loopback.voiceChannelIds as [string];
    const guild = loopback.guilds[0]!;
    const path = `/channels/${lounge}/voice-status`;
    expect(await (await call('PUT', path, { status: 'hi' })).json()).toMatchObject({ code: 50013 });
    guild.changeRole(guild.botRoleId, ['ViewChannel', 'Connect', 'Speak', 'SetVoiceChannelStatus']);
    // Who is not connected must also be able to manage the channel.
    expect((await call('PUT', path, { status: 'hi' })).status).toBe(403);
    const connection = await join(client, lounge);
    const announced = new Promise((resolve) => {
      client.ws.on('VOICE_CHANNEL_STATUS_UPDATE' as never, resolve);
    });
    expect((await call('PUT', path, { status: 'listening' })).status).toBe(204);
    expect(await announced).toEqual({ id: lounge, guild_id: guild.id, status: 'listening' });
    expect(guild.voiceStatus(lounge)).toBe('listening');
    expect((await call('PUT', path, { status: 'x'.repeat(501) })).status).toBe(400);
    connection.destroy();
  });

  it('changes nicknames, which GUILD_MEMBER_UPDATE tells of the bot itself', async () => {
    const told = new Promise((resolve) =>
      client.once('guildMemberUpdate', (_, now) => resolve(now.nickname)),
    );
    await me().setNickname('[LISTENING] Parley');
    expect(await told).toBe('[LISTENING] Parley');
    const alice = loopback.addPerson({ name: 'Alice' });
    const other = await call('PATCH', `/guilds/${loopback.guildId}/members/${alice.id}`, { nick: 'A' });
    expect(await other.json()).toMatchObject({ code: 50013 });
  });

  it('moderates and moves people only with the permissions for it', async () => {
    const [lounge, workshop] = loopback.voiceChannelIds as [string, string];
    const guild = loopback.guilds[0]!;
    const alice = loopback.addPerson({ name: 'Alice' });
    const path = `/guilds/${guild.id}/members/${alice.id}`;
    expect(await (await call('PATCH', path, { mute: true })).json()).toMatchObject({ code: 40032 });
    await alice.joinVoice(lounge);
    expect((await call('PATCH', path, { mute: true })).status).toBe(403);
    guild.changeRole(guild.botRoleId, ['ViewChannel', 'MuteMembers', 'MoveMembers']);
    expect((await call('PATCH', path, { mute: true })).status).toBe(200);
    expect((await call('PATCH', path, { deaf: true })).status).toBe(403);
    expect((await call('PATCH', path, { channel_id: workshop })).status).toBe(200);
    expect(alice.channelId).toBe(workshop);
    const channel = client.channels.cache.get(workshop) as VoiceChannel;
    if (!channel.members.has(alice.id)) await new Promise((seen) => client.on('voiceStateUpdate', seen));
    expect(channel.members.get(alice.id)?.voice.serverMute).toBe(true);
    expect((await call('PATCH', path, { channel_id: null })).status).toBe(200);
    expect(alice.channelId).toBeNull();
  });

  it('finds roles, guilds, the bot itself and what was written, and leaves a guild', async () => {
    const guild = loopback.addGuild({ name: 'Second' });
    await (client.channels.cache.get(loopback.textChannelId) as TextChannel).send('one');
    const get = async (path: string) => await (await call('GET', path)).json();
    expect(await get(`/guilds/${guild.id}/roles`)).toMatchObject([
      { name: '@everyone', id: guild.id },
      {},
      {},
    ]);
    expect(await get('/users/@me/guilds')).toMatchObject([{ name: 'Loopback' }, { name: 'Second' }]);
    expect(await get(`/channels/${loopback.textChannelId}/messages?limit=1`)).toMatchObject([
      { content: 'one' },
    ]);
    expect(await get('/guilds/1')).toMatchObject({ code: 10004 });
    expect((await call('DELETE', `/users/@me/guilds/${guild.id}`)).status).toBe(204);
    expect(loopback.guilds).toHaveLength(1);
  });
});

describe('autocomplete', () => {
  let alice: Person;

  const arrange = async (interactionAnswerMs?: number) => {
    await start(interactionAnswerMs === undefined ? {} : { interactionAnswerMs });
    alice = loopback.addPerson({ name: 'Alice' });
    const name = { type: ApplicationCommandOptionType.String, name: 'name', description: 'Which' } as const;
    const kind = { ...name, name: 'kind', required: true } as const;
    await client.application.commands.set([
      { name: 'persona', description: 'Chooses.', options: [kind, { ...name, autocomplete: true }] },
    ]);
  };

  it('proposes values for what is being typed', async () => {
    await arrange();
    client.on(Events.InteractionCreate, (interaction) => {
      if (!interaction.isAutocomplete()) return;
      const typed = interaction.options.getFocused();
      void interaction.respond([
        { name: `${typed}istant`, value: interaction.options.getString('kind') ?? '-' },
      ]);
    });
    const typing = { name: 'persona', options: { name: 'ass' }, focused: 'name' };
    expect(await loopback.autocomplete(alice, typing)).toEqual([{ name: 'assistant', value: '-' }]);
    await expect(loopback.autocomplete(alice, { ...typing, focused: 'kind' })).rejects.toThrow(
      /autocomplete/,
    );
  });

  it('refuses more than 25 proposals, answers of the wrong kind, and late ones', async () => {
    await arrange(500);
    const sent = new Promise<AutocompleteInteraction>((resolve) => {
      client.once(Events.InteractionCreate, (interaction) => {
        if (interaction.isAutocomplete()) resolve(interaction);
      });
    });
    const proposed = expect(
      loopback.autocomplete(alice, { name: 'persona', focused: 'name' }),
    ).rejects.toThrow(/did not respond/);
    const interaction = await sent;
    const path = `/interactions/${interaction.id}/${interaction.token}/callback` as const;
    const post = async (body: unknown) => await client.rest.post(path, { body, auth: false });
    const choices = Array(26).fill({ name: 'x', value: 'x' });
    await expect(post({ type: 8, data: { choices } })).rejects.toMatchObject({ code: 50035 });
    await expect(post({ type: 4, data: { content: 'hello' } })).rejects.toMatchObject({ code: 50035 });
    await proposed;
    await expect(interaction.respond([])).rejects.toMatchObject({ code: 10062 });
  });
});

it('registers, changes and deletes single commands', async () => {
  await start();
  const path = `/applications/${loopback.applicationId}/commands`;
  const made = await call('POST', path, { name: 'one', description: 'One.' });
  expect(made.status).toBe(201);
  const { id } = (await made.json()) as { id: string };
  expect((await call('POST', path, { name: 'one', description: 'Again.' })).status).toBe(200);
  expect((await call('GET', `${path}/${id}`)).status).toBe(404);
  const [command] = (await (await call('GET', path)).json()) as { id: string; description: string }[];
  expect(command?.description).toBe('Again.');
  const changed = await call('PATCH', `${path}/${command?.id}`, { description: 'Changed.' });
  expect(await changed.json()).toMatchObject({ id: command?.id, name: 'one', description: 'Changed.' });
  expect((await call('DELETE', `${path}/${command?.id}`)).status).toBe(204);
  expect(await (await call('GET', path)).json()).toEqual([]);
});
