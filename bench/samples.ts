/** Pictures as /latency draws them, of the turns that the response gap is measured with: vendors' delays in virtual time. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { figuresOf } from '../src/latency/figures.ts';
import { summarise } from '../src/latency/summary.ts';
import type { TurnRecord } from '../src/latency/timeline.ts';
import { draw } from '../src/pictures/draw.ts';
import type { Subject } from '../src/pictures/picture.ts';
import type { EndedTurn } from '../src/simulation/recording.ts';
import type { BenchContext } from './dispatch.ts';
import { runParley } from './support/response-gap/parley.ts';
import { PROFILES } from './support/response-gap/profiles.ts';
import { writeTurns } from './support/response-gap/script.ts';
import { drawTurn } from './support/response-gap/turn-draws.ts';

interface SamplesResult {
  /** File names, with what they show in words. */
  pictures: Record<string, string>;
}

const TURNS = 1_000;
const SEED = 1;
const BUDGET_MS = 500;

/** `npm run bench -- samples DIR`: writes them to DIR; `docs` unless given. */
export async function run({ args, progress }: BenchContext): Promise<SamplesResult> {
  const folder = args[0] ?? 'docs';
  progress(`${TURNS} turns of best`);
  const turns = writeTurns(TURNS, SEED);
  const draws = turns.map(({ seed }) => drawTurn(PROFILES.best, seed));
  const records: TurnRecord[] = [];
  runParley(turns, draws, PROFILES.best, {}, (ended) => records.push(...ended.map(recordOf)));
  const subjects: Record<string, Subject> = {
    'sample-now.png': { ask: 'waterfall', record: middleOf(records), budgetMs: BUDGET_MS },
    'sample-stats.png': {
      ...{ ask: 'percentiles', budgetMs: BUDGET_MS, over: 'virtual time' },
      summary: summarise(records, BUDGET_MS),
    },
  };
  await mkdir(folder, { recursive: true });
  const pictures: Record<string, string> = {};
  for (const [name, subject] of Object.entries(subjects)) {
    const { png, alt } = draw(subject);
    await writeFile(join(folder, name), png);
    pictures[name] = alt;
  }
  return { pictures };
}

export function render({ pictures }: SamplesResult): string {
  return Object.entries(pictures)
    .map(([name, alt]) => `${name}: ${alt}`)
    .join('\n');
}

/** The turn with the median gap: neither a lucky nor an unlucky one. */
function middleOf(records: readonly TurnRecord[]): TurnRecord {
  const answered = records.filter((record) => figuresOf(record).responseGapMs !== undefined);
  const gap = (record: TurnRecord) => figuresOf(record).responseGapMs!;
  return answered.toSorted((a, b) => gap(a) - gap(b))[Math.floor(answered.length / 2)]!;
}

function recordOf({ end, marks, draft }: EndedTurn, index: number): TurnRecord {
  const { turn, outcome, reason, audible, falseCutoff, bargedIn, falseBargeIns } = end;
  return {
    ...{ id: `${turn.id}-${index}`, guildId: 'virtual', channelId: 'virtual', speakerId: turn.speakerId },
    ...{ endedAtUnixMs: 0, outcome, reason, audible, falseCutoff, bargedIn, falseBargeIns },
    ...{ repeated: false, speculation: turn.speculation, modelCalls: turn.modelCalls },
    ...{ wasted: { tokens: 0, characters: 0 }, marks: { ...marks }, usage: null },
    providers: { stt: 'elevenlabs', llm: 'groq', tts: draft ? 'elevenlabs' : 'none' },
  };
}
