/** The real bot in this process, logged in to a Discord on this machine, with fake providers. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { commands } from '../../commands/index.ts';
import { type App, startApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/config.ts';
import type { TurnReport } from '../../src/conversation/conversation.ts';
import {
  type Loopback,
  type LoopbackOptions,
  type Person,
  type SlashAnswer,
  type SlashCommand,
  type Spoken,
  startLoopback,
} from '../../src/loopback/index.ts';
import type { Providers } from '../../src/providers/providers.ts';
import { type FakeProviders, fakeProviders } from './fake-providers.ts';
import { memoryStore } from './memory-store.ts';
import { type LogLine, recordingLog } from './recording-log.ts';
import { SkippingClock } from './skipping-clock.ts';

/** Far more than anything here takes: what has not happened by then does not happen. */
const DEADLINE_MS = 8_000;

export interface BotOptions {
  loopback?: LoopbackOptions;
  /** How much too early the bot's timers fire. */
  timersEarlyMs?: number;
  /** In place of some of the fake ones. */
  providers?: Partial<Providers>;
  /** Made as the settings say, not faked. */
  real?: readonly (keyof Providers)[];
  /** Settings besides those that lead to the loopback. */
  env?: Record<string, string> | ((loopback: Loopback) => Record<string, string>);
  /** Keeps what must survive a restart as the program does, which takes a worker's start; in memory otherwise. */
  realStore?: boolean;
}

export interface Bot {
  readonly loopback: Loopback;
  readonly clock: SkippingClock;
  readonly fakes: FakeProviders;
  /** Finished turns with their words, oldest first. */
  readonly reports: TurnReport[];
  readonly logged: LogLine[];
  /** The two voice channels. */
  readonly lounge: string;
  readonly workshop: string;
  /** The app that runs now. */
  readonly app: App;
  /** Resolves with the first truthy value of `predicate`, asked after everything that happens anywhere. */
  waitFor<T>(what: string, predicate: () => T, deadlineMs?: number): Promise<NonNullable<T>>;
  /** A person who sits in the lounge, or the given channel. Admins may use /join. */
  seat(name: string, options?: { channelId?: string; bot?: boolean; admin?: boolean }): Promise<Person>;
  /** Invokes a slash command: "join", or "latency now" with a subcommand. */
  command(
    person: Person,
    name: string,
    more?: Omit<SlashCommand, 'name' | 'subcommand'>,
  ): Promise<SlashAnswer>;
  /** An admin in the lounge calls the bot there; resolves with that person once both can hear each other. */
  joined(name?: string): Promise<Person>;
  /** The person says a tone of `ms`; resolves with what was sent and the report of the next turn that finishes. */
  turn(person: Person, ms?: number): Promise<{ spoken: Spoken; report: TurnReport }>;
  /** Resolves when the bot has handled every gateway event up to now. */
  caughtUp(): Promise<void>;
  /** Resolves with the next turn that finishes from now on. */
  nextReport(): Promise<TurnReport>;
  /** What was posted for everyone in a channel, oldest first. */
  chat(channelId: string): string[];
  /** Stops the app and starts another one with the same settings and files. */
  restart(): Promise<void>;
  /** Stops the app alone; the loopback goes on. */
  stopApp(): Promise<void>;
  /** Frees everything. */
  stop(): Promise<void>;
}

/** Starts a loopback and the bot in it. */
export async function startBot(options: BotOptions = {}): Promise<Bot> {
  const loopback = await startLoopback({ identifyWindowMs: 0, ...options.loopback });
  setDefaultCACertificates([...getCACertificates('default'), loopback.caPem]);
  const dataDir = await mkdtemp(join(tmpdir(), 'parley-test-'));
  const changed = () => loopback.log.notify();
  const clock = new SkippingClock(changed, options.timersEarlyMs);
  const fakes = fakeProviders(changed);
  const reports: TurnReport[] = [];
  const logged: LogLine[] = [];
  const log = recordingLog(logged, changed);
  const more = typeof options.env === 'function' ? options.env(loopback) : options.env;
  const config = loadConfig({
    DISCORD_TOKEN: loopback.token,
    DISCORD_API_URL: loopback.apiUrl,
    DATA_DIR: dataDir,
    // The people of most tests talk to nobody else.
    ADDRESSING: 'always',
    // On a busy machine a late packet is a pause, and a draft more is asked for.
    SPECULATION: 'off',
    ...more,
  });
  const inMemory = memoryStore();
  const given: Partial<Providers> = { ...fakes, ...options.providers };
  for (const kind of options.real ?? []) delete given[kind];
  const start = async () =>
    await startApp({
      ...{ config, commands, clock, log, nowUnixMs: Date.now, random: () => 0 },
      providers: given,
      ...(options.realStore ? {} : { openStore: inMemory }),
      onTurn: (report) => {
        reports.push(report);
        changed();
      },
    });
  const free = async () => {
    await loopback.close();
    await rm(dataDir, { recursive: true, force: true });
  };
  let app: App | null = await start().catch(async (error: unknown) => {
    await free();
    throw error;
  });
  let observer: Person | null = null;
  const [lounge = '', workshop = ''] = loopback.voiceChannelIds;

  const bot: Bot = {
    ...{ loopback, clock, fakes, reports, logged, lounge, workshop },
    get app() {
      if (!app) throw new Error('the app is stopped');
      return app;
    },
    waitFor: async (what, predicate, deadlineMs = DEADLINE_MS) =>
      await loopback.waitFor(what, predicate, deadlineMs),
    async seat(name, { channelId = lounge, ...rest } = {}) {
      const person = loopback.addPerson({ name, ...rest });
      await person.joinVoice(channelId);
      return person;
    },
    async command(person, words, given = {}) {
      const [name = '', subcommand] = words.split(' ');
      return await loopback.command(person, {
        ...given,
        name,
        ...(subcommand === undefined ? {} : { subcommand }),
      });
    },
    async joined(name = 'Ada') {
      const person = await bot.seat(name, { admin: true });
      const answer = await bot.command(person, 'join');
      if (loopback.botVoiceChannelId() !== lounge) throw new Error(`the bot did not join: ${answer.text}`);
      await loopback.botReady(DEADLINE_MS);
      return person;
    },
    async turn(person, ms = 200) {
      const next = bot.nextReport();
      const spoken = await person.sendTone(ms, 440);
      return { spoken, report: await next };
    },
    async caughtUp() {
      // Events come in order, so an answered command means that all before it was handled.
      observer ??= loopback.addPerson({ name: 'Observer' });
      await bot.command(observer, 'privacy status');
    },
    async nextReport() {
      const count = reports.length;
      return await bot.waitFor('a turn to finish', () => reports[count]);
    },
    chat: (channelId) => loopback.messages(channelId).map(({ text }) => text),
    async restart() {
      await bot.stopApp();
      app = await start();
    },
    async stopApp() {
      const running = app;
      app = null;
      await running?.stop();
    },
    async stop() {
      await bot.stopApp();
      await free();
    },
  };
  return bot;
}
