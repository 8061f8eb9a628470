/** Starts a loopback: joins its parts and gives the handle that tests and programs hold. */
import type { Closing } from './closing.ts';
import { Core } from './core.ts';
import { Faults } from './faults.ts';
import { IdentifyLimit } from './gateway/identify-limit.ts';
import { World } from './guild/world.ts';
import type { Close, Loopback, LoopbackOptions, VoiceStateRequest } from './index.ts';
import { defaultKnobs } from './knobs.ts';
import { EventLog } from './log.ts';
import { LoopbackGuild } from './loopback-guild.ts';
import { applicationRoutes } from './rest/application.ts';
import { ChannelRoutes } from './rest/channels.ts';
import { CommandRegistry } from './rest/commands.ts';
import { GuildRoutes } from './rest/guilds.ts';
import { Interactions } from './rest/interactions.ts';
import { MessageStore } from './rest/messages.ts';
import { RateLimits } from './rest/rate-limits.ts';
import { type RestFault, RestServer } from './rest/server.ts';
import { Slash } from './slash/slash.ts';
import { Timers } from './timers.ts';
import { ENCRYPTION_MODES } from './voice/rtp.ts';

/** Discord's own figures. */
const DEFAULTS = {
  gatewayHeartbeatMs: 41_250,
  voiceHeartbeatMs: 13_750,
  resumeWindowMs: 15_000,
  interactionAnswerMs: 3000,
  interactionTokenMs: 900_000,
  identifiesPerDay: 1000,
  maxConcurrency: 1,
  rateLimits: true,
  identifyWindowMs: 5000,
} as const;
const TOKEN = 'bG9vcGJhY2s.bG9vcA.bG9vcGJhY2stdG9rZW4';

function closesIn({ entries }: EventLog): Close[] {
  return entries
    .filter(({ kind }) => kind === 'gateway.close' || kind === 'voice.close')
    .map(({ kind, ...closing }) => ({
      ...{ guildId: null, channelId: null },
      ...(closing as unknown as Closing & { atMs: number }),
      gateway: kind === 'voice.close' ? 'voice' : 'main',
    }));
}

/** Starts a Discord with one guild: a text channel, two voice channels, a stage channel, an owner and the bot. */
export async function startLoopback(options: LoopbackOptions = {}): Promise<Loopback> {
  const { seed = 1, dave = true, modes = ENCRYPTION_MODES, botName = 'Parley', token = TOKEN } = options;
  const settings = { ...DEFAULTS, ...options };
  const log = new EventLog();
  const timers = new Timers();
  const world = new World(botName);
  const applicationId = world.bot.id;
  const knobs = defaultKnobs();
  const {
    identifiesPerDay: total,
    maxConcurrency,
    identifyWindowMs: windowMs,
    interactionAnswerMs: firstAnswerMs,
  } = settings;
  const identifyLimit = new IdentifyLimit({ total, maxConcurrency, windowMs });
  const gatewayUrl = () => `ws://127.0.0.1:${rest.port}/gateway`;
  const core = await Core.open({
    ...{ world, knobs, log, timers, seed, dave, modes, identifyLimit, applicationId, token, gatewayUrl },
    gatewayHeartbeatMs: settings.gatewayHeartbeatMs,
    voiceHeartbeatMs: settings.voiceHeartbeatMs,
    resumeWindowMs: settings.resumeWindowMs,
  });
  const handles = new Map<string, LoopbackGuild>();
  const guildOf = (guildId: string): LoopbackGuild => {
    const handle = handles.get(guildId) ?? new LoopbackGuild(core, core.side(guildId));
    handles.set(guildId, handle);
    return handle;
  };
  const first = guildOf(core.addGuild('Loopback').guild.id);

  const messages = new MessageStore(world.bot);
  const registry = new CommandRegistry(applicationId, world);
  const tokenMs = settings.interactionTokenMs;
  const interactions = new Interactions({ messages, log, applicationId, firstAnswerMs, tokenMs });
  const restFaults: RestFault[] = [];
  const rest = new RestServer({
    token: () => core.token,
    ...{ log, timers, limits: settings.rateLimits ? new RateLimits() : null },
    faults: restFaults,
    routers: [
      applicationRoutes({
        ...{ world, applicationId, identifyLimit, gatewayUrl },
        leaveGuild: (guildId) => core.removeGuild(guildId),
      }),
      registry.route,
      interactions.route,
      new ChannelRoutes({ world, messages, log, dispatch: core.dispatch }).route,
      new GuildRoutes(world, core).route,
    ],
    onUpgrade: (request, socket, head) => core.gateway.upgrade(request, socket, head),
  });
  await rest.listen(settings.port ?? 0);

  const { dispatch } = core;
  const { textChannelId } = first;
  const slash = new Slash({
    ...{ world, registry, interactions, log, textChannelId, applicationId, dispatch, firstAnswerMs },
  });

  let closed: Promise<void> | null = null;
  const closeAll = async () => {
    log.close();
    timers.close();
    await Promise.all([rest.close(), core.close()]);
  };

  return {
    apiUrl: `http://127.0.0.1:${rest.port}/api`,
    gatewayUrl: gatewayUrl(),
    get voiceEndpoint() {
      return core.servers.endpointIn(first.id);
    },
    token,
    caPem: core.servers.certificate.certPem,
    botUserId: world.bot.id,
    applicationId,
    guildId: first.id,
    textChannelId,
    voiceChannelIds: first.voiceChannelIds,
    stageChannelId: first.stageChannelId,
    knobs,
    faults: new Faults({ core, restFaults, firstGuildId: first.id, guildOf }),
    log,
    room: first.room,
    get guilds() {
      return [...world.guilds.keys()].map(guildOf);
    },
    addGuild: ({ name, id }) => guildOf(core.addGuild(name, id).guild.id),
    removeGuild: (guildId) => core.removeGuild(guildId),
    addPerson: (person) => first.addPerson(person),
    command: (person, command) => slash.invoke(person, command),
    autocomplete: (person, command) => slash.complete(person, command),
    commandNames: () => registry.names(first.id),
    messages: (channelId) => messages.visible(channelId),
    privacyCode: () => first.privacyCode(),
    botVoiceChannelId: () => first.botVoiceChannelId(),
    voiceStateRequests: () => log.count('gateway.voiceState'),
    op4: () =>
      log.of('gateway.voiceState').map(({ kind, ...request }) => request as unknown as VoiceStateRequest),
    closes: () => closesIn(log),
    botReady: (deadlineMs) => first.botReady(deadlineMs),
    waitFor: (description, predicate, deadlineMs) => log.waitFor(description, predicate, deadlineMs),
    async close() {
      closed ??= closeAll();
      await closed;
    },
  };
}
