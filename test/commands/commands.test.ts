/** The slash commands: what Discord is told of them, and what people are answered. */
import {
  ApplicationCommandOptionType,
  ChannelType,
  InteractionContextType,
  PermissionsBitField,
} from 'discord.js';
import { describe, expect, it } from 'vitest';
import { commands } from '../../commands/index.ts';
import { join } from '../../commands/join.ts';
import { latency } from '../../commands/latency.ts';
import { leave } from '../../commands/leave.ts';
import { privacy } from '../../commands/privacy.ts';
import { fakeContext } from './context.ts';

const permissions = (bits: string | null | undefined) => new PermissionsBitField(BigInt(bits ?? 0)).toArray();

describe('the list', () => {
  it('holds every command once', () => {
    expect(commands.map(({ data }) => data.name)).toEqual([
      'join',
      'leave',
      'latency',
      'privacy',
      'settings',
      'voice',
    ]);
  });

  it('keeps to the names and lengths that Discord accepts', () => {
    for (const { data } of commands) {
      for (const one of [data, ...(data.options ?? [])]) {
        expect(one.name).toMatch(/^[a-z-]{1,32}$/);
        expect(one.description, one.name).toMatch(/^.{1,100}$/);
      }
    }
  });

  it('offers only /privacy outside of servers', () => {
    const direct = commands.filter(({ data }) => data.contexts?.includes(InteractionContextType.BotDM));
    expect(direct).toEqual([privacy]);
  });

  it('answers in a direct message without touching anything', async () => {
    for (const command of [join, leave, latency]) {
      const context = fakeContext({ guildId: null });
      await command.run(context);
      expect(context.calls).toEqual([`reply: ${context.answer()}`]);
      expect(context.answer()).toContain('of a server');
    }
  });
});

describe('/join', () => {
  it('is for those who move members, and takes voice and stage channels', () => {
    expect(permissions(join.data.default_member_permissions)).toEqual(['MoveMembers']);
    expect(join.data.options).toMatchObject([
      {
        type: ApplicationCommandOptionType.Channel,
        channel_types: [ChannelType.GuildVoice, ChannelType.GuildStageVoice],
      },
    ]);
  });

  it('buys time, joins the given channel, and says how not to be heard', async () => {
    const context = fakeContext({ options: { channel: '99' } });
    await join.run(context);
    expect(context.calls.slice(0, 2)).toEqual(['defer', 'join guild 42 99']);
    expect(context.answer()).toMatch(/<#99>.*\/privacy opt-out/);
  });

  it("joins the user's own channel when none is given", async () => {
    const context = fakeContext();
    await join.run(context);
    expect(context.calls).toContain('join guild 42 null');
    expect(context.answer()).toContain('<#own-channel>');
  });

  it('leaves what went wrong to the program, which knows how to say it', async () => {
    const joinError = new Error('no permission');
    const context = fakeContext({ joinError });
    await expect(join.run(context)).rejects.toBe(joinError);
    expect(context.calls).toEqual(['defer', 'join guild 42 null']);
  });
});

describe('/leave', () => {
  it('is for those who may connect', () => {
    expect(permissions(leave.data.default_member_permissions)).toEqual(['Connect']);
  });

  it.each([
    [true, 'I left the voice channel.'],
    [false, 'I am in no voice channel of this server.'],
  ])('says so when it was in a channel: %s', async (inChannel, answer) => {
    const context = fakeContext({ inChannel });
    await leave.run(context);
    expect(context.calls).toEqual(['defer', 'leave guild', `reply: ${answer}`]);
  });
});

describe('/privacy', () => {
  it.each([
    ['opt-out', [], 'optOut 42', /ignore your voice from now on, in every server/],
    ['opt-out', ['42'], 'optOut 42', /ignore your voice from now on/],
    ['opt-in', ['42'], 'optIn 42', /hear you again/],
  ])('%s with %j opted out', async (subcommand, optedOut, call, answer) => {
    const context = fakeContext({ subcommand, optedOut });
    await privacy.run(context);
    expect(context.calls[0]).toBe(call);
    expect(context.answer()).toMatch(answer);
  });

  it.each([
    [['42'], /^I ignore your voice/],
    [['7'], /^I hear you .* how long you pause when you talk/],
  ])('status with %j opted out', async (optedOut, answer) => {
    const context = fakeContext({ subcommand: 'status', optedOut, guildId: null });
    await privacy.run(context);
    expect(context.answer()).toMatch(answer);
    expect(context.calls).toHaveLength(1);
  });

  it('does not claim success when the choice could not be saved', async () => {
    const failure = new Error('not saved');
    const context = fakeContext({ subcommand: 'opt-out' });
    context.consent.optOut = async () => await Promise.reject(failure);
    await expect(privacy.run(context)).rejects.toBe(failure);
    expect(context.calls).toEqual([]);
  });
});
