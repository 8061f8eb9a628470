/** The same turns through the real bot in the loopback, in real time: what virtual time claims, checked. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { commands } from '../../../commands/index.ts';
import { startApp } from '../../../src/app.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import { loadConfig } from '../../../src/config/config.ts';
import type { TurnReport } from '../../../src/conversation/conversation.ts';
import { type Loopback, type Person, startLoopback } from '../../../src/loopback/index.ts';
import { figuresOf } from './figures.ts';
import { runParley } from './parley.ts';
import type { Profile } from './profiles.ts';
import type { ScriptedTurn } from './script.ts';
import { ScriptedModel, ScriptedVoice } from './scripted-answer.ts';
import { ScriptedEar } from './scripted-ear.ts';
import type { Outcome } from './shapes.ts';
import { speakTurn } from './spoken-turn.ts';
import { drawTurn, type TurnDraws } from './turn-draws.ts';

export interface Realtime {
  n: number;
  /** From the packet with the last voiced frame sent, to the first audible frame of the answer received. */
  p50: number | null;
  answered: number;
  /** Of the same draws. */
  virtualP50: number | null;
}

const READY_MS = 30_000;
const ANSWER_DEADLINE_MS = 15_000;
/** Longer than the holes between an answer's clauses, and than an echo is waited for. */
const QUIET_MS = 1_000;

/** Takes about five seconds a turn. */
export async function measureRealtime(
  turns: readonly ScriptedTurn[],
  profile: Profile,
  progress: (text: string) => void,
): Promise<Realtime> {
  const draws = turns.map(({ seed }) => drawTurn(profile, seed));
  const virtual = figuresOf(runParley(turns, draws, profile));
  const gaps = await inRealTime(turns, draws, progress);
  const outcomes = gaps.map((gapMs): Outcome => {
    const unknown = { pipelineMs: null, reason: null, falseCutoff: false, speculationHit: false };
    return { gapMs, ...unknown, llmCalls: 0, wastedTokens: 0 };
  });
  const { p50, answered } = figuresOf(outcomes);
  return { n: turns.length, p50, answered, virtualP50: virtual.p50 };
}

/** The gap of each turn; null for one that was not answered. */
async function inRealTime(
  turns: readonly ScriptedTurn[],
  draws: readonly TurnDraws[],
  progress: (text: string) => void,
): Promise<(number | null)[]> {
  const clock = systemClock;
  const providers = {
    stt: new ScriptedEar(clock),
    llm: new ScriptedModel(clock),
    tts: new ScriptedVoice(clock),
  };
  const loopback = await startLoopback();
  setDefaultCACertificates([...getCACertificates('default'), loopback.caPem]);
  const dataDir = await mkdtemp(join(tmpdir(), 'parley-bench-'));
  const reports: TurnReport[] = [];
  const app = await startApp({
    config: loadConfig({
      DISCORD_TOKEN: loopback.token,
      DISCORD_API_URL: loopback.apiUrl,
      DATA_DIR: dataDir,
    }),
    ...{ commands, clock, nowUnixMs: Date.now, random: Math.random, log: silentLog, providers },
    onTurn: (report) => {
      reports.push(report);
      loopback.log.notify();
    },
  });
  try {
    const person = await comeTogether(loopback);
    const gaps: (number | null)[] = [];
    for (const [i, turn] of turns.entries()) {
      progress(`real time: turn ${i + 1} of ${turns.length}`);
      const spoken = speakTurn(turn);
      for (const provider of Object.values(providers)) provider.take({ turn, spoken, draws: draws[i]! });
      const before = reports.length;
      const said = await person.say(spoken.pcm, { client: 'voiceActivity', pauses: spoken.pauses });
      const audibleMs = await loopback.room
        .nextAudible(said.lastVoicedSentMs, ANSWER_DEADLINE_MS)
        .catch(() => null);
      await loopback.room.quiet(QUIET_MS, ANSWER_DEADLINE_MS);
      const answered = audibleMs !== null && reports.slice(before).at(-1)?.record.audible === 'answer';
      gaps.push(answered ? audibleMs - said.lastVoicedSentMs : null);
    }
    return gaps;
  } finally {
    await app.stop();
    await loopback.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** A person and the bot in one voice channel. */
async function comeTogether(loopback: Loopback): Promise<Person> {
  const person = loopback.addPerson({ name: 'Ann', admin: true });
  await person.joinVoice(loopback.voiceChannelIds[0]!);
  await loopback.command(person, { name: 'join' });
  await loopback.botReady(READY_MS);
  return person;
}
