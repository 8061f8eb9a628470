/** A command's context for tests: records the answers, and stands in for the program. */
import type { CommandContext } from '../../src/discord/command.ts';
import type { TurnRecord } from '../../src/latency/timeline.ts';

export interface FakeContext extends CommandContext {
  /** What happened, in order: `defer`, `reply: text`, and calls of the program's parts. */
  calls: string[];
  /** The one answer; throws unless there is exactly one. */
  answer(): string;
}

export interface FakeOptions {
  guildId?: string | null;
  subcommand?: string;
  options?: Record<string, string>;
  /** What `voice.join` fails with. */
  joinError?: Error;
  inChannel?: boolean;
  pingMs?: number | null;
  turns?: TurnRecord[];
  todayUsd?: number | null;
  dailyCapUsd?: number | null;
  optedOut?: string[];
}

export function fakeContext(given: FakeOptions = {}): FakeContext {
  const calls: string[] = [];
  const optedOut = new Set(given.optedOut);
  return {
    calls,
    answer() {
      const answers = calls.filter((call) => call.startsWith('reply: '));
      if (answers.length !== 1) throw new Error(`expected one answer, got ${JSON.stringify(calls)}`);
      return answers[0]!.slice('reply: '.length);
    },
    guildId: given.guildId === undefined ? 'guild' : given.guildId,
    userId: '42',
    subcommand: given.subcommand ?? null,
    budgetMs: 500,
    option: (name) => given.options?.[name] ?? null,
    async reply(text) {
      calls.push(`reply: ${text}`);
    },
    async defer() {
      calls.push('defer');
    },
    voice: {
      async join(guildId, userId, channelId) {
        calls.push(`join ${guildId} ${userId} ${channelId}`);
        if (given.joinError) throw given.joinError;
        return { channelId: channelId ?? 'own-channel' };
      },
      async leave(guildId) {
        calls.push(`leave ${guildId}`);
        return given.inChannel ?? true;
      },
      pingMs: () => given.pingMs ?? null,
    },
    turns: { list: (guildId) => (given.turns ?? []).filter((turn) => turn.guildId === guildId) },
    spend: { dailyCapUsd: given.dailyCapUsd ?? null, todayUsd: () => given.todayUsd ?? null },
    consent: {
      async optOut(userId) {
        calls.push(`optOut ${userId}`);
        optedOut.add(userId);
      },
      async optIn(userId) {
        calls.push(`optIn ${userId}`);
        optedOut.delete(userId);
      },
      isOptedOut: (userId) => optedOut.has(userId),
    },
  };
}
