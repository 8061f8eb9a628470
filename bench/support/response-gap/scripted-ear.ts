/** A recogniser that knows what is said, and tells it with the drawn delays, counted from the voiced frames it hears. */
import type { Clock, Timer } from '../../../src/base/clock.ts';
import type { Recogniser, SpeechToText, SttEvent } from '../../../src/providers/stt/stt.ts';
import type { ScriptedTurn } from './script.ts';
import { wordsOf } from './script.ts';
import { isLoud, type SpokenTurn } from './spoken-turn.ts';
import type { TurnDraws } from './turn-draws.ts';

export interface EarScript {
  turn: ScriptedTurn;
  spoken: SpokenTurn;
  draws: TurnDraws;
}

/** Coded speech may have a few loud frames less than what was coded. */
const TOLERANCE_FRAMES = 3;
/** A silence this long behind the last word of a stretch is the pause. */
const PAUSE_MS = 90;

export class ScriptedEar implements SpeechToText {
  readonly name = 'scripted-ear';
  readonly place = 'a benchmark';
  readonly earlyCommit = true;
  readonly #clock: Clock;
  #script: EarScript | null = null;
  #listener: ((event: SttEvent) => void) | null = null;
  #commits = 0;
  #loud = 0;
  #lastLoudMs = 0;
  /** Words before these numbers were told in a final, were asked for, have their interim on its way for good. */
  #finalised = 0;
  #committed = 0;
  #told = 0;
  /** The interim with the last word of a stretch, put off by every further loud frame. */
  #ending: Timer | null = null;
  #lastFinalMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What will be said next. */
  take(script: EarScript): void {
    this.#ending?.cancel();
    this.#script = script;
    this.#loud = 0;
    this.#finalised = 0;
    this.#committed = 0;
    this.#told = 0;
  }

  async connect() {
    return {
      warm() {},
      openRecogniser: (_: unknown, listener: (event: SttEvent) => void) => this.#open(listener),
      close: async () => {},
    };
  }

  #open(listener: (event: SttEvent) => void): Recogniser {
    this.#listener = listener;
    return {
      write: (pcm) => {
        if (this.#script && isLoud(pcm)) this.#onLoud(this.#script);
      },
      commit: () => this.#commit(),
      reset() {},
      close: () => {
        this.#listener = null;
      },
    };
  }

  #onLoud(script: EarScript): void {
    const { turn, spoken, draws } = script;
    const now = this.#clock.now();
    const goesOn = now - this.#lastLoudMs >= PAUSE_MS;
    this.#lastLoudMs = now;
    this.#loud += 1;
    const ends = endsOf(turn);
    // A new stretch begins: whatever was counted too few or too many is forgotten.
    const before = goesOn ? ends.findLast((at) => at < this.#heard()) : undefined;
    if (before !== undefined && this.#loud <= spoken.loudUntil[before]! + TOLERANCE_FRAMES) {
      this.#loud = spoken.loudUntil[before]! + 1;
      this.#told = before + 1;
    }
    const last = this.#heard() - 1;
    if (last < this.#told) return;
    if (ends.includes(last)) {
      this.#ending?.cancel();
      this.#ending = this.#clock.setTimer(draws.interim(last), () => this.#interim(script, last));
    } else {
      this.#told = last + 1;
      this.#clock.setTimer(draws.interim(last), () => this.#interim(script, last));
    }
  }

  /** How many words were heard to their end. */
  #heard(): number {
    const { spoken, turn } = this.#script!;
    const ends = endsOf(turn);
    return spoken.loudUntil.filter(
      (until, i) => this.#loud >= until - (ends.includes(i) ? TOLERANCE_FRAMES : 0),
    ).length;
  }

  #interim(script: EarScript, index: number): void {
    if (script !== this.#script || index < this.#finalised) return;
    const words = wordsOf(script.turn).slice(this.#finalised, index + 1);
    this.#listener?.({ type: 'interim', text: words.map(({ heardAs }) => heardAs).join(' ') });
  }

  #commit(): number {
    const commitId = ++this.#commits;
    const script = this.#script;
    if (!script) return commitId;
    const [from, to] = [this.#committed, this.#heard()];
    this.#committed = to;
    const text = wordsOf(script.turn)
      .slice(from, to)
      .map((word) => word.text)
      .join(' ');
    // Finals come in the order of their commits.
    const now = this.#clock.now();
    this.#lastFinalMs = Math.max(this.#lastFinalMs, now + script.draws.final);
    this.#clock.setTimer(this.#lastFinalMs - now, () => {
      if (script === this.#script) this.#finalised = Math.max(this.#finalised, to);
      this.#listener?.({ type: 'final', commitId, text, understood: text !== '' });
    });
    return commitId;
  }
}

/** The numbers of the words with which the stretches end. */
function endsOf({ segments }: ScriptedTurn): number[] {
  let words = 0;
  return segments.map((segment) => {
    words += segment.words.length;
    return words - 1;
  });
}
