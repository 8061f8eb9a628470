/** The composition root: the only place that knows every part. Read this first. */
import { opusName } from './audio/opus.ts';
import type { Clock } from './base/clock.ts';
import { withDeadline } from './base/deadline.ts';
import { ParleyError } from './base/errors.ts';
import type { Log } from './base/log.ts';
import type { Config } from './config/config.ts';
import type { TurnReport } from './conversation/conversation.ts';
import { connectClient, inviteLink, isConnected, registerCommands } from './discord/client.ts';
import type { Command, CommandVoice } from './discord/command.ts';
import { serveInteractions } from './discord/interactions.ts';
import { assertSupportedVoiceVersion } from './discord/voice-version.ts';
import { measuredGap } from './latency/summary.ts';
import { createTurnLog } from './latency/turn-log.ts';
import { assertPriced, createLedger } from './money/ledger.ts';
import { Meter } from './money/meter.ts';
import { loadPrices } from './money/price-file.ts';
import { servicesOf } from './money/services.ts';
import { personas } from './personas/index.ts';
import { createPainter } from './pictures/painter.ts';
import { describeWay, locate } from './providers/locate.ts';
import type { Providers } from './providers/providers.ts';
import { createProviders, createVoice, type ProviderContext } from './providers/registry.ts';
import { unheardLanguage } from './providers/stt/unheard-language.ts';
import { accountOf } from './providers/tts/elevenlabs-account.ts';
import type { RoundTrip } from './providers/wire/nearest.ts';
import { Rooms } from './rooms.ts';
import { createServerSettings } from './server-settings.ts';
import { createServerVoices } from './server-voices.ts';
import { openStore, type Store } from './store/store.ts';
import { startTelemetry, type Telemetry } from './telemetry/telemetry.ts';

export interface AppOptions {
  config: Config;
  commands: readonly Command[];
  clock: Clock;
  /** Milliseconds since 1970. */
  nowUnixMs(): number;
  /** 0 to 1, as Math.random. */
  random(): number;
  log: Log;
  /** Replaces providers of the configuration, by kind. */
  providers?: Partial<Providers>;
  /** Replaces the store. */
  openStore?: typeof openStore;
  /** Hears every finished turn, with its words. */
  onTurn?(report: TurnReport): void;
  /**
   * From now on commands are answered, though the start may take a minute more: this stops it, as `App.stop` does, and
   * `startApp` rejects then.
   */
  onServing?(stop: () => Promise<void>): void;
}

export interface App {
  /** The link with which an admin adds the agent to a server. */
  readonly inviteLink: string;
  /** The codec library in use. */
  readonly opus: string;
  readonly providers: { stt: string; llm: string; tts: string };
  /** A line each, for people: who hears, thinks and speaks, where, and how far that is. */
  readonly stages: readonly string[];
  readonly voice: CommandVoice;
  /** Where /metrics, /healthz and /readyz are served; null when they are not. */
  readonly metricsUrl: string | null;
  /** Resolves when Discord has ended the connection for good: there is nothing left but to stop. */
  readonly gone: Promise<ParleyError>;
  /** Leaves every channel and logs out. */
  stop(): Promise<void>;
}

const STOP_DEADLINE_MS = 4_000;

/** Logs in and serves until `stop()`. Rejects with a ParleyError when the agent cannot run. */
export async function startApp(options: AppOptions): Promise<App> {
  const { config, clock, nowUnixMs, log } = options;
  assertSupportedVoiceVersion();
  // First, so that whoever watches the program sees that it lives while it logs in.
  const telemetry = await startTelemetry({ choice: config.telemetry, clock, log });
  let store: Store | null = null;
  try {
    store = await (options.openStore ?? openStore)({ ...config.store, clock, nowUnixMs, log });
    return await startWith(options, telemetry, store);
  } catch (error) {
    await Promise.all([telemetry.stop(), store?.close()]);
    throw error;
  }
}

