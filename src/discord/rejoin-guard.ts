/**
 * Stands between the voice library and the gateway: the library asks to rejoin in a hot loop when a voice server
 * refuses it (more than 100 times in half a second), which would use up the shard's sends for every server on it.
 */
import type { DiscordGatewayAdapterCreator, DiscordGatewayAdapterImplementerMethods } from '@discordjs/voice';
import type { Clock, Timer } from '../base/clock.ts';

/** Delay of the n-th rejoin in a row, before jitter: the first is immediate. 8 sends in a minute. */
const BACKOFF_MS = [0, 500, 1_000, 2_000, 4_000, 8_000, 15_000] as const;
/** Up to this share is added, so that many servers do not come back at the same instant. */
const JITTER = 0.3;
/** A delayed join that finds the gateway away is tried again after this long; the wait for its answer goes on. */
const GATEWAY_AWAY_MS = 1_000;

type Adapter = DiscordGatewayAdapterImplementerMethods;
type Payload = Parameters<Adapter['sendPayload']>[0];

export class RejoinGuard {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #onSent: () => void;
  #attempts = 0;
  #pending: Timer | null = null;

  /**
   * @param random 0 to 1, as Math.random.
   * @param onSent called when a join really leaves: only then does the wait for its answer begin.
   */
  constructor(clock: Clock, random: () => number, onSent: () => void) {
    this.#clock = clock;
    this.#random = random;
    this.#onSent = onSent;
  }

  /** The connection was good for a while: the next rejoin is immediate again. */
  reset(): void {
    this.#attempts = 0;
  }

  cancel(): void {
    this.#pending?.cancel();
    this.#pending = null;
  }

  /** The same adapter with its joins slowed down; leaving is never delayed. */
  wrap(create: DiscordGatewayAdapterCreator): DiscordGatewayAdapterCreator {
    return (methods) => {
      const adapter = create(methods);
      return {
        sendPayload: (payload) => {
          this.cancel();
          if (payload.d.channel_id === null) return adapter.sendPayload(payload);
          const delayMs = this.#nextDelayMs();
          if (delayMs === 0) {
            this.#onSent();
            return adapter.sendPayload(payload);
          }
          this.#pending = this.#clock.setTimer(delayMs, () => {
            this.#onSent();
            this.#send(adapter, payload);
          });
          return true;
        },
        destroy: () => {
          this.cancel();
          adapter.destroy();
        },
      };
    };
  }

  #send(adapter: Adapter, payload: Payload): void {
    this.#pending = adapter.sendPayload(payload)
      ? null
      : this.#clock.setTimer(GATEWAY_AWAY_MS, () => this.#send(adapter, payload));
  }

  #nextDelayMs(): number {
    const baseMs = BACKOFF_MS[Math.min(this.#attempts, BACKOFF_MS.length - 1)]!;
    this.#attempts += 1;
    return baseMs * (1 + JITTER * this.#random());
  }
}
