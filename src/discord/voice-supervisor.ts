/** Keeps one voice connection alive: a deadline on every phase, rejoins with backoff, and a clear end when it is final. */
import {
  type DiscordGatewayAdapterCreator,
  joinVoiceChannel,
  type VoiceConnection,
  VoiceConnectionDisconnectReason,
  type VoiceConnectionState,
  VoiceConnectionStatus,
} from '@discordjs/voice';
import type { Clock, Timer } from '../base/clock.ts';
import type { ParleyError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { ReceiveCounters } from './ears/counters.ts';
import { RejoinGuard } from './rejoin-guard.ts';
import { finalClose, phaseFailure, type VoicePhase } from './voice-failures.ts';
import {
  awaitsDiscovery,
  encryptionReady,
  guardGateway,
  guardReceiver,
  onVoiceClose,
  othersConnected,
  repeatDiscovery,
} from './voice-shim.ts';

export interface VoiceSupervisorOptions {
  guildId: string;
  channelId: string;
  adapterCreator: DiscordGatewayAdapterCreator;
  clock: Clock;
  random(): number;
  log: Log;
  counters: ReceiveCounters;
  /** Somebody else is in the channel: only then there is an encryption group to wait for. */
  hasCompany(): boolean;
  /** The connection is over for good. Called once, never from inside `close()`. */
  onLost(error: ParleyError): void;
}

/** How long each phase may take: at home 20 ms, across an ocean about 2 s. */
const PHASE_MS: Record<VoicePhase, number> = {
  signalling: 5_000,
  connecting: 8_000,
  encryption: 8_000,
  gateway: 2_000,
};
/** A connection that was never good is given up sooner: somebody waits for the answer to /join. */
const FIRST_JOIN_MAX_MS = 15_000;
const OUTAGE_MAX_MS = 120_000;
const DISCOVERY_REPEAT_MS = 500;
const ENCRYPTION_POLL_MS = 20;
/** How often a connection that was good is asked whether it still is. */
const ENCRYPTION_WATCH_MS = 1_000;
/** After a 4014 that is a move, the new server is announced within this time. */
const MOVE_GRACE_MS = 2_000;
/** A connection that held this long is stable: the next rejoin starts without delay. */
const STABLE_MS = 10_000;
const UNHANDLED = 'message of the voice gateway could not be handled';

export class VoiceSupervisor {
  readonly connection: VoiceConnection;
  readonly #options: VoiceSupervisorOptions;
  readonly #guard: RejoinGuard;
  readonly #timers = new Map<'phase' | 'discovery' | 'encryption' | 'stable', Timer>();
  readonly #ready = Promise.withResolvers<void>();
  #everReady = false;
  /** The phase whose deadline runs. */
  #phase: VoicePhase | null = null;
  #outageSinceMs: number | null;
  /** Messages of the voice gateway that could not be handled. */
  #broken = 0;
  #over = false;

  constructor(options: VoiceSupervisorOptions) {
    const { guildId, channelId, adapterCreator, clock, random, counters, log } = options;
    this.#options = options;
    this.#outageSinceMs = clock.now();
    this.#guard = new RejoinGuard(clock, random, () => this.#awaitPhase('signalling'));
    this.connection = joinVoiceChannel({
      guildId,
      channelId,
      adapterCreator: this.#guard.wrap(adapterCreator),
      selfDeaf: false,
    });
    guardReceiver(this.connection, clock, counters);
    guardGateway(this.connection, (error) => {
      this.#broken += 1;
      log.error({ guildId, broken: this.#broken, err: error }, UNHANDLED);
    });
    onVoiceClose(this.connection, (code) => this.#onClose(code));
    this.connection.on('error', (error) => log.warn({ guildId, err: error }, 'voice connection error'));
    this.connection.on('stateChange', (_, state) => this.#onState(state));
    // A rejection that nobody awaits yet must not end the process.
    this.#ready.promise.catch(() => {});
  }

  /** Resolves when audio can flow both ways, encrypted as the channel demands; rejects with a ParleyError. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Whether a packet sent now arrives, and leaves encrypted. */
  get canSend(): boolean {
    return this.connection.state.status === VoiceConnectionStatus.Ready && encryptionReady(this.connection);
  }

  /**
   * Ends the connection, and leaves the channel unless `leave` is false: for an agent that goes straight on to another
   * channel, which takes it out of this one. A new connection in the same server may be opened right after.
   */
  close({ leave = true } = {}): void {
    if (this.#over) return;
    this.#end(leave);
    this.#ready.reject(phaseFailure('gateway'));
  }

  #onState(state: VoiceConnectionState): void {
    if (this.#over) return;
    this.#options.log.debug({ status: state.status }, 'voice connection state');
    this.#clear('discovery');
    this.#clear('encryption');
    this.#clear('stable');
    switch (state.status) {
      case VoiceConnectionStatus.Ready:
        this.#awaitPhase('encryption');
        return this.#checkEncryption();
      case VoiceConnectionStatus.Connecting:
        this.#beginOutage();
        this.#awaitPhase('connecting');
        return this.#watchDiscovery();
      case VoiceConnectionStatus.Signalling:
        this.#beginOutage();
        // A join that the guard holds back has no deadline yet: it gets one when it is sent.
        if (this.#phase !== 'signalling') this.#clear('phase');
        return;
      case VoiceConnectionStatus.Disconnected:
        this.#beginOutage();
        return this.#onDisconnected(state.reason);
      case VoiceConnectionStatus.Destroyed:
        return this.#lose(phaseFailure('gateway'));
    }
  }

  #onDisconnected(reason: VoiceConnectionDisconnectReason): void {
    if (reason === VoiceConnectionDisconnectReason.WebSocketClose) {
      return this.#set('phase', MOVE_GRACE_MS, () => this.#lose(finalClose(4014)!));
    }
    if (reason === VoiceConnectionDisconnectReason.EndpointRemoved) return this.#awaitPhase('connecting');
    this.#awaitPhase('gateway');
  }

  /** True keeps the library from rejoining. */
  #onClose(code: number): boolean {
    this.#options.log.info({ guildId: this.#options.guildId, closeCode: code }, 'voice gateway closed');
    const final = code === 4014 ? null : finalClose(code);
    const error = final ?? (this.#isHopeless() ? phaseFailure('connecting') : null);
    if (error) this.#lose(error);
    return error !== null;
  }

  #checkEncryption(): void {
    if (encryptionReady(this.connection) || !this.#options.hasCompany()) return this.#onReady();
    this.#set('encryption', ENCRYPTION_POLL_MS, () => this.#checkEncryption());
  }

  #onReady(): void {
    this.#clear('phase');
    this.#everReady = true;
    this.#outageSinceMs = null;
    this.#set('stable', STABLE_MS, () => this.#guard.reset());
    this.#watchEncryption();
    this.#ready.resolve();
  }

  /** The group forms anew as people come and go; without one the agent would be deaf and mute, and nobody would know. */
  #watchEncryption(): void {
    this.#set('encryption', ENCRYPTION_WATCH_MS, () => {
      if (encryptionReady(this.connection) || !othersConnected(this.connection))
        return this.#watchEncryption();
      this.#options.log.warn({ guildId: this.#options.guildId }, 'voice encryption lost, waiting for it');
      this.#clear('stable');
      this.#beginOutage();
      this.#awaitPhase('encryption');
      this.#checkEncryption();
    });
  }

  #watchDiscovery(): void {
    this.#set('discovery', DISCOVERY_REPEAT_MS, () => {
      if (awaitsDiscovery(this.connection)) {
        this.#options.log.warn(
          { guildId: this.#options.guildId },
          'voice discovery reply lost, asking again',
        );
        repeatDiscovery(this.connection);
      }
      this.#watchDiscovery();
    });
  }

  #beginOutage(): void {
    this.#outageSinceMs ??= this.#options.clock.now();
  }

  #awaitPhase(phase: VoicePhase): void {
    if (this.#over) return;
    this.#phase = phase;
    this.#set('phase', PHASE_MS[phase], () => this.#onPhaseOverdue(phase));
  }

  #onPhaseOverdue(phase: VoicePhase): void {
    const { guildId, log } = this.#options;
    // Somebody sits in the channel without a voice connection: there is no group, and nobody to hear.
    if (phase === 'encryption' && !othersConnected(this.connection)) return this.#onReady();
    this.#beginOutage();
    log.warn({ guildId, phase }, 'voice connection phase took too long');
    if (this.#isHopeless()) return this.#lose(phaseFailure(phase));
    this.connection.rejoin();
  }

  #isHopeless(): boolean {
    if (this.#outageSinceMs === null) return false;
    const outageMs = this.#options.clock.now() - this.#outageSinceMs;
    return outageMs >= (this.#everReady ? OUTAGE_MAX_MS : FIRST_JOIN_MAX_MS);
  }

  #lose(error: ParleyError): void {
    if (this.#over) return;
    this.#end(true);
    this.#ready.reject(error);
    this.#options.onLost(error);
  }

  #end(leave: boolean): void {
    this.#over = true;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.#guard.cancel();
    // Not a moment later: whoever joins again meanwhile would be given this connection.
    if (this.connection.state.status !== VoiceConnectionStatus.Destroyed) this.connection.destroy(leave);
  }

  #set(name: 'phase' | 'discovery' | 'encryption' | 'stable', delayMs: number, fn: () => void): void {
    this.#clear(name);
    const fire = () => {
      this.#timers.delete(name);
      fn();
    };
    this.#timers.set(name, this.#options.clock.setTimer(delayMs, fire));
  }

  #clear(name: 'phase' | 'discovery' | 'encryption' | 'stable'): void {
    this.#timers.get(name)?.cancel();
    this.#timers.delete(name);
  }
}
