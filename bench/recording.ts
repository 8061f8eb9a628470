/** What recording, tracing and drawing every turn adds to the spacing of the voice's frames: on against off, by turns. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '../src/base/clock.ts';
import { silentLog } from '../src/base/log.ts';
import { seededRandom } from '../src/base/seeded-random.ts';
import { percentile } from '../src/latency/percentile.ts';
import type { Mark, Marks, TurnRecord } from '../src/latency/timeline.ts';
import { createPainter } from '../src/pictures/painter.ts';
import { openStore } from '../src/store/store.ts';
import { startTelemetry } from '../src/telemetry/telemetry.ts';
import type { BenchContext } from './dispatch.ts';
import { joinFarSide, pause, type Span, spacings } from './support/far-mouth.ts';
import { type Watched, Watcher } from './support/watcher.ts';

interface RecordingResult {
  /** Between packets as they arrive, in ms: nothing recorded. */
  off: { p99: number };
  /** Every turn stored, traced, counted and drawn. */
  on: { p99: number };
  addedMs: number;
  n: { off: number; on: number } & Done & Watched;
}

interface Done {
  turns: number;
  stored: number;
  pictures: number;
}

const ROUNDS = 12;
const TONE_MS = 5_000;
const TURN_EVERY_MS = 1_000;
const BETWEEN_MS = 500;
const BUDGET_MS = 500;
const GUILD = '1';
/** As often as anybody would send them. */
const EXPORT_EVERY_MS = 1_000;

export async function run({ progress }: BenchContext): Promise<RecordingResult> {
  const clock = systemClock;
  const far = await joinFarSide(progress);
  const watcher = await Watcher.start();
  // The exporter reads it by itself.
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = watcher.url;
  const spans = { off: [] as Span[], on: [] as Span[] };
  const done: Done = { turns: 0, stored: 0, pictures: 0 };
  const recorder = await startRecorder(clock, watcher, done);
  await recorder.stop();
  await far.say(TURN_EVERY_MS);
  const sayOff = async () => void spans.off.push(await far.say(TONE_MS));
  const sayOn = async () => {
    const recording = await startRecorder(clock, watcher, done);
    spans.on.push(await far.say(TONE_MS));
    await recording.stop();
  };
  for (let i = 0; i < ROUNDS; i++) {
    progress(`round ${i + 1} of ${ROUNDS}`);
    // What else the machine does may come and go: neither is always the first.
    for (const say of i % 2 === 0 ? [sayOff, sayOn] : [sayOn, sayOff]) {
      await say();
      await pause(clock, BETWEEN_MS);
    }
  }
  const watched = await watcher.stop();
  const frames = await far.stop();
  const [off, on] = [spacings(spans.off, frames), spacings(spans.on, frames)];
  const [offMs, onMs] = [percentile(off, 99), percentile(on, 99)];
  return {
    off: { p99: round(offMs) },
    on: { p99: round(onMs) },
    addedMs: round(onMs - offMs),
    n: { off: off.length, on: on.length, ...done, ...watched },
  };
}

export function render({ off, on, addedMs, n }: RecordingResult): string {
  return [
    `Between packets (20 ms), p99: ${off.p99} ms with nothing recorded, ${on.p99} ms with everything: ${addedMs} ms more`,
    `${n.turns} turns, ${n.stored} stored; ${n.pictures} pictures, ${n.exports} exports of ${n.bytes} bytes in all, ${n.scrapes} scrapes`,
  ].join('\n');
}

