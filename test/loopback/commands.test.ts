/** Slash commands and messages with the real discord.js: every way to answer, and what Discord refuses. */
import {
  ApplicationCommandOptionType,
  type ChatInputCommandInteraction,
  type Client,
  Events,
  MessageFlags,
  type TextChannel,
} from 'discord.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Loopback, type LoopbackOptions, type Person, startLoopback } from '../../src/loopback/index.ts';
import { login } from './support.ts';

const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452000d0a2d2d', 'hex');

let loopback: Loopback;
let client: Client<true>;
let alice: Person;
let handler: (interaction: ChatInputCommandInteraction) => Promise<unknown>;

async function start(options: LoopbackOptions = {}): Promise<void> {
  loopback = await startLoopback(options);
  client = await login(loopback);
  alice = loopback.addPerson({ name: 'Alice' });
  client.on(Events.InteractionCreate, (interaction) => {
    if (interaction.isChatInputCommand()) void handler(interaction);
  });
  await client.application.commands.set([
    {
      name: 'latency',
      description: 'Shows where the time went.',
      options: [
        { type: ApplicationCommandOptionType.String, name: 'unit', description: 'Unit', required: true },
        {
          type: ApplicationCommandOptionType.Channel,
          name: 'channel',
          description: 'Channel',
          channelTypes: [2],
        },
      ],
    },
    {
      name: 'voice',
      description: 'Voice settings.',
      options: [
        {
          type: ApplicationCommandOptionType.Subcommand,
          name: 'set',
          description: 'Sets it.',
          options: [
            {
              type: ApplicationCommandOptionType.Integer,
              name: 'speed',
              description: 'Speed',
              choices: [{ name: 'slow', value: 1 }],
            },
          ],
        },
      ],
    },
    { name: 'admin', description: 'For admins.', defaultMemberPermissions: '32' },
  ]);
  await client.application.commands.set(
    [{ name: 'here', description: 'Only in this server.' }],
    loopback.guildId,
  );
}

afterEach(async () => {
  await client.destroy();
  await loopback.close();
});

describe('an answer', () => {
  beforeEach(async () => await start());
  const latency = { name: 'latency', options: { unit: 'ms' } };

  it('is a private reply', async () => {
    handler = (i) =>
      i.reply({
        content: `${i.user.displayName} in ${i.guild?.name}: ${i.options.getString('unit')}`,
        flags: MessageFlags.Ephemeral,
      });
    const answer = await loopback.command(alice, latency);
    expect(answer).toMatchObject({ text: 'Alice in Loopback: ms', private: true, files: [], edits: 0 });
    expect(answer.firstAnswerMs).toBeGreaterThan(0);
    expect(loopback.messages(loopback.textChannelId)).toEqual([]);
  });

  it('is a public reply that can be read back, with a response', async () => {
    handler = async (i) => {
      const response = await i.reply({ content: 'hello', withResponse: true });
      await i.editReply(`${response.resource?.message?.content}, world`);
      expect((await i.fetchReply()).content).toBe('hello, world');
      await i.followUp({ content: 'more', flags: MessageFlags.Ephemeral });
    };
    const answer = await loopback.command(alice, latency);
    expect(answer).toMatchObject({ text: 'hello', private: false });
    await loopback.waitFor('the follow-up', () => answer.followUps[0]?.text === 'more', 2000);
    const [message] = loopback.messages(loopback.textChannelId);
    expect(message).toMatchObject({ text: 'hello, world', edits: 1 });
    expect(loopback.messages(loopback.textChannelId)).toHaveLength(1);
  });

  it('is deferred and then holds a picture, byte for byte', async () => {
    handler = async (i) => {
      await i.deferReply({ flags: MessageFlags.Ephemeral });
      await i.editReply({ content: 'chart', files: [{ attachment: PNG, name: 'chart.png' }] });
    };
    const answer = await loopback.command(alice, latency);
    expect(answer).toMatchObject({ text: 'chart', private: true, edits: 1 });
    expect(answer.answeredMs).toBeGreaterThan(answer.firstAnswerMs);
    expect(answer.files).toMatchObject([{ name: 'chart.png', contentType: 'image/png' }]);
    expect(answer.files[0]?.data.equals(PNG)).toBe(true);
  });

  it('can be deleted', async () => {
    handler = async (i) => {
      await i.reply('gone');
      await i.deleteReply();
    };
    await loopback.command(alice, latency);
    await loopback.waitFor('the deletion', () => loopback.log.count('interaction.delete'), 2000);
    expect(loopback.messages(loopback.textChannelId)).toEqual([]);
  });

  it('comes from a subcommand, with channels resolved and permissions computed', async () => {
    const [lounge, workshop] = loopback.voiceChannelIds as [string, string];
    loopback.faults.denyPermissions(lounge, ['Connect']);
    handler = (i) => {
      const channel = i.options.getChannel('channel');
      const may = (id: string) =>
        i.guild!.channels.cache.get(id)!.permissionsFor(client.user)?.has('Connect');
      return i.reply(
        `${channel?.name} ${may(lounge)} ${may(workshop)} ${i.appPermissions.has('SendMessages')}`,
      );
    };
    const answer = await loopback.command(alice, {
      name: 'latency',
      options: { unit: 's', channel: lounge },
    });
    expect(answer.text).toBe('Lounge false true true');
    handler = (i) => i.reply(`${i.options.getSubcommand()} ${i.options.getInteger('speed')}`);
    const set = await loopback.command(alice, { name: 'voice', subcommand: 'set', options: { speed: 1 } });
    expect(set.text).toBe('set 1');
  });

  it('comes to a command in a direct message, which has no guild', async () => {
    handler = (i) => i.reply(`${i.guildId} ${i.user.displayName}`);
    expect((await loopback.command(alice, { ...latency, guild: false })).text).toBe('null Alice');
  });

  it.each([
    ['an unknown command', { name: 'nothing' }, /no command \/nothing/],
    ['a guild command in a direct message', { name: 'here', guild: false }, /in direct messages/],
    ['a missing option', { name: 'latency' }, /needs the option unit/],
    ['an unknown option', { name: 'latency', options: { unit: 'ms', x: 1 } }, /no option x/],
    ['a value of the wrong type', { name: 'latency', options: { unit: 1 } }, /takes a string/],
    ['no subcommand', { name: 'voice' }, /needs a subcommand/],
    ['a value that is no choice', { name: 'voice', subcommand: 'set', options: { speed: 2 } }, /no choice/],
    ['too few permissions', { name: 'admin' }, /lacks the permissions/],
  ])('is not asked for with %s', async (_, command, error) => {
    await expect(loopback.command(alice, command)).rejects.toThrow(error);
    expect(loopback.log.count('interaction.sent')).toBe(0);
  });

  it('is given to admins', async () => {
    handler = (i) => i.reply(`${i.memberPermissions?.has('ManageGuild')}`);
    const owner = loopback.addPerson({ name: 'Olga', admin: true });
    expect((await loopback.command(owner, { name: 'admin' })).text).toBe('true');
  });

  it('is refused when it is too long, empty, or the second', async () => {
    const codes: unknown[] = [];
    const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
    const attempt = async (work: () => Promise<unknown>) => {
      await work().catch((error: { code: unknown }) => codes.push(error.code));
    };
    handler = async (i) => {
      await attempt(() => i.reply('x'.repeat(2001)));
      i.replied = false;
      await attempt(() => i.reply({ content: '' }));
      i.replied = false;
      await i.reply('🙂'.repeat(2000));
      i.replied = false;
      await attempt(() => i.reply('again'));
      finish();
    };
    await loopback.command(alice, latency);
    await finished;
    expect(codes).toEqual([50035, 50006, 40060]);
  });
});

