/** The response gap: the same speech and the same vendors' delays through three ways to answer, and the limit of them. */
import { ParleyError } from '../src/base/errors.ts';
import type { BenchContext } from './dispatch.ts';
import { type Figures, figuresOf, type Gaps, gapsOf } from './support/response-gap/figures.ts';
import { runParley } from './support/response-gap/parley.ts';
import { ASSUMED, PROFILES, type ProfileName } from './support/response-gap/profiles.ts';
import { measureRealtime, type Realtime } from './support/response-gap/realtime.ts';
import { writeTurns } from './support/response-gap/script.ts';
import { limitGapMs, serial, streaming } from './support/response-gap/shapes.ts';
import { drawTurn } from './support/response-gap/turn-draws.ts';
import { measureWire, type WireResult } from './support/response-gap/wire/wire.ts';

interface ProfileResult {
  parley: Figures;
  /** Commit after 500 ms of silence, then the final transcript, the whole answer, the whole synthesis. */
  serial: Figures;
  /** Commit after 500 ms of silence; the model starts on the final transcript, the voice on the first sentence. */
  streaming: Figures;
  /** An oracle that knows when the turn ends, and starts on the interim transcript with the last word. */
  limit: Gaps;
}

interface ResponseGapResult {
  turns: number;
  profiles: Record<ProfileName, ProfileResult>;
  /** The first turns of `best` through the real bot; null when left out by `--virtual`. */
  realtime: Realtime | null;
  assumed: readonly string[];
}

const DEFAULT_TURNS = 4_000;
const SEED = 1;
const REALTIME_TURNS = 40;
const WIRE_TURNS = 60;
const WIRE_CONVERSATIONS = 10;

/**
 * `--turns N`: per profile. `--virtual`: without the four minutes in real time. `--wire`: instead, in real time, the
 * real adapters against vendors on sockets; with `--profile NAME` of one profile alone.
 */
export async function run(context: BenchContext): Promise<ResponseGapResult | WireResult> {
  return context.args.includes('--wire') ? await overSockets(context) : await inVirtualTime(context);
}

async function overSockets({ args, progress }: BenchContext): Promise<WireResult> {
  const names = Object.keys(PROFILES) as ProfileName[];
  const at = args.indexOf('--profile');
  const profiles = at < 0 ? names : names.filter((name) => name === args[at + 1]);
  if (profiles.length === 0)
    throw new ParleyError('There is no such profile', {
      code: 'WRONG_ARGUMENT',
      remedy: `Use one of: ${names.join(', ')}`,
    });
  return await measureWire({
    ...{ turns: turnsOf(args, WIRE_TURNS), conversations: WIRE_CONVERSATIONS, seed: SEED },
    ...{ profiles, connections: true, progress },
  });
}

async function inVirtualTime({ args, progress }: BenchContext): Promise<ResponseGapResult> {
  const count = turnsOf(args, DEFAULT_TURNS);
  const turns = writeTurns(count, SEED);
  const profiles: Partial<Record<ProfileName, ProfileResult>> = {};
  for (const [name, profile] of Object.entries(PROFILES)) {
    progress(`${name}: ${count} turns`);
    const draws = turns.map(({ seed }) => drawTurn(profile, seed));
    profiles[name as ProfileName] = {
      parley: figuresOf(runParley(turns, draws, profile)),
      serial: figuresOf(turns.map((turn, i) => serial(turn, draws[i]!, profile.raced))),
      streaming: figuresOf(turns.map((turn, i) => streaming(turn, draws[i]!, profile.raced))),
      limit: gapsOf(turns.map((turn, i) => limitGapMs(turn, draws[i]!))),
    };
  }
  const realtime = args.includes('--virtual')
    ? null
    : await measureRealtime(writeTurns(REALTIME_TURNS, SEED), PROFILES.best, progress);
  const all = profiles as Record<ProfileName, ProfileResult>;
  return { turns: count, profiles: all, realtime, assumed: ASSUMED };
}

export function render(result: ResponseGapResult | WireResult): string {
  if ('conversations' in result) return renderWire(result);
  const { turns, profiles, realtime, assumed } = result;
  const rows = Object.entries(profiles).flatMap(([name, { parley, serial, streaming, limit }]) => [
    `${name}, ${turns} turns`,
    row('  parley', parley),
    row('  streaming', streaming),
    row('  serial', serial),
    `  limit       p50 ${ms(limit.p50)}  p95 ${ms(limit.p95)}`,
  ]);
  const real = realtime
    ? [
        `Real time, the bot in the loopback, ${realtime.n} turns of best: p50 ${ms(realtime.p50)}, virtual ${ms(realtime.virtualP50)}`,
      ]
    : [];
  return [...rows, ...real, 'Assumed:', ...assumed.map((text) => `  ${text}`)].join('\n');
}

function row(name: string, figures: Figures): string {
  const { p50, p95, p99, under500, falseCutoffs, answered, missed } = figures;
  const gaps = `p50 ${ms(p50)}  p95 ${ms(p95)}  p99 ${ms(p99)}  under 500: ${percent(under500)}`;
  const rates = `cut off ${percent(falseCutoffs)}, answered ${percent(answered)}, missed ${percent(missed)}`;
  const cost = `${figures.llmCallsPerTurn.toFixed(2)} calls, ${figures.wastedTokensPerTurn.toFixed(1)} tokens wasted a turn`;
  return `${name.padEnd(13)} ${gaps}  ${rates}; hits ${percent(figures.speculationHits)}, ${cost}`;
}

function renderWire({ profiles, connections }: WireResult): string {
  const rows = Object.entries(profiles).map(([name, { n, wire, virtual, medianAbsDiffMs, answered }]) =>
    [
      `${name.padEnd(11)} over sockets p50 ${ms(wire.p50)} p95 ${ms(wire.p95)}`,
      `virtual p50 ${ms(virtual.p50)} p95 ${ms(virtual.p95)}`,
      `median difference ${ms(medianAbsDiffMs)}, ${answered} of ${n} answered`,
    ].join(', '),
  );
  const costs = Object.entries(connections ?? {}).map(
    ([name, { coldMs, warmMs, afterIdleMs }]) =>
      `${name.padEnd(11)} cold ${ms(coldMs)}, warm ${ms(warmMs)}, after 10 s idle ${ms(afterIdleMs)}`,
  );
  return [...rows, ...costs].join('\n');
}

const ms = (value: number | null): string => (value === null ? 'unanswered' : `${Math.round(value)} ms`);
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

function turnsOf(args: readonly string[], byDefault: number): number {
  const at = args.indexOf('--turns');
  const turns = at < 0 ? byDefault : Number(args[at + 1]);
  if (Number.isInteger(turns) && turns > 0) return turns;
  throw new ParleyError('--turns needs a number', { code: 'WRONG_ARGUMENT', remedy: 'Use: --turns 4000' });
}
