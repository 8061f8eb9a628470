/** The scripted turns: who says what, when each word ends, where a pause lies, and which finals correct the interims. */
import { FRAME_MS } from '../../../src/audio/pcm.ts';
import { type Random, seededRandom } from '../../../src/loopback/random.ts';
import { LINES, OPEN_LINES } from './lines.ts';
import { pauseOf } from './pauses.ts';

export interface ScriptedWord {
  text: string;
  /** What the interim transcripts take it for. */
  heardAs: string;
  /** Arrival of the packet with its last voiced frame, in ms from the arrival of the turn's first. */
  endMs: number;
}

/** Speech without a pause. */
export interface Segment {
  words: readonly ScriptedWord[];
  /** Arrival of its first and its last voiced frame. */
  startMs: number;
  endMs: number;
}

export interface ScriptedTurn {
  segments: readonly Segment[];
  reply: string;
  /** Of the turn's own draws. */
  seed: number;
}

const PAUSE_SHARE = 1 / 3;
const CLOSED_PAUSE_SHARE = 0.2;
const OPEN_END_SHARE = 0.02;
const CORRECTED_SHARE = 0.1;

/** A word takes so long to say: about three of them in a second. */
const WORD_MS = 120;
const LETTER_MS = 45;
const WORD_MIN_MS = 200;

/** What interims take short words for. The last word of a stretch stays as it is, as it tells whether more comes. */
const SOUND_ALIKE: Readonly<Record<string, string>> = {
  ...{ a: 'the', the: 'a', is: 'was', are: 'were', do: 'to', did: 'do', does: 'did', to: 'two', for: 'four' },
  ...{ my: 'by', me: 'be', i: 'he', we: 'he', you: 'your', your: 'you', some: 'the', in: 'and', of: 'off' },
  ...{ four: 'for', north: 'fourth', airport: 'air', old: 'gold', nineties: 'nighties', book: 'brook' },
  ...{
    station: 'nation',
    who: 'you',
    yellow: 'hello',
    pasta: 'faster',
    few: 'two',
    online: 'on',
    public: 'republic',
  },
  ...{
    leftover: 'left',
    bedroom: 'bathroom',
    late: 'eight',
    silver: 'sliver',
    concert: 'concept',
    rainy: 'raining',
  },
  ...{ next: 'text', out: 'now', last: 'lost', hidden: 'written', savings: 'saving', early: 'hourly' },
  ...{ shopping: 'chopping' },
};

/** @param seed the same seed gives the same turns. */
export function writeTurns(count: number, seed: number): ScriptedTurn[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => writeTurn(seededRandom(Math.floor(random() * 2 ** 32))));
}

/** Takes its chances in a fixed order, each whether it is needed or not. */
function writeTurn(random: Random): ScriptedTurn {
  const seed = Math.floor(random() * 2 ** 32);
  const lines = random() < OPEN_END_SHARE ? OPEN_LINES : LINES;
  const line = lines[Math.floor(random() * lines.length)]!;
  const paused = random() < PAUSE_SHARE;
  const closed = random() < CLOSED_PAUSE_SHARE;
  const pauseMs = pauseOf(1 - random());
  const corrected = [random() < CORRECTED_SHARE, random() < CORRECTED_SHARE];
  const breakAt = closed ? line.closedPause : line.openPause;
  const stretches = paused ? [line.words.slice(0, breakAt), line.words.slice(breakAt)] : [line.words];
  return { segments: layOut(stretches, pauseMs, corrected), reply: line.reply, seed };
}

/** Puts stretches of words on the time line, `pauseMs` from the last voiced frame of one to the first of the next. */
export function layOut(
  stretches: readonly (readonly string[])[],
  pauseMs: number,
  corrected: readonly boolean[],
): Segment[] {
  const segments: Segment[] = [];
  let atMs = -FRAME_MS;
  for (const [i, stretch] of stretches.entries()) {
    if (i > 0) atMs += pauseMs - FRAME_MS;
    const startMs = atMs + FRAME_MS;
    const wrongAt = corrected[i] ? stretch.findIndex(isConfusable) : -1;
    const words = stretch.map((text, at): ScriptedWord => {
      atMs += wordMs(text);
      return { text, heardAs: at === wrongAt ? SOUND_ALIKE[text]! : text, endMs: atMs };
    });
    segments.push({ words, startMs, endMs: atMs });
  }
  return segments;
}

const isConfusable = (word: string, at: number, stretch: readonly string[]): boolean =>
  word in SOUND_ALIKE && at < stretch.length - 1;

/** In whole frames. */
const wordMs = (word: string): number =>
  Math.max(WORD_MIN_MS, Math.round((WORD_MS + LETTER_MS * word.length) / FRAME_MS) * FRAME_MS);

export const wordsOf = (turn: ScriptedTurn): readonly ScriptedWord[] =>
  turn.segments.flatMap(({ words }) => words);

/** When the turn truly ends. */
export const trueEndMs = (turn: ScriptedTurn): number => turn.segments.at(-1)!.endMs;