it('refuses an interaction token that is too old', async () => {
  await start({ interactionTokenMs: 0 });
  const code = new Promise((resolve) => {
    handler = async (i) => {
      await i.reply('in time');
      await i.editReply('too late').catch((error: { code: unknown }) => resolve(error.code));
    };
  });
  await loopback.command(alice, { name: 'here' });
  expect(await code).toBe(50027);
});

it.each([
  ['an upper-case name', { name: 'Loud', description: 'x' }],
  ['no description', { name: 'quiet', description: '' }],
])('refuses to register a command with %s', async (_, command) => {
  await start();
  const put = fetch(`${loopback.apiUrl}/v10/applications/${loopback.applicationId}/commands`, {
    method: 'PUT',
    headers: { authorization: `Bot ${loopback.token}`, 'content-type': 'application/json' },
    body: JSON.stringify([command]),
  });
  expect(await (await put).json()).toMatchObject({ code: 50035 });
});

describe('messages and routes', () => {
  beforeEach(async () => await start());

  it('posts, edits and deletes in a channel', async () => {
    const channel = (await client.channels.fetch(loopback.textChannelId)) as TextChannel;
    const message = await channel.send({ content: 'one', files: [{ attachment: PNG, name: 'a.png' }] });
    expect(loopback.messages(channel.id)).toMatchObject([{ text: 'one', files: [{ name: 'a.png' }] }]);
    await message.edit('two');
    expect(loopback.messages(channel.id)).toMatchObject([{ text: 'two', edits: 1 }]);
    await message.delete();
    expect(loopback.messages(channel.id)).toEqual([]);
  });

  it.each([
    ['SendMessages', 50013],
    ['ViewChannel', 50001],
  ] as const)('refuses a message without %s', async (permission, code) => {
    const channel = (await client.channels.fetch(loopback.textChannelId)) as TextChannel;
    loopback.faults.denyPermissions(channel.id, [permission]);
    await expect(channel.send('no')).rejects.toMatchObject({ code });
  });

  it('answers unknown routes with 404 JSON, and strangers with 401', async () => {
    const authorization = `Bot ${loopback.token}`;
    const lost = await fetch(`${loopback.apiUrl}/v10/nowhere`, { headers: { authorization } });
    expect(lost.status).toBe(404);
    expect(await lost.json()).toEqual({ message: '404: Not Found', code: 0 });
    const stranger = await fetch(`${loopback.apiUrl}/v10/users/@me`);
    expect(stranger.status).toBe(401);
  });

  it('fails the next requests on demand, and then no more', async () => {
    const channel = (await client.channels.fetch(loopback.textChannelId)) as TextChannel;
    loopback.faults.failRest({ match: /^POST .*messages/, status: 429, times: 1 });
    await channel.send('patience');
    const statuses = loopback.log.of('rest').map(({ status }) => status);
    expect(statuses.slice(-2)).toEqual([429, 200]);
    expect(loopback.messages(channel.id)).toHaveLength(1);
  });
});
