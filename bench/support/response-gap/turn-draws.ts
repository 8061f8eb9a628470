/** The delays of one turn, drawn once: the n-th request of a kind takes the same time in every shape. */
import { type Random, seededRandom } from '../../../src/loopback/random.ts';
import { type Distribution, draw, uniform } from './distributions.ts';
import type { Profile } from './profiles.ts';

/** All in ms; `index` counts the requests of that kind within the turn, from 0. */
export interface TurnDraws {
  /** Of the word with this number. */
  interim(index: number): number;
  final(index: number): number;
  llm(index: number): number;
  tts(index: number): number;
  network(index: number): number;
  /** From first sound to confirmed speech, at the start of this stretch of speech. */
  vadOn(index: number): number;
  /** From last sound to the detector's letting go, at the end of this stretch. */
  vadOff(index: number): number;
}

/** Silero as measured on real speech. */
export const VAD_ON = uniform(72, 176);
export const VAD_OFF = uniform(130, 212);

/** Values of one kind, made when asked for, the same whatever was asked before. */
function series(distribution: Distribution, raced: number, random: Random): (index: number) => number {
  const values: number[] = [];
  return (index) => {
    while (values.length <= index) {
      values.push(Math.min(...Array.from({ length: raced }, () => draw(distribution, random))));
    }
    return values[index]!;
  };
}

/** @param seed of this turn: the same seed gives the same draws. */
export function drawTurn(profile: Profile, seed: number): TurnDraws {
  const seeds = seededRandom(seed);
  const own = () => seededRandom(Math.floor(seeds() * 2 ** 32));
  return {
    interim: series(profile.interim, 1, own()),
    final: series(profile.final, 1, own()),
    llm: series(profile.llm, profile.raced, own()),
    tts: series(profile.tts, profile.raced, own()),
    network: series(profile.network, 1, own()),
    vadOn: series(VAD_ON, 1, own()),
    vadOff: series(VAD_OFF, 1, own()),
  };
}
