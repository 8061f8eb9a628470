/** A bad network: how many of the demo's phrases are still transcribed exactly, and what the repair costs in time. */
import { parseArgs } from 'node:util';
import { systemClock } from '../src/base/clock.ts';
import { ParleyError } from '../src/base/errors.ts';
import { silentLog } from '../src/base/log.ts';
import { type Line, writeScript } from '../src/demo/script.ts';
import { type Spoken, speakLines } from '../src/demo/voices.ts';
import { stageFigures } from '../src/latency/figures.ts';
import { percentile } from '../src/latency/percentile.ts';
import { perfectNetwork } from '../src/loopback/voice/network-model.ts';
import { phrases } from '../src/providers/llm/embedded-responder.ts';
import { plainWords } from '../src/providers/plain-words.ts';
import { seededRandom } from '../test/support/random.ts';
import type { BenchContext } from './dispatch.ts';
import { openRecognisers } from './support/network/recogniser.ts';
import { NetworkRoom } from './support/network/room.ts';

/** Of one network. */
interface NetworkFigures {
  phrases: number;
  /** Became one turn with exactly these words. */
  exact: number;
  exactShare: number;
  packets: number;
  /** Of the packets, as it came out. */
  lossShare: number;
  /** Each packet is delayed by 0 to so many ms, on its own: packets overtake each other. */
  jitterMs: number;
  /** In the turns' timelines: what the repair added to the response gap. */
  repairDelayMs: Percentiles;
  /** The same of every frame that arrived. */
  frameDelayMs: Percentiles;
  /** Frames that were guessed in place of packets that did not come, or came too late to be waited for. */
  concealedFrames: number;
  latePackets: number;
}

interface Percentiles {
  p50: number;
  p95: number;
  max: number;
}

export interface NetworkResult extends NetworkFigures {
  seed: number;
  /** The same phrases over a network without faults. */
  clean: NetworkFigures;
  /** What was not transcribed exactly over the bad network, with what was understood instead. */
  wrong: { said: string; heard: string[] }[];
}

interface Options {
  seed: number;
  loss: number;
  jitter: number;
  turns: number;
}

const SPEAKERS = 2;

/** `--loss 0.05 --jitter 60 --seed 1 --turns N`: all phrases once unless given. Takes about two minutes. */
export async function run({ args, progress }: BenchContext): Promise<NetworkResult> {
  const { seed, loss, jitter, turns } = optionsOf(args);
  const lines = writeScript(phrases(), turns, seededRandom(seed));
  const spoken = await speakLines(lines, systemClock, silentLog, (done) => {
    if (done % 20 === 0) progress(`preparing what people will say: ${done} of ${lines.length}`);
  });
  const talk = async (lossRate: number, jitterMs: number) =>
    await hearAll({ lines, spoken, seed, lossRate, jitterMs, progress });
  const clean = await talk(0, 0);
  const bad = await talk(loss, jitter);
  return { ...bad.figures, seed, clean: clean.figures, wrong: bad.wrong };
}

export function render(result: NetworkResult): string {
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  const delays = ({ p50, p95, max }: Percentiles) => `p50 ${p50} ms, p95 ${p95} ms, longest ${max} ms`;
  const of = (figures: NetworkFigures) => [
    `  exact          ${figures.exact} of ${figures.phrases} (${percent(figures.exactShare)})`,
    `  repair delay   ${delays(figures.repairDelayMs)}`,
    `  … of a frame   ${delays(figures.frameDelayMs)}`,
    `  concealed      ${figures.concealedFrames} frames; ${figures.latePackets} of ${figures.packets} packets came too late`,
  ];
  return [
    `With ${percent(result.lossShare)} loss and ${result.jitterMs} ms jitter:`,
    ...of(result),
    'Over a clean network:',
    ...of(result.clean),
  ].join('\n');
}

interface Talk {
  lines: readonly Line[];
  spoken: readonly Spoken[];
  seed: number;
  lossRate: number;
  jitterMs: number;
  progress(text: string): void;
}

async function hearAll({ lines, spoken, seed, lossRate, jitterMs, progress }: Talk) {
  const room = new NetworkRoom({ ...perfectNetwork(), lossRate, jitterMs }, seed);
  await room.open(await openRecognisers(phrases().map(plainWords), SPEAKERS));
  const repairsMs: number[] = [];
  const wrong: NetworkResult['wrong'] = [];
  for (const [i, { speaker, client, said }] of lines.entries()) {
    if (i % 20 === 0) progress(`${lossRate * 100} % loss, ${jitterMs} ms jitter: ${i} of ${lines.length}`);
    const reports = await room.say({ speaker, client, ...spoken[i]! });
    const heard = reports.map(({ transcript }) => transcript);
    if (heard.length !== 1 || heard[0] !== plainWords(said)) wrong.push({ said, heard });
    for (const { record } of reports)
      repairsMs.push(stageFigures(record.marks).receiveRepairMs ?? Number.NaN);
  }
  room.close();
  const { sent, lost, concealed, frameDelaysMs } = room.traffic;
  const exact = lines.length - wrong.length;
  const figures: NetworkFigures = {
    phrases: lines.length,
    exact,
    exactShare: round(exact / lines.length, 4),
    packets: sent,
    lossShare: round(lost / sent, 4),
    jitterMs,
    repairDelayMs: percentiles(repairsMs),
    frameDelayMs: percentiles(frameDelaysMs),
    concealedFrames: concealed,
    latePackets: room.counters.late,
  };
  return { figures, wrong };
}

function percentiles(values: readonly number[]): Percentiles {
  if (values.length === 0 || values.some(Number.isNaN))
    throw new Error('a turn without a known repair delay');
  const sorted = values.toSorted((a, b) => a - b);
  return {
    p50: round(percentile(sorted, 50), 1),
    p95: round(percentile(sorted, 95), 1),
    max: round(percentile(sorted, 100), 1),
  };
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));

function optionsOf(args: readonly string[]): Options {
  const options = { type: 'string' } as const;
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { seed: options, loss: options, jitter: options, turns: options },
    });
    return {
      seed: numberOf('seed', values.seed ?? '1', 2 ** 31),
      loss: numberOf('loss', values.loss ?? '0.05', 1),
      jitter: numberOf('jitter', values.jitter ?? '60', 1_000),
      turns: numberOf('turns', values.turns ?? String(phrases().length), 1_000),
    };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ParleyError(message, {
      code: 'WRONG_ARGUMENT',
      remedy: 'Use: --loss 0.05 --jitter 60 --seed 1 --turns 40',
      cause: error,
    });
  }
}

function numberOf(name: string, text: string, max: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= max) return value;
  throw new Error(`--${name} takes a number from 0 to ${max}`);
}