/** A turn ends every second, and everything is made of it that the product can make. */
async function startRecorder(clock: Clock, watcher: Watcher, done: Done): Promise<{ stop(): Promise<void> }> {
  const random = seededRandom(7);
  const painter = createPainter({ clock, log: silentLog });
  const draw = async (record: TurnRecord) =>
    await painter.paint({ ask: 'waterfall', record, budgetMs: BUDGET_MS });
  await draw(finishedTurn(clock.now(), random));
  const telemetry = await startTelemetry({
    choice: {
      http: { host: '127.0.0.1', port: 0 },
      traces: { share: 1, delayMs: EXPORT_EVERY_MS, timeoutMs: 5_000, queueSize: 2_048, batchSize: 128 },
      metrics: { intervalMs: EXPORT_EVERY_MS, timeoutMs: EXPORT_EVERY_MS },
      notes: [],
    },
    ...{ clock, log: silentLog },
  });
  const dataDir = await mkdtemp(join(tmpdir(), 'parley-recording-'));
  const store = await openStore({
    ...{ dataDir, databaseUrl: null, turnRetentionDays: 30, clock, nowUnixMs: Date.now, log: silentLog },
  });
  telemetry.attach({
    models: { stt: 'scribe', llm: 'haiku', tts: 'flash' },
    rooms: () => ({ rooms: 1, speakers: 2, pingMs: 20, framesIn: 0, framesOut: 0, badPackets: {} }),
    checks: { store: () => store.problem() },
  });
  watcher.scrape(telemetry.url);
  const pictures: Promise<unknown>[] = [];
  const endTurn = () => {
    const record = finishedTurn(clock.now(), random);
    telemetry.onTurn(record);
    store.addTurn(record);
    const picture = draw(record).then(() => {
      done.pictures += 1;
    });
    pictures.push(picture);
    done.turns += 1;
    timer = clock.setTimer(TURN_EVERY_MS, endTurn);
  };
  let timer = clock.setTimer(TURN_EVERY_MS / 2, endTurn);
  return {
    async stop() {
      timer.cancel();
      watcher.scrape(null);
      await Promise.all(pictures);
      await painter.close();
      await telemetry.stop();
      const always = { guildId: GUILD, sinceUnixMs: 0, untilUnixMs: Number.MAX_SAFE_INTEGER };
      done.stored += (await store.records.list(always, ROUNDS * TONE_MS)).length;
      await store.close();
      await rm(dataDir, { recursive: true });
    },
  };
}

/** Answered at `nowMs`, from a draft that was begun before the end of turn. */
function finishedTurn(nowMs: number, random: () => number): TurnRecord {
  const marks: Marks = { speechStarted: nowMs - 6_000, lastVoiced: nowMs - 4_000 };
  const chain = (fromMs: number, atMost: Partial<Record<Mark, number>>) => {
    let atMs = fromMs;
    for (const [mark, mostMs] of Object.entries(atMost)) {
      atMs += random() * mostMs;
      marks[mark as Mark] = atMs;
    }
  };
  const draft = {
    draftStarted: 5,
    llmSent: 2,
    llmFirstToken: 400,
    firstClause: 60,
    ttsSent: 2,
    ttsFirstByte: 200,
  };
  chain(nowMs - 4_000, { repaired: 30, pauseDetected: 60, interimUsed: 30, ...draft });
  chain(nowMs - 3_800, { endOfTurn: 100, sttFinal: 20 });
  chain(Math.max(marks.sttFinal!, marks.ttsFirstByte!), { firstFrameOut: 25, firstAudibleOut: 20 });
  return {
    ...{ id: `${nowMs}`, guildId: GUILD, channelId: '2', speakerId: '3', endedAtUnixMs: Date.now() },
    ...{ outcome: 'answered', reason: null, audible: 'answer', falseCutoff: false, bargedIn: false },
    ...{ falseBargeIns: 0, repeated: false, speculation: 'hit', modelCalls: 1 },
    ...{ wasted: { tokens: 0, characters: 0 }, marks: { ...marks, done: nowMs } },
    providers: { stt: 'elevenlabs', llm: 'anthropic', tts: 'elevenlabs' },
    usage: { inputTokens: 500, outputTokens: 40 },
  };
}

const round = (ms: number): number => Math.round(ms * 100) / 100;
