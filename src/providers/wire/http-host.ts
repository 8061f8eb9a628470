/** The connections to one host: each carries one request at a time, and one that is open is taken before another is opened. */
import { Client } from 'undici';
import type { Clock } from '../../base/clock.ts';

/** Vendors close idle connections after one to six minutes; a hint of theirs below this is obeyed. */
const KEEP_ALIVE_MS = 120_000;

/** One connection, open or about to be opened. */
interface Line {
  client: Client;
  /** When it last answered anything. */
  answeredMs: number;
}

export interface Taken {
  client: Client;
  /** It was open before, and may turn out to be dead. */
  kept: boolean;
  /** Call it when something came over it. */
  answered(): void;
}

/** undici's own pool takes the first connection that is not busy, also when that one has to be opened first. */
export class HttpHost {
  readonly #origin: string;
  readonly #clock: Clock;
  readonly #lines = new Set<Line>();

  constructor(origin: string, clock: Clock) {
    this.#origin = origin;
    this.#clock = clock;
  }

  /** How long ago the freshest idle connection answered, in ms; infinite when none is open and idle. */
  get idleMs(): number {
    const line = this.#freshest();
    return line ? this.#clock.now() - line.answeredMs : Number.POSITIVE_INFINITY;
  }

  /** For one request, to be sent at once: the idle connection that answered last, or a new one. */
  take(): Taken {
    const idle = this.#freshest();
    const line = idle ?? this.#open();
    const answered = () => {
      line.answeredMs = this.#clock.now();
    };
    return { client: line.client, kept: idle !== null, answered };
  }

  /** Closes the idle connections: where one was dead, the others are as old. */
  dropIdle(): void {
    for (const line of this.#lines) if (isIdle(line)) this.#drop(line);
  }

  async destroy(reason: Error): Promise<void> {
    const lines = [...this.#lines];
    this.#lines.clear();
    await Promise.all(lines.map(({ client }) => client.destroy(reason)));
  }

  #open(): Line {
    const client = new Client(this.#origin, {
      // HTTP/2 was measured to be slower for one small request at a time, and its one connection is lost for all.
      ...{ allowH2: false, keepAliveTimeout: KEEP_ALIVE_MS, keepAliveMaxTimeout: KEEP_ALIVE_MS },
      // Deadlines come from the clock, through signals.
      ...{ headersTimeout: 0, bodyTimeout: 0 },
    });
    const line: Line = { client, answeredMs: this.#clock.now() };
    this.#lines.add(line);
    // It would open itself again when it is needed, which is too late; one that waits to send does so at once.
    client.on('disconnect', () => {
      if (client.stats.size === 0) this.#drop(line);
    });
    client.on('connectionError', () => this.#drop(line));
    return line;
  }

  #freshest(): Line | null {
    let freshest: Line | null = null;
    for (const line of this.#lines) {
      if (isIdle(line) && (!freshest || line.answeredMs > freshest.answeredMs)) freshest = line;
    }
    return freshest;
  }

  #drop(line: Line): void {
    if (!this.#lines.delete(line)) return;
    line.client.destroy().catch(() => undefined);
  }
}

const isIdle = ({ client: { stats } }: Line): boolean => stats.connected && stats.size === 0;
