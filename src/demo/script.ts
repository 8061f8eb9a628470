/** What the synthetic speakers say: a seeded choice of phrases, some with a pause for thought inside. */
import { plainWords } from '../providers/plain-words.ts';

export type ClientKind = 'voiceActivity' | 'pushToTalk';

export interface Line {
  n: number;
  speaker: string;
  client: ClientKind;
  said: string;
  /** Words before and after a pause of `ms`; null for a sentence said in one go. */
  pause: { before: string; after: string; ms: number } | null;
}

export interface Cast {
  name: string;
  client: ClientKind;
  voice: 'slt' | 'awb';
}

/** Two voices unlike each other and unlike the bot's. */
export const CAST: readonly [Cast, Cast] = [
  { name: 'Ann', client: 'voiceActivity', voice: 'slt' },
  { name: 'Ben', client: 'pushToTalk', voice: 'awb' },
];

/** Every third turn holds a pause of 400 to 900 ms. */
const PAUSE_EVERY = 3;
const PAUSE_MIN_MS = 400;
const PAUSE_MAX_MS = 900;

/** @param random 0 to 1, seeded. */
export function writeScript(phrases: readonly string[], turns: number, random: () => number): Line[] {
  const known = new Set(phrases.map(plainWords));
  let deck: string[] = [];
  return Array.from({ length: turns }, (_, i) => {
    if (deck.length === 0) deck = shuffle(phrases, random);
    const { name, client } = CAST[i % CAST.length]!;
    const wantsPause = (i + 1) % PAUSE_EVERY === 0;
    // A sentence that can be broken where what was said so far means nothing yet.
    const at = wantsPause
      ? Math.max(
          0,
          deck.findIndex((phrase) => breakPoints(phrase, known).length > 0),
        )
      : 0;
    const said = deck.splice(at, 1)[0]!;
    const pause = wantsPause ? breakUp(said, known, random) : null;
    return { n: i + 1, speaker: name, client, said, pause };
  });
}

/** After which words a pause can be made: not when the words before it are a phrase of their own. */
function breakPoints(phrase: string, known: ReadonlySet<string>): number[] {
  const words = phrase.split(' ');
  const points: number[] = [];
  for (let i = 2; i <= words.length - 2; i++) {
    if (!known.has(plainWords(words.slice(0, i).join(' ')))) points.push(i);
  }
  return points;
}

function breakUp(phrase: string, known: ReadonlySet<string>, random: () => number): Line['pause'] {
  const points = breakPoints(phrase, known);
  const at = points[Math.floor(random() * points.length)];
  if (at === undefined) return null;
  const words = phrase.split(' ');
  const ms = Math.round(PAUSE_MIN_MS + random() * (PAUSE_MAX_MS - PAUSE_MIN_MS));
  return { before: words.slice(0, at).join(' '), after: words.slice(at).join(' '), ms };
}

function shuffle(items: readonly string[], random: () => number): string[] {
  const deck = [...items];
  for (let i = deck.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [deck[i], deck[j]] = [deck[j]!, deck[i]!];
  }
  return deck;
}
