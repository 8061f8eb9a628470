/** `npm run simulate`: thousands of random conversations under virtual time, and what must hold in each of them. */
import { writeFileSync } from 'node:fs';
import { systemClock } from '../base/clock.ts';
import { ParleyError } from '../base/errors.ts';
import { logHeader, logLine } from '../turn/event-log.ts';
import { readOptions, type SimulateOptions } from './options.ts';
import { playRandomTalk } from './random-talk.ts';
import { simulateOnAllCores } from './share-out.ts';
import type { Tally, Violation } from './tally.ts';

/** So many violations are shown in full. */
const SHOWN = 20;

try {
  process.exitCode = await run(readOptions(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof ParleyError)) throw error;
  console.error(`${error.message}. ${error.remedy}`);
  process.exitCode = 1;
}

/** Returns the exit code: 1 when anything was violated. */
async function run({ conversations, seed, json, log }: SimulateOptions): Promise<number> {
  if (log !== null) writeLog(seed, log);
  const startMs = systemClock.now();
  const onTerminal = process.stderr.isTTY;
  let played = 0;
  const { tally, violations } = await simulateOnAllCores(seed, conversations, (more) => {
    played += more;
    if (onTerminal && played % 250 === 0)
      process.stderr.write(`\r${played} of ${conversations} conversations`);
  });
  if (onTerminal) process.stderr.write('\n');
  for (const violation of violations.slice(0, SHOWN)) tellOf(violation);
  if (violations.length > SHOWN) console.error(`... and ${violations.length - SHOWN} more`);
  const seconds = Math.round((systemClock.now() - startMs) / 100) / 10;
  console.log(json ? JSON.stringify({ ...tally, seconds }) : inWords(tally, seconds));
  return violations.length > 0 ? 1 : 0;
}

function tellOf({ seed, broken }: Violation): void {
  console.error(`${broken}\n  again: npm run simulate -- --conversations 1 --seed ${seed} --log talk.jsonl`);
  console.error('  its story: npm run replay -- talk.jsonl');
}

function writeLog(seed: number, path: string): void {
  const { room, turn } = playRandomTalk(seed);
  const lines = [logHeader(turn), ...room.recording.events.map(logLine)];
  try {
    writeFileSync(path, `${lines.join('\n')}\n`);
  } catch (error) {
    const remedy = 'Give --log a file that can be written.';
    throw new ParleyError(`The log could not be written to ${path}`, {
      code: 'LOG_WRITE',
      remedy,
      cause: error,
    });
  }
}

function inWords(tally: Tally, seconds: number): string {
  const { conversations, turns, answered, unanswered, bargeIns, resumes, overheard } = tally;
  const { drafts, speculationHits, faultsInjected, violations } = tally;
  return [
    `${conversations} conversations, ${turns} turns: ${answered} answered, ${unanswered} unanswered with a reason`,
    `${bargeIns} barge-ins, ${resumes} answers resumed after a sound, ${overheard} times talk between people`,
    `${drafts} drafts, ${speculationHits} of them hits; ${faultsInjected} faults`,
    `${violations} violations in ${seconds} s`,
  ].join('\n');
}
