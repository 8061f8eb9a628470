/** The first turns of each profile through the real adapters, against vendors on sockets that take the same draws. */
import { systemClock } from '../../../../src/base/clock.ts';
import { percentile } from '../../../../src/latency/percentile.ts';
import { figuresOf, type Gaps } from '../figures.ts';
import { runParley } from '../parley.ts';
import { PROFILES, type ProfileName } from '../profiles.ts';
import { type ScriptedTurn, writeTurns } from '../script.ts';
import { drawTurn } from '../turn-draws.ts';
import { type ConnectionCosts, measureConnections } from './connections.ts';
import { type Seen, WireTalk, type WireTurn } from './talk.ts';

type NullableGaps = { [K in keyof Gaps]: number | null };

export interface WireFigures {
  n: number;
  /** Over sockets, in real time; of answered turns and those that were not, as for the other shapes. */
  wire: NullableGaps;
  /** The same turns and draws in virtual time. */
  virtual: NullableGaps;
  /** Over the turns that both answered, the median and the greatest of the absolute differences. */
  medianAbsDiffMs: number | null;
  maxAbsDiffMs: number | null;
  answered: number;
  unanswered: number;
  missed: number;
  /** Of each missed turn, what is needed to find out why. */
  seen: Seen[];
}

export interface WireResult {
  turns: number;
  conversations: number;
  profiles: Partial<Record<ProfileName, WireFigures>>;
  connections: { model: ConnectionCosts; voice: ConnectionCosts } | null;
}

export interface WireOptions {
  turns: number;
  /** At once. */
  conversations: number;
  seed: number;
  profiles: readonly ProfileName[];
  /** Whether the ten idle seconds are measured too. */
  connections: boolean;
  progress(text: string): void;
}

/** About eight seconds for each turn of a conversation. */
export async function measureWire(options: WireOptions): Promise<WireResult> {
  const { turns, conversations, seed, profiles, progress } = options;
  const scripted = writeTurns(turns, seed);
  const measured: WireResult['profiles'] = {};
  for (const name of profiles) {
    progress(`over sockets: ${name}, ${turns} turns`);
    measured[name] = await measureProfile(name, scripted, Math.min(conversations, turns));
  }
  if (options.connections) progress('over sockets: connections');
  const connections = options.connections ? await measureConnections() : null;
  return { turns, conversations, profiles: measured, connections };
}

async function measureProfile(
  name: ProfileName,
  turns: readonly ScriptedTurn[],
  conversations: number,
): Promise<WireFigures> {
  const parts = Array.from({ length: conversations }, (_, i) =>
    turns.filter((_turn, at) => at % conversations === i),
  );
  const virtual = parts.flatMap((part) =>
    runParley(
      part,
      part.map(({ seed }) => drawTurn(PROFILES[name], seed)),
      PROFILES[name],
    ),
  );
  const talks = await Promise.all(parts.map(() => WireTalk.open(name, systemClock)));
  try {
    const wire = (await Promise.all(parts.map((part, i) => sayAll(talks[i]!, part, name)))).flat();
    return compared(
      wire,
      virtual.map(({ gapMs }) => gapMs),
    );
  } finally {
    await Promise.all(talks.map((talk) => talk.close()));
  }
}

async function sayAll(
  talk: WireTalk,
  turns: readonly ScriptedTurn[],
  name: ProfileName,
): Promise<WireTurn[]> {
  const said: WireTurn[] = [];
  for (const turn of turns) said.push(await talk.say(turn, drawTurn(PROFILES[name], turn.seed)));
  return said;
}

function compared(wire: readonly WireTurn[], virtual: readonly (number | null)[]): WireFigures {
  const gaps = wire.map((turn) => (turn.outcome === 'answered' ? turn.gapMs : null));
  const differences = gaps.flatMap((gapMs, i) => {
    const other = virtual[i] ?? null;
    return gapMs === null || other === null ? [] : [Math.abs(gapMs - other)];
  });
  const sorted = differences.toSorted((a, b) => a - b);
  const count = (outcome: WireTurn['outcome']) => wire.filter((turn) => turn.outcome === outcome).length;
  return {
    n: wire.length,
    wire: percentilesOf(gaps),
    virtual: percentilesOf(virtual),
    medianAbsDiffMs: sorted.length > 0 ? rounded(percentile(sorted, 50)) : null,
    maxAbsDiffMs: sorted.length > 0 ? rounded(sorted.at(-1)!) : null,
    answered: count('answered'),
    unanswered: count('unanswered'),
    missed: count('missed'),
    seen: wire.flatMap((turn) => (turn.outcome === 'missed' ? [turn.seen] : [])),
  };
}

function percentilesOf(gaps: readonly (number | null)[]): NullableGaps {
  const plain = { pipelineMs: null, reason: null, falseCutoff: false, llmCalls: 0 };
  const { p50, p95 } = figuresOf(
    gaps.map((gapMs) => ({ gapMs, ...plain, wastedTokens: 0, speculationHit: false })),
  );
  return { p50, p95 };
}

const rounded = (ms: number): number => Number(ms.toFixed(1));
