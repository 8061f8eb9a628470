/** The mouth against @discordjs/voice's AudioPlayer: time to the first packet, and evenness, idle and under load. */
import { Readable } from 'node:stream';
import {
  AudioPlayerStatus,
  createAudioPlayer,
  createAudioResource,
  NoSubscriberBehavior,
  StreamType,
  type VoiceConnection,
} from '@discordjs/voice';
import { pcmToBytes } from '../src/audio/pcm.ts';
import { systemClock } from '../src/base/clock.ts';
import { silentLog } from '../src/base/log.ts';
import { percentile } from '../src/latency/percentile.ts';
import type { BenchContext } from './dispatch.ts';
import { keepBusy } from './support/busy.ts';
import { joinFarSide, pause, type Say, type Span, spacings, tone } from './support/far-mouth.ts';
import { type HeardFrame, sharedNowMs } from './support/far-side.ts';

interface MouthResult {
  /** From the PCM in hand to the packet at a listener. */
  mouthMs: { p50: number; p95: number };
  audioPlayerMs: { p50: number; p95: number };
  /** Mouth over AudioPlayer. */
  ratioP50: number;
  /** Between packets as they arrive. */
  idleSpacingMs: { p99: number };
  busySpacingMs: { p99: number };
  audioPlayerBusySpacingMs: { p99: number };
  n: { starts: number; idle: number; busy: number; audioPlayerBusy: number };
}

const STARTS = 60;
const START_TONE_MS = 100;
/** Odd, so that starts fall anywhere in the player's 20 ms cycle. */
const BETWEEN_STARTS_MS = 333;
const SPACING_ROUNDS = 5;
const SPACING_TONE_MS = 5_000;
export async function run({ progress }: BenchContext): Promise<MouthResult> {
  const clock = systemClock;
  const far = await joinFarSide(progress);
  const mouth = far.say;
  const player = withAudioPlayer(far.connection);
  const starts = { mouth: [] as Span[], player: [] as Span[] };
  await mouth(START_TONE_MS);
  await player(START_TONE_MS);
  for (let i = 0; i < STARTS; i++) {
    if (i % 20 === 0) progress(`first packets: ${i} of ${STARTS}`);
    starts.mouth.push(await mouth(START_TONE_MS));
    await pause(clock, BETWEEN_STARTS_MS);
    starts.player.push(await player(START_TONE_MS));
    await pause(clock, BETWEEN_STARTS_MS);
  }
  const idle: Span[] = [];
  for (let i = 0; i < SPACING_ROUNDS; i++) {
    progress(`spacing, idle: ${i + 1} of ${SPACING_ROUNDS}`);
    idle.push(await mouth(SPACING_TONE_MS));
    await pause(clock, BETWEEN_STARTS_MS);
  }
  const busy = { mouth: [] as Span[], player: [] as Span[] };
  const load = await keepBusy(clock, silentLog);
  for (let i = 0; i < SPACING_ROUNDS; i++) {
    progress(`spacing with recogniser and synthesiser at work: ${i + 1} of ${SPACING_ROUNDS}`);
    busy.mouth.push(await mouth(SPACING_TONE_MS));
    await pause(clock, BETWEEN_STARTS_MS);
    busy.player.push(await player(SPACING_TONE_MS));
    await pause(clock, BETWEEN_STARTS_MS);
  }
  const done = await load.stop();
  progress(
    `meanwhile ${done.framesHeard} frames were recognised and ${done.clausesSpoken} clauses synthesised`,
  );
  const frames = await far.stop();
  const latencies = (spans: Span[]) =>
    spans.flatMap((span) => firstPacketMs(span, frames) ?? []).toSorted(byValue);
  const [mouthMs, audioPlayerMs] = [latencies(starts.mouth), latencies(starts.player)];
  const [idleMs, busyMs] = [spacings(idle, frames), spacings(busy.mouth, frames)];
  const playerBusyMs = spacings(busy.player, frames);
  return {
    mouthMs: { p50: round(percentile(mouthMs, 50)), p95: round(percentile(mouthMs, 95)) },
    audioPlayerMs: { p50: round(percentile(audioPlayerMs, 50)), p95: round(percentile(audioPlayerMs, 95)) },
    ratioP50: round(percentile(mouthMs, 50) / percentile(audioPlayerMs, 50)),
    idleSpacingMs: { p99: round(percentile(idleMs, 99)) },
    busySpacingMs: { p99: round(percentile(busyMs, 99)) },
    audioPlayerBusySpacingMs: { p99: round(percentile(playerBusyMs, 99)) },
    n: {
      starts: mouthMs.length,
      idle: idleMs.length,
      busy: busyMs.length,
      audioPlayerBusy: playerBusyMs.length,
    },
  };
}

export function render(result: MouthResult): string {
  const { mouthMs, audioPlayerMs, idleSpacingMs, busySpacingMs, audioPlayerBusySpacingMs } = result;
  return [
    `First packet after the PCM:   mouth p50 ${mouthMs.p50} ms, p95 ${mouthMs.p95} ms`,
    `                              AudioPlayer p50 ${audioPlayerMs.p50} ms, p95 ${audioPlayerMs.p95} ms`,
    `Between packets (20 ms), p99: mouth idle ${idleSpacingMs.p99} ms, busy ${busySpacingMs.p99} ms`,
    `                              AudioPlayer busy ${audioPlayerBusySpacingMs.p99} ms`,
  ].join('\n');
}

/** As the mouth says it, through an AudioPlayer, used as its guide says: one resource an answer, the PCM already in it. */
function withAudioPlayer(connection: VoiceConnection): Say {
  const player = createAudioPlayer({ behaviors: { noSubscriber: NoSubscriberBehavior.Play } });
  return async (ms) => {
    const pcm = pcmToBytes(tone(ms, 48_000, 2));
    const frameBytes = 960 * 2 * 2;
    const subscription = connection.subscribe(player);
    const idle = new Promise<void>((resolve) => player.once(AudioPlayerStatus.Idle, () => resolve()));
    const beginMs = sharedNowMs();
    const source = new Readable({ highWaterMark: pcm.length, read() {} });
    for (let at = 0; at < pcm.length; at += frameBytes) source.push(pcm.subarray(at, at + frameBytes));
    source.push(null);
    player.play(createAudioResource(source, { inputType: StreamType.Raw }));
    await idle;
    const endMs = sharedNowMs();
    subscription?.unsubscribe();
    return { beginMs, endMs };
  };
}

/** Null when nothing arrived within the span. */
function firstPacketMs({ beginMs, endMs }: Span, frames: readonly HeardFrame[]): number | null {
  const first = frames.find(({ atMs, silence }) => !silence && atMs >= beginMs && atMs <= endMs + 100);
  return first ? first.atMs - beginMs : null;
}

const byValue = (a: number, b: number): number => a - b;
const round = (ms: number): number => Math.round(ms * 100) / 100;
