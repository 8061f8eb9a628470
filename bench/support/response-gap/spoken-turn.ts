/** A scripted turn as sound: real speech, synthesised, that begins and ends with a voiced frame. */
import { rmsDbfs, VOICED_DBFS } from '../../../src/audio/energy.ts';
import { concatPcm, FRAME_MS, FRAME_SAMPLES } from '../../../src/audio/pcm.ts';
import { synthesise } from '../../../src/providers/tts/flite/flite.ts';
import { throughOpus } from '../room.ts';
import type { ScriptedTurn, Segment } from './script.ts';

export interface SpokenTurn {
  /** 16 kHz mono, in whole frames, without the pause. */
  pcm: Int16Array;
  pauses: { atSample: number; ms: number }[];
  /** For each word of the turn: how many loud frames the turn has up to its end. */
  loudUntil: readonly number[];
}

export const isLoud = (frame: Int16Array): boolean => rmsDbfs(frame) >= VOICED_DBFS;

/** Speech begins and ends with a frame this loud, so that coding and noise leave no doubt which one is its last. */
const EDGE_DBFS = VOICED_DBFS + 6;

/** Blocks while it synthesises: up to 100 ms for a stretch of words. */
export function speakTurn({ segments }: ScriptedTurn): SpokenTurn {
  const stretches = segments.map(({ words }) =>
    voicedFrames(synthesise(words.map(({ text }) => text).join(' '), 'slt')),
  );
  const pauses: SpokenTurn['pauses'] = [];
  const loudUntil: number[] = [];
  let [samples, loud] = [0, 0];
  for (const [i, frames] of stretches.entries()) {
    const segment = segments[i]!;
    // From voiced frame to voiced frame, in whole frames so that the packets hold what the script says.
    const pauseMs = i === 0 ? 0 : segment.startMs - segments[i - 1]!.endMs - FRAME_MS;
    if (i > 0) pauses.push({ atSample: samples, ms: Math.round(pauseMs / FRAME_MS) * FRAME_MS });
    // As the recogniser will hear it.
    const louds = framesOf(throughOpus(concatPcm(frames))).filter(isLoud).length;
    loudUntil.push(...sharesOf(segment).map((share) => loud + Math.round(louds * share)));
    samples += frames.length * FRAME_SAMPLES;
    loud += louds;
  }
  return { pcm: concatPcm(stretches.flat()), pauses, loudUntil };
}

/** From the first loud frame to the last one. */
function voicedFrames(pcm: Int16Array): Int16Array[] {
  const frames = framesOf(pcm);
  const isEdge = (frame: Int16Array) => rmsDbfs(frame) >= EDGE_DBFS;
  return frames.slice(frames.findIndex(isEdge), frames.findLastIndex(isEdge) + 1);
}

function framesOf(pcm: Int16Array): Int16Array[] {
  const count = Math.floor(pcm.length / FRAME_SAMPLES);
  return Array.from({ length: count }, (_, i) => pcm.subarray(i * FRAME_SAMPLES, (i + 1) * FRAME_SAMPLES));
}

/** For each word of the stretch, which share of it is over when the word ends. */
function sharesOf({ words, startMs, endMs }: Segment): number[] {
  return words.map((word) => (word.endMs - startMs) / (endMs - startMs));
}
