/** What each server spends, by day (UTC) and service: usage is kept, and money worked out of it. */
import { ParleyError } from '../base/errors.ts';
import { type Amount, amountOfUsd, costOf, nanosOf, usdOfNanos } from './amount.ts';
import { isFree, type Rates, ratesOf, type Service, serviceName } from './prices.ts';
import { addUsage, NO_USAGE, type Usage } from './usage.ts';

/** One day: usage by server, then by "vendor/model". */
export interface DaySpend {
  /** YYYY-MM-DD, UTC. */
  day: string;
  guilds: Record<string, Record<string, Usage>>;
}

export interface LedgerOptions {
  nowUnixMs(): number;
  prices: Readonly<Record<string, Rates>>;
  /** What a server may cost a day, in USD; null without a limit. */
  dailyCapUsd: number | null;
  /** By earlier runs, and by other machines until now: counts if it is of today. */
  earlier: DaySpend | null;
  /** Something was spent that may cost something. Given all that this process has spent on that day. */
  onChange(spend: DaySpend): void;
}

export interface Ledger {
  readonly dailyCapUsd: number | null;
  /** What is free is not kept. */
  add(guildId: string, service: Service, usage: Partial<Usage>): void;
  /** What others have spent by now, in place of what was known of them. */
  learn(others: DaySpend): void;
  /** The server's bill of today in USD, in whole billionths; null when the price of something is not known. */
  todayUsd(guildId: string): number | null;
  /** The server has spent what it may today. */
  isSpent(guildId: string): boolean;
  ratesOf(service: Service): Rates | null;
}

export function createLedger(options: LedgerOptions): Ledger {
  const { nowUnixMs, prices, dailyCapUsd, onChange } = options;
  const today = () => new Date(nowUnixMs()).toISOString().slice(0, 10);
  let others: DaySpend | null = options.earlier;
  let spend: DaySpend = { day: today(), guilds: {} };
  const current = (): DaySpend => {
    const day = today();
    if (spend.day !== day) spend = { day, guilds: {} };
    return spend;
  };
  const cap = dailyCapUsd === null ? null : amountOfUsd(dailyCapUsd);
  const services = new Map<string, Service>();
  const rates = (name: string): Rates | null => {
    const [vendor = '', ...model] = name.split('/');
    return ratesOf(services.get(name) ?? { vendor, model: model.join('/') }, prices);
  };
  const bill = (guildId: string): { sum: Amount; whole: boolean } => {
    let sum = 0n;
    let whole = true;
    const now = current();
    const theirs = others?.day === now.day ? others.guilds[guildId] : undefined;
    for (const [name, usage] of [now.guilds[guildId], theirs].flatMap((used) => Object.entries(used ?? {}))) {
      const known = rates(name);
      if (known) sum += costOf(usage, known);
      else whole = false;
    }
    return { sum, whole };
  };
  return {
    dailyCapUsd,
    add(guildId, service, usage) {
      const name = serviceName(service);
      const known = ratesOf(service, prices);
      if (known && isFree(known)) return;
      services.set(name, service);
      const now = current();
      const guild = now.guilds[guildId] ?? {};
      now.guilds[guildId] = guild;
      guild[name] = addUsage(guild[name] ?? NO_USAGE, usage);
      onChange(now);
    },
    learn(theirs) {
      others = theirs;
    },
    todayUsd(guildId) {
      const { sum, whole } = bill(guildId);
      return whole ? usdOfNanos(nanosOf(sum)) : null;
    },
    isSpent: (guildId) => cap !== null && bill(guildId).sum >= cap,
    ratesOf: (service) => ratesOf(service, prices),
  };
}

/** A limit on what is spent is worth nothing beside a service whose price is not known. */
export function assertPriced(ledger: Ledger, services: readonly Service[]): void {
  const unknown = services.filter((service) => ledger.ratesOf(service) === null).map(serviceName);
  if (ledger.dailyCapUsd === null || unknown.length === 0) return;
  throw new ParleyError(`DAILY_CAP_USD cannot be kept: nobody knows what ${unknown.join(' and ')} costs`, {
    code: 'PRICE_UNKNOWN',
    remedy: 'Put its price into a file and name that in PRICES_FILE, or leave DAILY_CAP_USD empty.',
  });
}

export const capReached = (capUsd: number | null): ParleyError =>
  new ParleyError(`This server has used up what it may cost a day (${capUsd} USD)`, {
    code: 'DAILY_CAP',
    remedy: 'Come back after 00:00 UTC, or ask the person who runs me to raise DAILY_CAP_USD.',
    retryable: true,
  });
