/** Talking over the answer: how soon the agent falls silent, and that a backchannel costs no frame of what it says. */
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
import { percentile } from '../src/latency/percentile.ts';
import { type Loopback, type Person, startLoopback } from '../src/loopback/index.ts';
import { LOUD_DBFS } from '../src/loopback/level.ts';
import type { LanguageModel, LlmRequest } from '../src/providers/llm/llm.ts';
import { synthesise } from '../src/providers/tts/flite/flite.ts';
import type { FliteVoice } from '../src/providers/tts/flite/voices.ts';
import { seededRandom } from '../test/support/random.ts';
import type { BenchContext } from './dispatch.ts';
import { compareMarks, createMarkedVoice, markIn, marksOf } from './support/marked-voice.ts';

export interface BargeInResult {
  /** How often somebody talked over the answer with something to say. */
  n: number;
  /** From that person's first voiced frame sent, to the last audible frame of the answer in the room. */
  lastAudibleMs: { p50: number; p95: number };
  backchannel: {
    n: number;
    /** Answers that were spoken to their end. */
    resumed: number;
    /** Of them, those that had paused for it. */
    paused: number;
    /** Of those spoken to their end, as the room heard them. */
    framesLost: number;
    framesDoubled: number;
  };
}

const DEFAULT_TIMES = 40;
const QUESTION = 'what time is it';
const LONG_ANSWER =
  'This is a long answer, of which nobody needs to hear the end, so that there is time to talk.';
const SHORT_ANSWER = 'Very well.';
const INTERRUPTIONS = ['tell me a joke', 'why is the sky blue', 'ask me a riddle', 'name the largest ocean'];
const BACKCHANNELS = ['uh huh', 'yeah', 'okay', 'right', 'i see', 'sure'];
/** So long after the answer became audible somebody begins to talk: later than what would be a false cut-off. */
const TALK_AFTER_MS = { from: 1_050, to: 2_000 };
const DEADLINE_MS = 30_000;
/** Long enough for words that could not be made out to be given up: they must not become part of the next question. */
const QUIET_MS = 2_000;
/** What was sent when a turn ended has arrived by then. */
const ARRIVAL_MS = 10;
/** More between two frames is a pause. */
const PAUSE_MS = 60;

