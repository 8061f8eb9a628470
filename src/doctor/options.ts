/** What the doctor is given, and what it gives to the providers that it tries. */
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Config } from '../config/config.ts';
import type { ProviderContext } from '../providers/registry.ts';

export interface ExamineOptions {
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  log: Log;
  /** By vendor: instead of its own, where it is not chosen for anything. */
  addresses?: Readonly<Record<string, string>>;
  /** What is being looked at now, for who waits. */
  progress(what: string): void;
}

export const contextOf = ({ agentNames }: Config, { clock, log }: ExamineOptions): ProviderContext => ({
  ...{ clock, log, now: () => new Date(0), measured: () => null, names: () => agentNames },
});
