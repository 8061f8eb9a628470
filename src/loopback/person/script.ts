/** What a speaker's client sends, frame by frame: when its voice gate or key is open, the silence frames, the gaps. */
import { FRAME_SAMPLES, isVoiced, SAMPLE_RATE } from '../level.ts';
import type { Random } from '../random.ts';

/** `voiceActivity` closes its gate 200 ms after the last voice; `pushToTalk` holds its key to the end. */
export type ClientKind = 'voiceActivity' | 'pushToTalk';

export interface Pause {
  /** The sample of the given PCM before which the pause lies. */
  atSample: number;
  ms: number;
}

/** 20 ms of a script; `pcm` is null for a silence frame and for nothing sent at all. */
export interface ScriptFrame {
  kind: 'audio' | 'silence' | 'nothing';
  pcm: Int16Array;
  voiced: boolean;
}

/** Everybody's room hums at this level. */
const ROOM_NOISE_DBFS = -62;
/** Frames sent before the first voiced one: the client's look-back, or the hand that is quicker than the mouth. */
const LEAD_IN_FRAMES = 4;
/** Frames until a voice-activity gate closes: 200 ms. */
const GATE_FRAMES = 10;
/** Frames until a push-to-talk key is released: 60 ms. */
const RELEASE_FRAMES = 3;
const SILENCE_FRAMES = 5;

/** The end of every stretch of talk. */
export const SILENCE_SCRIPT: readonly ScriptFrame[] = Array.from({ length: SILENCE_FRAMES }, () => ({
  kind: 'silence',
  pcm: new Int16Array(FRAME_SAMPLES),
  voiced: false,
}));

const samplesOf = (ms: number): number => Math.round((ms * SAMPLE_RATE) / 1000);

/** The PCM with its pauses opened, in whole frames, lead-in before and room to fall silent behind. */
function layOut(pcm: Int16Array, pauses: readonly Pause[]): Int16Array {
  const ordered = pauses.toSorted((a, b) => a.atSample - b.atSample);
  const extra = ordered.reduce((sum, { ms }) => sum + samplesOf(ms), 0);
  const frames = Math.ceil((pcm.length + extra) / FRAME_SAMPLES);
  const whole = new Int16Array((LEAD_IN_FRAMES + frames + GATE_FRAMES + SILENCE_FRAMES) * FRAME_SAMPLES);
  let read = 0;
  let write = LEAD_IN_FRAMES * FRAME_SAMPLES;
  for (const { atSample, ms } of ordered) {
    const until = Math.max(read, Math.min(pcm.length, Math.round(atSample)));
    whole.set(pcm.subarray(read, until), write);
    write += until - read + samplesOf(ms);
    read = until;
  }
  whole.set(pcm.subarray(read), write);
  return whole;
}

/** Adds even noise of ROOM_NOISE_DBFS RMS. */
function addRoomNoise(pcm: Int16Array, random: Random): void {
  // Evenly spread noise of amplitude a has an RMS of a / sqrt(3).
  const amplitude = 32_768 * 10 ** (ROOM_NOISE_DBFS / 20) * Math.sqrt(3);
  for (let i = 0; i < pcm.length; i++) {
    const noisy = Math.round((pcm[i] ?? 0) + (random() * 2 - 1) * amplitude);
    pcm[i] = Math.max(-32_768, Math.min(32_767, noisy));
  }
}

/** For each frame, whether the client transmits. */
function openFrames(voiced: readonly boolean[], client: ClientKind): boolean[] {
  const open = voiced.map(() => false);
  const last = voiced.lastIndexOf(true);
  if (client === 'pushToTalk') return open.map((_, i) => i <= last + RELEASE_FRAMES);
  for (const [i, isVoice] of voiced.entries()) {
    if (isVoice) open.fill(true, Math.max(0, i - LEAD_IN_FRAMES), i + GATE_FRAMES + 1);
  }
  return open;
}

/**
 * Plans how a client of this kind sends this speech (16 kHz), up to its last silence frame.
 * Throws when the speech has no voiced frame.
 */
export function planSpeech(
  pcm: Int16Array,
  client: ClientKind,
  pauses: readonly Pause[],
  random: Random,
): ScriptFrame[] {
  const whole = layOut(pcm, pauses);
  addRoomNoise(whole, random);
  const frames: Int16Array[] = [];
  for (let at = 0; at < whole.length; at += FRAME_SAMPLES)
    frames.push(whole.subarray(at, at + FRAME_SAMPLES));
  const voiced = frames.map((frame) => isVoiced(frame, ROOM_NOISE_DBFS));
  if (!voiced.includes(true)) throw new Error('this speech has no voiced frame');
  const open = openFrames(voiced, client);
  let closedFor = Number.POSITIVE_INFINITY;
  const script = frames.map((frame, i): ScriptFrame => {
    closedFor = open[i] ? 0 : closedFor + 1;
    const kind = closedFor === 0 ? 'audio' : closedFor <= SILENCE_FRAMES ? 'silence' : 'nothing';
    return { kind, pcm: frame, voiced: voiced[i] ?? false };
  });
  return script.slice(0, script.findLastIndex(({ kind }) => kind !== 'nothing') + 1);
}

/** A plain tone at -20 dBFS, then five silence frames; no noise, no gate. */
export function planTone(ms: number, hz: number): ScriptFrame[] {
  const frames = Math.ceil(ms / 20);
  const amplitude = 32_768 * 10 ** (-20 / 20) * Math.SQRT2;
  const script: ScriptFrame[] = [];
  for (let frame = 0; frame < frames; frame++) {
    const pcm = Int16Array.from({ length: FRAME_SAMPLES }, (_, i) =>
      Math.round(amplitude * Math.sin((2 * Math.PI * hz * (frame * FRAME_SAMPLES + i)) / SAMPLE_RATE)),
    );
    script.push({ kind: 'audio', pcm, voiced: true });
  }
  return [...script, ...SILENCE_SCRIPT];
}
