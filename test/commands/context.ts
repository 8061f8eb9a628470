/** A command's context for tests: records the answers, and stands in for the program. */
import type { Attachment, CommandContext } from '../../src/discord/command.ts';
import type { TurnRecords } from '../../src/latency/records.ts';
import { recordsInMemory } from '../../src/latency/records-in-memory.ts';
import type { TurnRecord } from '../../src/latency/timeline.ts';
import { createTurnLog } from '../../src/latency/turn-log.ts';
import { altText } from '../../src/pictures/alt.ts';
import type { Subject } from '../../src/pictures/picture.ts';
import { createServerSettings } from '../../src/server-settings.ts';
import { createGuildSettings } from '../../src/store/guild-settings.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

export interface FakeContext extends CommandContext {
  /** What happened, in order: `defer`, `reply: text`, and calls of the program's parts. */
  calls: string[];
  /** What was drawn, and what was attached to answers and posts. */
  subjects: Subject[];
  attached: Attachment[];
  /** The one answer; throws unless there is exactly one. */
  answer(): string;
}

export interface FakeOptions {
  guildId?: string | null;
  subcommand?: string;
  options?: Record<string, string>;
  /** What `voice.join` fails with. */
  joinError?: Error;
  /** What `voice.join` tells will keep answers from coming. */
  joinTroubles?: string[];
  inChannel?: boolean;
  pingMs?: number | null;
  turns?: TurnRecord[];
  /** In place of `turns`. */
  records?: TurnRecords;
  keptDays?: number;
  nowUnixMs?: number;
  /** What every picture fails with. */
  pictureError?: Error;
  todayUsd?: number | null;
  dailyCapUsd?: number | null;
  optedOut?: string[];
  /** What saving a setting fails with. */
  saveError?: Error;
  /** Names of the voices to choose from. */
  voices?: readonly string[];
}

export function fakeContext(given: FakeOptions = {}): FakeContext {
  const calls: string[] = [];
  const subjects: Subject[] = [];
  const attached: Attachment[] = [];
  const optedOut = new Set(given.optedOut);
  const voices = new Map<string, string>();
  return {
    ...{ calls, subjects, attached },
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
    async reply(answer) {
      const { text, files = [] } = typeof answer === 'string' ? { text: answer } : answer;
      calls.push(`reply: ${text}`);
      attached.push(...files);
    },
    async post({ text, files = [] }) {
      calls.push(`post: ${text}`);
      attached.push(...files);
    },
    async defer() {
      calls.push('defer');
    },
    voice: {
      async join(guildId, userId, channelId) {
        calls.push(`join ${guildId} ${userId} ${channelId}`);
        if (given.joinError) throw given.joinError;
        return { channelId: channelId ?? 'own-channel', troubles: given.joinTroubles ?? [] };
      },
      async leave(guildId) {
        calls.push(`leave ${guildId}`);
        return given.inChannel ?? true;
      },
      pingMs: () => given.pingMs ?? null,
    },
    records: given.records ?? recordsInMemory(logOf(given.turns ?? [])),
    keptDays: given.keptDays ?? null,
    nowUnixMs: () => given.nowUnixMs ?? 1_700_000_000_500,
    pictures: {
      warm: () => undefined,
      async paint(subject) {
        if (given.pictureError) throw given.pictureError;
        subjects.push(subject);
        return { png: new Uint8Array([1, 2, 3]), alt: altText(subject) };
      },
    },
    spend: { dailyCapUsd: given.dailyCapUsd ?? null, todayUsd: () => given.todayUsd ?? null },
    settings: createServerSettings(
      { persona: 'assistant', addressing: 'auto', speculation: 'llm+tts' },
      createGuildSettings({
        ...{ clock: new VirtualClock(), settings: [] },
        save: async ({ guildId, name, value }) => {
          calls.push(`save ${guildId} ${name} ${value}`);
          if (given.saveError) throw given.saveError;
        },
      }),
    ),
    voices: {
      propose: async (text) => (given.voices ?? []).filter((name) => name.startsWith(text)),
      current: (guildId) => voices.get(guildId) ?? null,
      async set(guildId, name) {
        calls.push(`voice ${guildId} ${name}`);
        if (given.saveError) throw given.saveError;
        voices.set(guildId, name);
        return name;
      },
      async reset(guildId) {
        voices.delete(guildId);
      },
    },
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

function logOf(turns: readonly TurnRecord[]) {
  const log = createTurnLog({ perGuild: 5_000, guilds: 10 });
  for (const turn of turns) log.add(turn);
  return log;
}
