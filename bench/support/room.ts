/** Speech as it reaches the agent: in a room with noise, through the Opus codec, frame by frame. */
import { createOpusDecoder, createOpusEncoder } from '../../src/audio/opus.ts';
import { concatPcm, FRAME_SAMPLES, SAMPLE_RATE } from '../../src/audio/pcm.ts';
import { type NoiseColour, roomNoise } from './noise.ts';

export interface Room {
  colour: NoiseColour;
  noiseDbfs: number;
  seed: number;
  /** Room noise alone before and after the speech. */
  leadMs: number;
  tailMs: number;
}

/** `speech` (16 kHz mono) in the room, encoded and decoded; whole 20 ms frames. */
export function throughRoom(speech: Int16Array, room: Room): Int16Array {
  const lead = (room.leadMs * SAMPLE_RATE) / 1000;
  const tail = (room.tailMs * SAMPLE_RATE) / 1000;
  const frames = Math.ceil((lead + speech.length + tail) / FRAME_SAMPLES);
  const noise = roomNoise(room.colour, room.noiseDbfs, frames * FRAME_SAMPLES, room.seed);
  const mixed = Int16Array.from(noise, (sample, i) => {
    const sum = Math.round(sample + (speech[i - lead] ?? 0));
    return Math.max(-32_768, Math.min(32_767, sum));
  });
  return throughOpus(mixed);
}

/** Whole frames of 16 kHz mono PCM, encoded and decoded one by one. */
export function throughOpus(pcm: Int16Array): Int16Array {
  const encoder = createOpusEncoder(SAMPLE_RATE);
  const decoder = createOpusDecoder(SAMPLE_RATE);
  const decoded: Int16Array[] = [];
  for (let at = 0; at + FRAME_SAMPLES <= pcm.length; at += FRAME_SAMPLES) {
    decoded.push(decoder.decode(encoder.encode(pcm.subarray(at, at + FRAME_SAMPLES))).slice());
  }
  encoder.close();
  decoder.close();
  return concatPcm(decoded);
}
