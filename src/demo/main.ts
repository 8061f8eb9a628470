/** `npm run demo`: the whole product on this machine, without a key: two people talk with the bot, every turn measured. */
import { writeFile } from 'node:fs/promises';
import { encodeWav } from '../audio/wav.ts';
import { systemClock } from '../base/clock.ts';
import { ParleyError } from '../base/errors.ts';
import { createLog, type Log } from '../base/log.ts';
import { seededRandom } from '../base/seeded-random.ts';
import { phrases } from '../providers/llm/embedded-responder.ts';
import { replyOf } from '../providers/llm/reply.ts';
import { heardBack, MIN_DECOYS } from './heard-back.ts';
import { DEMO_USAGE, type DemoOptions, parseDemoOptions } from './options.ts';
import { keepPictures } from './pictures.ts';
import { summariseDemo, type TurnResult } from './results.ts';
import { type Line, writeScript } from './script.ts';
import { closingTable, createShow, type Show, turnLine } from './show.ts';
import { type Stage, setStage } from './stage.ts';
import { takeTurn } from './take.ts';
import { type Spoken, speakLines } from './voices.ts';

/** Where long answers are broken in the picture of the talk. */
const PICTURE_COLUMNS = 112;

async function demo(options: DemoOptions): Promise<boolean> {
  const show = createShow(options.json ? process.stderr : process.stdout);
  const level = process.env.LOG_LEVEL === 'debug' ? 'debug' : 'error';
  const log = createLog({ level, pretty: process.stderr.isTTY === true, logSpeech: false });
  const random = seededRandom(options.seed);
  const lines = writeScript(phrases(), options.turns, random);
  const spoken = await speakLines(lines, systemClock, log, (done) =>
    show.status(`preparing what people will say: ${done} of ${lines.length}`),
  );
  show.status('starting a Discord on this machine and the bot in it');
  const stage = await setStage(options.seed, log);
  try {
    return await perform(stage, lines, spoken, { ...options, show, log, random });
  } finally {
    await stage.close();
  }
}

async function perform(
  stage: Stage,
  lines: readonly Line[],
  spoken: readonly Spoken[],
  {
    json,
    wav,
    pictures,
    turns,
    seed,
    show,
    log,
    random,
  }: DemoOptions & { show: Show; log: Log; random: () => number },
): Promise<boolean> {
  const { loopback, app, people } = stage;
  const told: string[] = [];
  const startMs = performance.now();
  const results: TurnResult[] = [];
  for (const [i, line] of lines.entries()) {
    show.status(`${line.n}. ${line.speaker} speaks: "${line.said}"`);
    const person = people.get(line.speaker)!;
    const take = await takeTurn(loopback, person, line, spoken[i]!, stage.nextReport);
    show.status(`${line.n}. the far side listens back`);
    const decoys = decoysFor(line, random);
    const botHeardBack = await heardBack(take.heard, take.result.reply, {
      clock: systemClock,
      log,
      decoys,
    }).catch((error: unknown) => {
      show.line(
        `    the far side could not listen back: ${error instanceof Error ? error.message : String(error)}`,
      );
      return false;
    });
    const result = { ...take.result, botHeardBack };
    results.push(result);
    if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
    show.line(turnLine(result, lines.length, show.columns));
    told.push(turnLine(result, lines.length, PICTURE_COLUMNS));
  }
  const dave = loopback.privacyCode() !== null;
  const summary = summariseDemo(results, { ...app.providers, opus: app.opus, dave });
  if (json) process.stdout.write(`${JSON.stringify(summary)}\n`);
  show.line(closingTable(summary));
  if (pictures !== null) {
    const typed = `npm run demo -- --turns ${turns} --seed ${seed}`;
    const kept = await keepPictures(pictures, {
      ...{ loopback, person: people.get(lines[0]!.speaker)!, typed },
      talk: [...told, closingTable(summary)],
    });
    show.line(`  Pictures in ${pictures}:\n${kept.map((line) => `    ${line}`).join('\n')}\n`);
  }
  if (wav !== null) {
    await writeFile(wav, encodeWav(stereo(stage, startMs)));
    show.line(`  Recorded to ${wav}: people left, bot right.\n`);
  }
  return summary.answered === summary.n;
}

/** Other answers that the bot could have given. */
function decoysFor(line: Line, random: () => number): string[] {
  const sources = { now: () => new Date(), measured: () => null, random };
  const others = phrases().filter((phrase) => phrase !== line.said);
  const decoys = new Set<string>();
  while (decoys.size < MIN_DECOYS + 4) {
    const content = others[Math.floor(random() * others.length)]!;
    decoys.add(replyOf([{ role: 'user', content }], sources));
  }
  return [...decoys];
}

function stereo({ loopback }: Stage, startMs: number): { rate: number; channels: number; pcm: Int16Array } {
  const endMs = performance.now();
  const left = loopback.room.people(startMs, endMs);
  const right = loopback.room.recording(startMs, endMs);
  const pcm = new Int16Array(Math.max(left.length, right.length) * 2);
  for (let i = 0; i < pcm.length / 2; i++) {
    pcm[2 * i] = left[i] ?? 0;
    pcm[2 * i + 1] = right[i] ?? 0;
  }
  return { rate: 16_000, channels: 2, pcm };
}

try {
  const options = parseDemoOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(`${DEMO_USAGE}\n`);
  else process.exitCode = (await demo(options)) ? 0 : 1;
} catch (error) {
  const text = error instanceof ParleyError ? `${error.message}\n${error.remedy}` : String(error);
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
}
