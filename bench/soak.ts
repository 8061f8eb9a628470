/** Endurance: the real bot talks with four people for minutes, while network, Discord and providers keep failing. */
import { setTimeout as pause } from 'node:timers/promises';
import { ParleyError } from '../src/base/errors.ts';
import { type Loopback, startLoopback } from '../src/loopback/index.ts';
import { seededRandom } from '../test/support/random.ts';
import type { BenchContext } from './dispatch.ts';
import { type Size, startSoakBot } from './support/soak/bot.ts';
import { disturb } from './support/soak/disturbances.ts';
import { Ledger } from './support/soak/ledger.ts';
import { letTalk } from './support/soak/speakers.ts';

export interface SoakResult {
  /** Answered, unanswered and missed together. */
  turns: number;
  answered: number;
  /** By reason. */
  unanswered: Record<string, number>;
  /** Utterances that are in no turn at all, although the network carried them. */
  missed: number;
  /** Exceptions and rejections that nothing caught, and ends of the process. */
  crashes: number;
  /** Heap in use after garbage collection, from after the warm-up to the end. */
  heapGrowthMb: number;
  /** Open file descriptors, from after the warm-up to the end. */
  fdGrowth: number;
  /** How often the bot asked Discord to join or leave a channel. */
  opCode4Sends: number;
  /** All that was said; several utterances may be one turn. */
  utterances: number;
  /** Utterances said while the bot was on its way to another voice server, so that nothing of them could reach it. */
  uncarried: number;
  minutes: number;
}

interface Options {
  minutes: number;
  seed: number;
  verbose: boolean;
}

const MINUTE_MS = 60_000;
const NAMES = ['Ada', 'Ben', 'Cleo', 'Dan'];
const LOSS_RATE = 0.03;
/** Packets are 20 ms apart, so some overtake each other. */
const JITTER_MS = 30;
/** Past answers and connections have ended by then. */
const SETTLE_MS = 2_000;
const READY_WITHIN_MS = 15_000;
const PROGRESS_EVERY_MS = 15_000;

/**
 * `--minutes N` (1 unless given), `--seed N`, `--verbose` for the bot's log. The first minute is the warm-up, or the
 * first half of less than two. Needs Linux, to count open files.
 */
export async function run({ args, progress }: BenchContext): Promise<SoakResult> {
  const options = optionsOf(args);
  const { minutes, seed } = options;
  if (process.platform !== 'linux') {
    const remedy = 'Run it on Linux, or in a container.';
    throw new ParleyError('The soak counts open files in /proc', { code: 'NOT_LINUX', remedy });
  }
  const loopback = await startLoopback({ seed, identifyWindowMs: 0 });
  try {
    const result = await soak(loopback, options, progress);
    return { ...result, minutes };
  } finally {
    await loopback.close();
  }
}

async function soak(
  loopback: Loopback,
  { minutes, seed, verbose }: Options,
  progress: (text: string) => void,
): Promise<Omit<SoakResult, 'minutes'>> {
  const ledger = new Ledger();
  let crashes = 0;
  const bot = await startSoakBot({
    ...{ loopback, seed, verbose },
    onTurn: (turn) => ledger.add(turn),
    onCrash(what) {
      crashes += 1;
      progress(`crash: ${what}`);
    },
  });
  const report = setInterval(() => progress(summary(ledger)), PROGRESS_EVERY_MS);
  try {
    const [channelId = ''] = loopback.voiceChannelIds;
    const people = await comeTogether(loopback, channelId);
    for (const way of [loopback.knobs.toBot, loopback.knobs.fromBot]) {
      way.lossRate = LOSS_RATE;
      way.jitterMs = JITTER_MS;
    }
    bot.allowFaults();
    const over = new AbortController();
    const talk = letTalk({ loopback, people, ledger, random: seededRandom(seed), over: over.signal });
    const disturbances = disturb({ loopback, ledger, channelId, over: over.signal, progress });
    const warmUpMs = Math.min(MINUTE_MS, (minutes * MINUTE_MS) / 2);
    const measured = measureAfter(warmUpMs, async () => await bot.measure());
    const [before] = await Promise.all([measured, pause(minutes * MINUTE_MS)]);
    over.abort();
    await Promise.all([talk, disturbances]);
    await pause(SETTLE_MS);
    const after = await bot.measure();
    for (const { speakerId, tone, beganMs, endedMs } of ledger.missed) {
      const said = `tone ${tone}, ${Math.round(endedMs - beganMs)} ms, at ${new Date(beganMs).toISOString()}`;
      progress(`missed: ${said}, speaker ${speakerId}`);
    }
    return {
      ...counts(ledger),
      crashes,
      heapGrowthMb: Number((after.heapMb - before.heapMb).toFixed(1)),
      fdGrowth: after.fds - before.fds,
      opCode4Sends: loopback.voiceStateRequests(),
      utterances: ledger.count,
      uncarried: ledger.uncarried,
    };
  } finally {
    clearInterval(report);
    await bot.stop();
  }
}

