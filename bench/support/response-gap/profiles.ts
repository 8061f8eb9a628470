/** The delays of the parts, by profile: what was published, what follows from it by sums, and what is assumed. */
import { type Distribution, lognormal, none, uniform } from './distributions.ts';

export interface Profile {
  /** From the end of a word to the interim transcript that holds it. */
  interim: Distribution;
  /** From the commit to the final transcript. */
  final: Distribution;
  /** From the request to the model's first token. */
  llm: Distribution;
  /** From the first text to the voice's first audio byte. */
  tts: Distribution;
  /** Added once, to the voice's first byte. */
  network: Distribution;
  /** Every request to the model and to the voice is sent so many times, and the first answer is used. */
  raced: number;
}

/**
 * final: 281 and 348 ms after the end of speech at p50 and p95 (stt-benchmark: Scribe v2 realtime, 1,000 clips), less
 * the 200 ms of silence that precede its commit. llm: aiewf-eval, gpt-oss-120b on Groq. tts: ElevenLabs' documentation
 * of Flash v2.5 over a WebSocket from the US, 150 to 200 ms. All of these were taken by clients across a network, so
 * adding one would count it twice.
 */
const best: Profile = {
  interim: lognormal(150, 215),
  final: lognormal(81, 148),
  llm: lognormal(98, 217),
  tts: lognormal(175, 240),
  network: none,
  raced: 1,
};

export const PROFILES = {
  best,
  /** tts: Flash v2.5 end to end as Coval measured it, median 288 ms with 28 ms between the quartiles. */
  'best-coval': { ...best, tts: lognormal(288, 323) },
  /** llm: aiewf-eval, Claude Haiku 4.5. */
  claude: { ...best, llm: lognormal(637, 1_615) },
  /** The ranges that a sum of vendors' own claims is made of. Its interims are taken to come like its finals. */
  seed: {
    interim: uniform(50, 150),
    final: uniform(50, 150),
    llm: uniform(150, 300),
    tts: uniform(100, 200),
    network: uniform(20, 100),
    raced: 1,
  },
  'best-raced': { ...best, raced: 2 },
} as const satisfies Record<string, Profile>;

export type ProfileName = keyof typeof PROFILES;

/** What nobody measured for us; printed with the results. */
export const ASSUMED: readonly string[] = [
  'interim 150/215 ms (p50/p95): the order of size of streaming recognisers; no vendor publishes it',
  'Flash TTFB 175/240 ms: the middle of the documented 150 to 200 ms, and a tail of our own; 288/323 from quartiles',
  'lognormal shapes, fitted to p50 and p95; all delays of a turn independent of each other, also those of raced requests; a second request takes as long as the first',
  'network 0 in the profiles of published figures, which clients took across a network; uniform 20 to 100 ms in seed',
  'the way between bot and Discord is left out; so is silence before the first sound of the voice, which is trimmed',
  '100 tokens a second, 1.3 tokens a word; whole synthesis takes the first byte plus a tenth of the audio',
  'pauses: the published shares at 300, 600 and 1,600 ms, even hazard between them, none under 100 ms',
  'a third of turns hold one pause, of which 20 % follow complete words; 2 % of turns end on incomplete ones',
  'the recogniser can be asked for a final in the middle of a turn, after 80 ms of silence, and keeps its thread',
  '10 % of finals differ from the last interim by one word',
  'speech is noticed 72 to 176 ms after its first sound, its end 130 to 212 ms after its last (Silero, uniform)',
];
