/** The spoken fallback: with a model that never answers, how long after the end of turn the room hears that it failed. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { commands } from '../commands/index.ts';
import { startApp } from '../src/app.ts';
import { systemClock } from '../src/base/clock.ts';
import { ParleyError } from '../src/base/errors.ts';
import { silentLog } from '../src/base/log.ts';
import { loadConfig } from '../src/config/config.ts';
import type { TurnReport } from '../src/conversation/conversation.ts';
import { percentile } from '../src/latency/percentile.ts';
import { type Loopback, type Person, startLoopback } from '../src/loopback/index.ts';
import { createEmbeddedResponder } from '../src/providers/llm/embedded-responder.ts';
import type { LanguageModel, LlmRequest } from '../src/providers/llm/llm.ts';
import { synthesise } from '../src/providers/tts/flite/flite.ts';
import type { BenchContext } from './dispatch.ts';

export interface FallbackResult {
  /** From the end of turn to the first audible frame of the notice, in the room. */
  fallbackMs: { p50: number; max: number };
  /** Every turn after one that failed was answered. */
  nextTurnAnswered: boolean;
  n: number;
}

const DEFAULT_TURNS = 5;
const QUESTION = 'what time is it';
const TURN_DEADLINE_MS = 30_000;
const QUIET_MS = 500;

/** `--turns N`: how many times the model fails. */
export async function run({ args, progress }: BenchContext): Promise<FallbackResult> {
  const turns = turnsOf(args);
  const loopback = await startLoopback();
  setDefaultCACertificates([...getCACertificates('default'), loopback.caPem]);
  const dataDir = await mkdtemp(join(tmpdir(), 'parley-bench-'));
  const model = moodyModel();
  const reports: TurnReport[] = [];
  const app = await startApp({
    config: loadConfig({
      DISCORD_TOKEN: loopback.token,
      DISCORD_API_URL: loopback.apiUrl,
      DATA_DIR: dataDir,
      SPECULATION: 'off',
    }),
    ...{ commands, clock: systemClock, nowUnixMs: Date.now, random: Math.random, log: silentLog },
    providers: { llm: model },
    onTurn: (report) => {
      reports.push(report);
      loopback.log.notify();
    },
  });
  try {
    const person = await comeTogether(loopback);
    const pcm = synthesise(QUESTION, 'slt');
    const take = async () => await takeTurn(loopback, person, pcm, reports);
    const fallbackMs: number[] = [];
    let nextTurnAnswered = true;
    for (let i = 1; i <= turns; i++) {
      progress(`turn ${i} of ${turns}: the model does not answer`);
      model.silent = true;
      const failed = await take();
      if (failed.record.audible !== 'notice') throw new Error(`no notice was heard: ${failed.record.reason}`);
      fallbackMs.push(failed.audibleMs - failed.record.marks.endOfTurn!);
      model.silent = false;
      nextTurnAnswered &&= (await take()).record.outcome === 'answered';
    }
    fallbackMs.sort((a, b) => a - b);
    return {
      fallbackMs: {
        p50: Math.round(percentile(fallbackMs, 50)),
        max: Math.round(percentile(fallbackMs, 100)),
      },
      nextTurnAnswered,
      n: turns,
    };
  } finally {
    await app.stop();
    await loopback.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

export function render({ fallbackMs, nextTurnAnswered, n }: FallbackResult): string {
  return [
    `Spoken fallback after the end of turn: p50 ${fallbackMs.p50} ms, longest ${fallbackMs.max} ms (n=${n})`,
    `The turn after it was answered: ${nextTurnAnswered ? 'every time' : 'not every time'}`,
  ].join('\n');
}

function turnsOf(args: readonly string[]): number {
  const at = args.indexOf('--turns');
  const turns = at < 0 ? DEFAULT_TURNS : Number(args[at + 1]);
  if (Number.isInteger(turns) && turns > 0) return turns;
  throw new ParleyError('--turns needs a number', { code: 'WRONG_ARGUMENT', remedy: 'Use: --turns 5' });
}

/** The embedded model, which can be told to say nothing, whatever becomes of the request. */
function moodyModel(): LanguageModel & { silent: boolean } {
  const responder = createEmbeddedResponder({ now: () => new Date(), measured: () => null, seed: 1 });
  const model = {
    ...{ name: 'moody', place: responder.place, silent: false },
    async connect(signal: AbortSignal) {
      const connection = await responder.connect(signal);
      return {
        warm: () => connection.warm(),
        close: async () => await connection.close(),
        async *stream(request: LlmRequest) {
          if (model.silent) await new Promise(() => {});
          yield* connection.stream(request);
        },
      };
    },
  };
  return model;
}

/** A person and the bot in one voice channel. */
async function comeTogether(loopback: Loopback): Promise<Person> {
  const person = loopback.addPerson({ name: 'Ann', admin: true });
  await person.joinVoice(loopback.voiceChannelIds[0]!);
  await loopback.command(person, { name: 'join' });
  await loopback.botReady(TURN_DEADLINE_MS);
  return person;
}

/** The person asks; resolves when the turn has ended and the room is quiet. */
async function takeTurn(loopback: Loopback, person: Person, pcm: Int16Array, reports: readonly TurnReport[]) {
  const count = reports.length;
  const beganMs = performance.now();
  await person.say(pcm, { client: 'voiceActivity' });
  const { record } = await loopback.waitFor('the turn to end', () => reports[count], TURN_DEADLINE_MS);
  const audibleMs = await loopback.room.nextAudible(beganMs, TURN_DEADLINE_MS);
  await loopback.room.quiet(QUIET_MS, TURN_DEADLINE_MS);
  return { record, audibleMs };
}
