/** A thousand speeches driven at random: frames leave in order, each once, at a frame's distance, and none too many. */
import { expect, it } from 'vitest';
import { FRAME_SAMPLES } from '../../../src/audio/pcm.ts';
import type { Played } from '../../../src/conversation/ports.ts';
import { seededRandom } from '../../support/random.ts';
import { isFrameOf, MouthRig, marker } from './mouth-rig.ts';

const SEQUENCES = 1_000;
const STEPS = 30;
const MAX_SAMPLES = 12_000;

type Call = 'duck' | 'unduck' | 'pause' | 'resume' | 'stop' | 'write' | 'end' | 'blink';

interface Outcome {
  rig: MouthRig;
  /** All that was written before the end, the stop or the loss. */
  pcm: Int16Array;
  /** As the mouth told at the stop, or when it was done. */
  played: Played | null;
  stopped: boolean;
  /** From the call of pause to the call of resume or stop. */
  pauses: { framesBefore: number; framesAfter: number }[];
  /** Each call with its instant. */
  calls: string[];
}

async function play(seed: number): Promise<Outcome> {
  const random = seededRandom(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const rig = new MouthRig();
  const source = marker(MAX_SAMPLES, random);
  const { speech, told } = rig.begin();
  const outcome: Outcome = { rig, pcm: source, played: null, stopped: false, pauses: [], calls: [] };
  let written = 0;
  let ended = false;
  let open: Outcome['pauses'][number] | null = null;
  const closePause = () => {
    if (!open) return;
    open.framesAfter = rig.frames.length;
    open = null;
  };
  const perform = (call: Call) => {
    outcome.calls.push(`${rig.clock.now()} ${call}`);
    if (call === 'blink') {
      rig.connected = !rig.connected;
      return;
    }
    if (call === 'write') {
      const size = Math.min(Math.floor(random() * 2_000), MAX_SAMPLES - written);
      speech.write(source.subarray(written, written + size));
      if (!ended && !outcome.stopped) written += size;
      return;
    }
    if (call === 'pause' && !open && !outcome.stopped) {
      open = { framesBefore: rig.frames.length, framesAfter: 0 };
      outcome.pauses.push(open);
    }
    if (call === 'resume' || call === 'stop') closePause();
    if (call === 'end') ended = true;
    if (call !== 'stop') {
      speech[call]();
      return;
    }
    const played = speech.stop();
    if (outcome.stopped || told.done.length > 0) return;
    outcome.stopped = true;
    outcome.played = played;
  };
  const calls: Call[] = ['duck', 'unduck', 'pause', 'resume', 'write', 'write', 'write'];
  for (let step = 0; step < STEPS; step++) {
    perform(pick(calls));
    if (random() < 0.03) perform('end');
    if (random() < 0.02) perform('stop');
    if (random() < 0.05) perform('blink');
    if (random() < 0.7) await rig.clock.advance(Math.floor(random() * 90));
  }
  if (!rig.connected) perform('blink');
  perform('resume');
  perform('end');
  await rig.clock.advance(2_000);
  outcome.pcm = source.subarray(0, written);
  outcome.played ??= told.done[0]?.played ?? null;
  expect(told.done).toHaveLength(outcome.stopped ? 0 : 1);
  return outcome;
}

function check({ rig, pcm, played, stopped, pauses, calls }: Outcome): void {
  const { frames, packetTimesMs } = rig;
  // Each frame is the next one of what was written, whatever happened in between.
  expect(frames.findIndex((frame, i) => !isFrameOf(frame.pcm, pcm, i * FRAME_SAMPLES))).toBe(-1);
  const all = Math.ceil(pcm.length / FRAME_SAMPLES);
  expect(played?.playedMs).toBe(frames.length * 20);
  if (!stopped)
    expect({ frames: frames.length, complete: played?.complete }).toEqual({ frames: all, complete: true });
  const spacings = packetTimesMs.slice(1).map((atMs, i) => atMs - packetTimesMs[i]!);
  expect(spacings.every((ms) => ms >= 20)).toBe(true);
  expect(pauses.every(({ framesBefore, framesAfter }) => framesBefore === framesAfter)).toBe(true);
  // Every stretch of frames is followed by silence: five frames, unless more of the speech came sooner.
  expect(rig.outline).not.toMatch(/[6-9]s|\d\ds/);
  // What ends while its connection is away ends without silence frames.
  const blinked = calls.some((call) => call.endsWith('blink'));
  if (frames.length > 0) expect(rig.outline).toMatch(blinked ? /-$/ : /5s -$/);
  expect(rig.clock.pending).toBe(0);
}

it(`holds for ${SEQUENCES} random sequences`, async () => {
  let pauses = 0;
  let stopped = 0;
  let frames = 0;
  for (let seed = 1; seed <= SEQUENCES; seed++) {
    const outcome = await play(seed);
    try {
      check(outcome);
    } catch (error) {
      throw new Error(`seed ${seed}: ${outcome.rig.outline}\n${outcome.calls.join('\n')}`, { cause: error });
    }
    pauses += outcome.pauses.length;
    stopped += outcome.stopped ? 1 : 0;
    frames += outcome.rig.frames.length;
  }
  // The sequences did what they are for.
  expect(pauses).toBeGreaterThan(SEQUENCES);
  expect(stopped).toBeGreaterThan(SEQUENCES / 10);
  expect(frames).toBeGreaterThan(SEQUENCES * 10);
});
