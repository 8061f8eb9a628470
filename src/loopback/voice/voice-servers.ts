/** The voice servers of the loopback: what they share, and the one that new tickets name. */
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { type Certificate, makeCertificate } from '../certificate.ts';
import type { Knobs } from '../knobs.ts';
import type { EventLog } from '../log.ts';
import type { Timers } from '../timers.ts';
import type { EncryptionMode } from './rtp.ts';
import { type GuildVoice, VoiceServer } from './voice-server.ts';
import type { VoiceSession } from './voice-session.ts';

export interface VoiceServersOptions {
  knobs: Knobs;
  log: EventLog;
  timers: Timers;
  seed: number;
  modes: readonly EncryptionMode[];
  heartbeatIntervalMs: number;
  resumeWindowMs: number;
  /** The voice of a guild; null when there is no such guild. */
  voiceOf(guildId: string): GuildVoice | null;
}

const FIRST_SSRC = 1000;
/** Each stay has three: audio, video, and the repeats of video. */
const SSRC_STEP = 3;

/** A port of 127.0.0.1 where nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

export class VoiceServers {
  readonly certificate: Certificate = makeCertificate();
  /** The bot's sessions on all servers, one a guild. */
  readonly sessions = new Set<VoiceSession>();
  readonly #options: VoiceServersOptions;
  readonly #servers: VoiceServer[] = [];
  #nextSsrc = FIRST_SSRC;
  #refusedPort = 0;

  private constructor(options: VoiceServersOptions) {
    this.#options = options;
  }

  static async open(options: VoiceServersOptions): Promise<VoiceServers> {
    const servers = new VoiceServers(options);
    servers.#refusedPort = await closedPort();
    await servers.openServer();
    return servers;
  }

  /** The server that new tickets name. */
  get current(): VoiceServer {
    const server = this.#servers.at(-1);
    if (!server) throw new Error('there is no voice server yet');
    return server;
  }

  /** What VOICE_SERVER_UPDATE names in a guild. */
  endpointIn(guildId: string): string {
    const { refuseVoice, refuseVoiceIn } = this.#options.knobs;
    const refused = refuseVoice === 'port' && (refuseVoiceIn ?? guildId) === guildId;
    return refused ? `127.0.0.1:${this.#refusedPort}` : this.current.endpoint;
  }

  /** Starts another voice server, which new tickets name from now on. */
  async openServer(): Promise<void> {
    const { knobs, log, timers, seed, modes, heartbeatIntervalMs, resumeWindowMs, voiceOf } = this.#options;
    const server = await VoiceServer.listen({
      certificate: this.certificate,
      knobs,
      log,
      timers,
      seed,
      modes,
      heartbeatIntervalMs,
      resumeWindowMs,
      sessions: this.sessions,
      nextSsrc: () => this.takeSsrc(),
      voiceOf,
    });
    this.#servers.push(server);
  }

  takeSsrc(): number {
    this.#nextSsrc += SSRC_STEP;
    return this.#nextSsrc;
  }

  /** The bot's session in a guild, or, when none is given, any; null without one. */
  sessionIn(guildId?: string): VoiceSession | null {
    return (
      this.sessions.values().find(({ ticket }) => guildId === undefined || ticket.guildId === guildId) ?? null
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.close()));
  }
}