async function startWith(options: AppOptions, telemetry: Telemetry, store: Store): Promise<App> {
  const { config, commands, clock, nowUnixMs, random, log } = options;
  const { consent } = store;
  const turns = createTurnLog();
  const agentNames = [...config.agentNames];
  const { choice, roundTrips } = await locate(config.providers, { clock, log });
  const context: ProviderContext = {
    ...{ clock, log, now: () => new Date(nowUnixMs()) },
    ...{ measured: () => measuredGap(turns), names: () => agentNames },
  };
  const providers: Providers = { ...createProviders(choice, context), ...options.providers };
  const ledger = createLedger({
    ...{ nowUnixMs, prices: await loadPrices(config.pricesFile), dailyCapUsd: config.dailyCapUsd },
    ...{ earlier: store.earlier, onChange: store.saveSpend },
  });
  store.onOthersSpend(ledger.learn);
  const services = servicesOf(providers);
  assertPriced(ledger, Object.values(services));
  const vad = await providers.vad.load();
  const gone = Promise.withResolvers<ParleyError>();
  const { token, apiUrl } = config.discord;
  const unheard = unheardLanguage(providers.stt, choice.stt.language);
  if (unheard)
    log.warn({ err: unheard, remedy: unheard.remedy }, 'the recogniser does not hear what people speak');
  const login = connectClient({ token, apiUrl, clock, log, onGone: gone.resolve });
  const client = await login.catch((error: unknown) => {
    vad.close();
    throw error;
  });
  agentNames.push(client.user.username);
  const settings = createServerSettings(config, store.settings);
  const voices = createServerVoices({
    ...{ clock, log, stored: store.settings, usual: providers.tts },
    account: options.providers?.tts ? null : accountOf(choice.tts, { clock, log }),
    create: (voice) => createVoice({ ...choice.tts, voice }, context),
    meterOf: (guildId) => new Meter({ guildId, ledger, services, onSpent: () => undefined }),
    tell: (guildId, text) => rooms.inform(guildId, text),
  });
  const rooms = new Rooms({
    ...{ client, clock, nowUnixMs, random, log, providers, vad, consent, ledger },
    rhythms: store.rhythms,
    allowedGuilds: config.allowedGuilds,
    whenMoved: config.whenMoved,
    settingsOf: (guildId) => {
      const { persona, ...how } = settings.of(guildId);
      const its = { ...providers, tts: voices.of(guildId) };
      return { ...how, systemPrompt: personas[persona], providers: its };
    },
    agentNames,
    language: config.providers.stt.language,
    eventLogDir: config.eventLogDir,
    keepsWords: config.logSpeech || config.eventLogDir !== null,
    onTurn: (report) => {
      turns.add(report.record);
      telemetry.onTurn(report.record);
      store.addTurn(report.record);
      logTurn(log, report);
      options.onTurn?.(report);
    },
  });
  telemetry.attach({
    models: { stt: services.stt.model, llm: services.llm.model, tts: services.tts.model },
    rooms: () => rooms.readings(),
    checks: {
      discord: () => (isConnected(client) ? null : 'Not connected.'),
      providers: () => rooms.providerFailure?.message ?? null,
      store: () => store.problem(),
    },
  });
  const pictures = createPainter({ clock, log });
  const stopInteractions = serveInteractions({
    ...{ client, clock, log, commands, allowedGuilds: config.allowedGuilds },
    services: {
      ...{ voice: rooms, consent, spend: ledger, settings, voices, pictures, nowUnixMs },
      ...{ records: store.records, keptDays: config.store.turnRetentionDays, budgetMs: config.budgetMs },
    },
  });
  const over = new AbortController();
  const end = async () => {
    over.abort(stoppedEarly());
    stopInteractions();
    const counted = rooms.closeAll();
    await pictures.close();
    const what = 'logging out';
    const remedy = 'Nothing: the process ends anyway.';
    // Together: these wait for a network or a disk.
    const stored = counted.then(() => store.close());
    const ending = Promise.all([telemetry.stop(), stored, voices.close()]);
    const deadline = { clock, afterMs: STOP_DEADLINE_MS, what, remedy };
    try {
      await withDeadline(deadline, () => client.destroy());
    } finally {
      vad.close();
      await ending;
    }
  };
  let ended: Promise<void> | null = null;
  const stop = async () => {
    ended ??= end();
    await ended;
  };
  options.onServing?.(stop);
  // Last, so that commands which Discord knows from an earlier start are answered meanwhile.
  await registerCommands(client, commands, clock, over.signal).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  const names = { stt: providers.stt.name, llm: providers.llm.name, tts: providers.tts.name };
  const opus = opusName();
  log.info({ opus, ...names, node: process.version, guilds: client.guilds.cache.size }, 'ready');
  return {
    inviteLink: inviteLink(client),
    opus,
    providers: names,
    stages: [
      stageLine('Speech to text', providers.stt, roundTrips.stt),
      stageLine('Answers', providers.llm, roundTrips.llm),
      stageLine('Voice', providers.tts, roundTrips.tts),
    ],
    voice: rooms,
    metricsUrl: telemetry.url,
    gone: gone.promise,
    stop,
  };
}

const stoppedEarly = (): ParleyError =>
  new ParleyError('Parley was stopped before it had started', { code: 'STOPPED', remedy: 'Start it again.' });

function stageLine(
  what: string,
  { name, model, place }: { name: string; model?: string; place: string },
  way: readonly RoundTrip[],
): string {
  const distance = way.length > 0 ? ` (${describeWay(way)})` : '';
  return `${what}: ${[name, ...(model ? [model] : []), place].join(', ')}${distance}`;
}

function logTurn(log: Log, { record, transcript, reply }: TurnReport): void {
  const { guildId, channelId, outcome, reason, falseCutoff, audible } = record;
  log.info({ guildId, channelId, outcome, reason, falseCutoff, audible, pii: { transcript, reply } }, 'turn');
}
