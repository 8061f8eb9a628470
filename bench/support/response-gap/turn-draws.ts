/** The delays of one turn, drawn once: whatever a shape asks for and how often, it takes the same time. */
import { type Random, seededRandom } from '../../../src/loopback/random.ts';
import { type Distribution, draw, uniform } from './distributions.ts';
import type { Profile } from './profiles.ts';

/** All in ms. */
export interface TurnDraws {
  /** Of the word with this number. */
  interim(index: number): number;
  /** Of every commit; and of every request to the model, and to the voice. */
  final: number;
  llm: number;
  tts: number;
  network: number;
  /** From first sound to confirmed speech, at the start of this stretch of speech. */
  vadOn(index: number): number;
  /** From last sound to the detector's letting go, at the end of this stretch. */
  vadOff(index: number): number;
}

/** Silero as measured on real speech. */
export const VAD_ON = uniform(72, 176);
export const VAD_OFF = uniform(130, 212);

/** Values of one kind, made when asked for, the same whatever was asked before. */
function series(distribution: Distribution, random: Random): (index: number) => number {
  const values: number[] = [];
  return (index) => {
    while (values.length <= index) values.push(draw(distribution, random));
    return values[index]!;
  };
}

/** @param seed of this turn: the same seed gives the same draws. */
export function drawTurn(profile: Profile, seed: number): TurnDraws {
  const seeds = seededRandom(seed);
  const own = () => seededRandom(Math.floor(seeds() * 2 ** 32));
  const raced = (distribution: Distribution) => {
    const random = own();
    return Math.min(...Array.from({ length: profile.raced }, () => draw(distribution, random)));
  };
  return {
    interim: series(profile.interim, own()),
    final: draw(profile.final, own()),
    llm: raced(profile.llm),
    tts: raced(profile.tts),
    network: draw(profile.network, own()),
    vadOn: series(VAD_ON, own()),
    vadOff: series(VAD_OFF, own()),
  };
}
