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
import { turn } from '../latency/timelines.ts';
import { fakeContext } from './context.ts';

const permissions = (bits: string | null | undefined) => new PermissionsBitField(BigInt(bits ?? 0)).toArray();

describe('the list', () => {
  it('holds every command once', () => {
    expect(commands.map(({ data }) => data.name)).toEqual(['join', 'leave', 'latency', 'privacy']);
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

describe('/latency', () => {
  const answered = turn({ id: '1' });
  const unanswered = turn({ outcome: 'unanswered', reason: 'LLM_TIMEOUT', audible: null, marks: {} });

  it('has two subcommands and is for everyone', () => {
    expect(latency.data.options).toMatchObject([
      { type: ApplicationCommandOptionType.Subcommand, name: 'now' },
      { type: ApplicationCommandOptionType.Subcommand, name: 'stats' },
    ]);
    expect(latency.data.default_member_permissions).toBeUndefined();
  });

  it('now shows the last turn, the ping and when it was', async () => {
    const context = fakeContext({ subcommand: 'now', turns: [unanswered, answered], pingMs: 23.6 });
    await latency.run(context);
    expect(context.answer()).toMatch(/^The last turn, <t:1700000000:R>:\n```\nanswered\n/);
    expect(context.answer()).toMatch(/^total .* 432$/m);
    expect(context.answer()).toMatch(/\nNetwork ping to the voice server: 24 ms$/);
  });

  it('now marks the budget that is set', async () => {
    const context = { ...fakeContext({ subcommand: 'now', turns: [answered] }), budgetMs: 750 };
    await latency.run(context);
    expect(context.answer()).toContain('750│');
    expect(context.answer()).toContain('voice server: –');
  });

  it('now says in plain words that there was no turn yet', async () => {
    const elsewhere = turn({ guildId: 'another' });
    const context = fakeContext({ subcommand: 'now', turns: [elsewhere], pingMs: 20 });
    await latency.run(context);
    expect(context.answer()).toBe(
      'Nobody has talked to me in this server since I started. Network ping to the voice server: 20 ms',
    );
  });

  it('stats shows all turns of the server beside the budget', async () => {
    const context = fakeContext({ subcommand: 'stats', turns: [answered, unanswered], pingMs: 23.6 });
    await latency.run(context);
    expect(context.answer()).toContain('2 turns: 1 answered\n1 unanswered, 0 missed\nfalse cut-offs: 0');
    expect(context.answer()).toMatch(/^response gap +432 +432 +432 +1 +≤500$/m);
    expect(context.answer()).toMatch(/^network ping +24 /m);
  });

  it('stats says that there were no turns', async () => {
    const context = fakeContext({ subcommand: 'stats' });
    await latency.run(context);
    expect(context.answer()).toContain('0 turns: 0 answered');
  });

  it.each(['now', 'stats'])('%s fits a message', async (subcommand) => {
    const turns = Array.from({ length: 500 }, (_, index) =>
      turn({ outcome: 'unanswered', reason: 'R'.repeat(200) + index, audible: 'notice', falseCutoff: true }),
    );
    const context = fakeContext({ subcommand, turns, pingMs: 1e6 });
    await latency.run(context);
    expect(context.answer().length).toBeLessThanOrEqual(2_000);
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
    [['7'], /^I hear you/],
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