async function measureAfter(ms: number, measure: () => Promise<Size>): Promise<Size> {
  await pause(ms);
  return await measure();
}

/** Four people in the channel, and the bot, called by one of them. */
async function comeTogether(loopback: Loopback, channelId: string) {
  const people = NAMES.map((name) => loopback.addPerson({ name, admin: true }));
  for (const person of people) {
    await person.joinVoice(channelId);
    // What was said is kept for ten minutes: the loopback's memory would only grow for nothing.
    Object.assign(person.recording, { add() {} });
  }
  await loopback.command(people[0]!, { name: 'join' });
  await loopback.botReady(READY_WITHIN_MS);
  return people;
}

function counts(ledger: Ledger): Pick<SoakResult, 'turns' | 'answered' | 'unanswered' | 'missed'> {
  const unanswered: Record<string, number> = {};
  let answered = 0;
  for (const { outcome, reason } of ledger.turns) {
    if (outcome === 'answered') answered += 1;
    else unanswered[reason ?? 'unknown'] = (unanswered[reason ?? 'unknown'] ?? 0) + 1;
  }
  const missed = ledger.missed.length;
  return { turns: ledger.turns.length + missed, answered, unanswered, missed };
}

function summary(ledger: Ledger): string {
  const { answered, unanswered } = counts(ledger);
  return `${ledger.count} utterances, ${answered} answered, unanswered: ${reasons(unanswered)}`;
}

const reasons = (unanswered: Record<string, number>): string =>
  Object.entries(unanswered)
    .toSorted(([, a], [, b]) => b - a)
    .map(([reason, n]) => `${reason} ${n}`)
    .join(', ') || 'none';

export function render(result: SoakResult): string {
  const { turns, answered, unanswered, missed, crashes, heapGrowthMb, fdGrowth, opCode4Sends } = result;
  return [
    `${result.minutes} min, ${result.utterances} utterances, ${turns} turns: ${answered} answered, ${missed} missed`,
    `Unanswered: ${reasons(unanswered)}`,
    `Said while the voice server moved, never carried: ${result.uncarried}`,
    `Crashes: ${crashes}; heap ${heapGrowthMb >= 0 ? '+' : ''}${heapGrowthMb} MB, open files ${fdGrowth >= 0 ? '+' : ''}${fdGrowth}`,
    `Requests to join or leave: ${opCode4Sends}`,
  ].join('\n');
}

function optionsOf(args: readonly string[]): Options {
  return {
    minutes: numberOf(args, '--minutes', 1),
    seed: numberOf(args, '--seed', 1),
    verbose: args.includes('--verbose'),
  };
}

function numberOf(args: readonly string[], name: string, otherwise: number): number {
  const at = args.indexOf(name);
  const value = at < 0 ? otherwise : Number(args[at + 1]);
  if (Number.isFinite(value) && value > 0) return value;
  throw new ParleyError(`${name} needs a number`, { code: 'WRONG_ARGUMENT', remedy: `Use: ${name} 3` });
}