/** `--times N`: how often the answer is talked over; half as many backchannels. */
export async function run({ args, progress }: BenchContext): Promise<BargeInResult> {
  const times = timesOf(args);
  const loopback = await startLoopback();
  setDefaultCACertificates([...getCACertificates('default'), loopback.caPem]);
  const dataDir = await mkdtemp(join(tmpdir(), 'parley-bench-'));
  const ends: number[] = [];
  const app = await startApp({
    config: loadConfig({
      DISCORD_TOKEN: loopback.token,
      DISCORD_API_URL: loopback.apiUrl,
      DATA_DIR: dataDir,
    }),
    ...{ commands, clock: systemClock, nowUnixMs: Date.now, random: Math.random, log: silentLog },
    providers: { llm: createTalkativeModel(), tts: createMarkedVoice() },
    onTurn: () => {
      ends.push(performance.now());
      loopback.log.notify();
    },
  });
  try {
    const person = await comeTogether(loopback);
    const talk = createTalk(loopback, person, ends);
    const lastAudibleMs: number[] = [];
    for (let i = 0; i < times; i++) {
      progress(`interruption ${i + 1} of ${times}`);
      const { onsetMs, frames } = await talk(INTERRUPTIONS[i % INTERRUPTIONS.length]!);
      lastAudibleMs.push(frames.findLast(({ dbfs }) => dbfs >= LOUD_DBFS)!.arrivedMs - onsetMs);
    }
    const backchannel = { n: 0, resumed: 0, paused: 0, framesLost: 0, framesDoubled: 0 };
    const marks = marksOf(LONG_ANSWER.split(' ').length);
    for (let i = 0; i < times / 2; i++) {
      progress(`backchannel ${i + 1} of ${Math.ceil(times / 2)}`);
      const { frames } = await talk(BACKCHANNELS[i % BACKCHANNELS.length]!);
      const voice = frames.filter(({ silence }) => !silence);
      const { lost, doubled } = compareMarks(
        marks,
        voice.map(({ pcm }) => markIn(pcm)),
      );
      backchannel.n += 1;
      const lastMarks = voice.slice(-3).map(({ pcm }) => markIn(pcm));
      if (lastMarks.join() !== marks.slice(-3).join()) continue;
      backchannel.resumed += 1;
      backchannel.framesLost += lost;
      backchannel.framesDoubled += doubled;
      const breaks = voice.slice(1).filter(({ arrivedMs }, j) => arrivedMs - voice[j]!.arrivedMs > PAUSE_MS);
      if (breaks.length > 0) backchannel.paused += 1;
    }
    lastAudibleMs.sort((a, b) => a - b);
    const at = (percent: number) => Math.round(percentile(lastAudibleMs, percent));
    return { n: times, lastAudibleMs: { p50: at(50), p95: at(95) }, backchannel };
  } finally {
    await app.stop();
    await loopback.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

export function render({ n, lastAudibleMs, backchannel }: BargeInResult): string {
  const { p50, p95 } = lastAudibleMs;
  const { resumed, paused, framesLost, framesDoubled } = backchannel;
  return [
    `From the first sound of who interrupts to the agent's last: p50 ${p50} ms, p95 ${p95} ms (n=${n})`,
    `Answers spoken to their end over a backchannel: ${resumed} of ${backchannel.n}, of which ${paused} paused`,
    `Frames of them lost: ${framesLost}, doubled: ${framesDoubled}`,
  ].join('\n');
}

function timesOf(args: readonly string[]): number {
  const at = args.indexOf('--times');
  const times = at < 0 ? DEFAULT_TIMES : Number(args[at + 1]);
  if (Number.isInteger(times) && times > 0) return times;
  throw new ParleyError('--times needs a number', { code: 'WRONG_ARGUMENT', remedy: 'Use: --times 40' });
}

/** Says much to the question and little to all else. */
function createTalkativeModel(): LanguageModel {
  return {
    ...{ name: 'talkative', place: 'a benchmark' },
    connect: async () => ({
      warm() {},
      close: async () => {},
      async *stream({ messages }: LlmRequest) {
        const text = messages.at(-1)?.content.includes(QUESTION) ? LONG_ANSWER : SHORT_ANSWER;
        yield { type: 'text', text };
        yield { type: 'usage', inputTokens: 0, outputTokens: 0 };
      },
    }),
  };
}

/** A person and the bot in one voice channel. */
async function comeTogether(loopback: Loopback): Promise<Person> {
  const person = loopback.addPerson({ name: 'Ann', admin: true });
  await person.joinVoice(loopback.voiceChannelIds[0]!);
  await loopback.command(person, { name: 'join' });
  await loopback.botReady(DEADLINE_MS);
  return person;
}

/** @param ends instants at which turns ended; grows. */
function createTalk(loopback: Loopback, person: Person, ends: readonly number[]) {
  const random = seededRandom(1);
  const spoken = new Map<string, Int16Array>();
  const say = async (text: string, voice: FliteVoice = 'slt') => {
    const pcm = spoken.get(text) ?? synthesise(text, voice);
    spoken.set(text, pcm);
    return await person.say(pcm, { client: 'voiceActivity' });
  };
  const { room } = loopback;
  /** Asks, and talks over the answer: when that was heard first, and the answer's frames as the room got them. */
  return async (text: string) => {
    const turns = ends.length;
    const beganMs = performance.now();
    await say(QUESTION);
    const audibleMs = await room.nextAudible(beganMs, DEADLINE_MS);
    const { from, to } = TALK_AFTER_MS;
    const talkMs = audibleMs + from + random() * (to - from);
    await new Promise((resolve) => setTimeout(resolve, talkMs - performance.now()));
    const { firstVoicedSentMs } = await say(text);
    const endMs = await loopback.waitFor('the answer to end', () => ends[turns], DEADLINE_MS);
    await room.quiet(QUIET_MS, DEADLINE_MS);
    const frames = room.frames(beganMs).filter(({ arrivedMs }) => arrivedMs <= endMs + ARRIVAL_MS);
    return { onsetMs: firstVoicedSentMs, frames };
  };
}
