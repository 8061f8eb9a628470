/** What the stand-in of Scribe hears: the words of the script, told with the drawn delays over its real protocol. */
import type { Clock } from '../../../../src/base/clock.ts';
import type { ScribeCaller, ScribeScript } from '../../../../test/support/vendors/elevenlabs-scribe.ts';
import { type ScriptedTurn, wordsOf } from '../script.ts';
import type { TurnDraws } from '../turn-draws.ts';
import { WordCounter } from './spoken-frames.ts';

interface Listening {
  turn: ScriptedTurn;
  draws: TurnDraws;
  counter: WordCounter;
  /** Words before these numbers have their partial on its way, were asked for, were told in a transcript. */
  told: number;
  committed: number;
  finalised: number;
  /** Transcripts come in the order of their commits. */
  lastFinalMs: number;
}

export class ScriptedScribe {
  readonly #clock: Clock;
  #listening: Listening | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What will be said next. */
  take(turn: ScriptedTurn, draws: TurnDraws): void {
    const counts = { told: 0, committed: 0, finalised: 0, lastFinalMs: 0 };
    this.#listening = { turn, draws, counter: new WordCounter(turn), ...counts };
  }

  get script(): ScribeScript {
    return {
      onAudio: (bytes, session) => this.#onAudio(bytes, session),
      onCommit: (_, session) => {
        this.#onCommit(session);
        return 'handled';
      },
    };
  }

  #onAudio(bytes: Buffer, session: ScribeCaller): void {
    const listening = this.#listening;
    if (!listening) return;
    const { counter, draws } = listening;
    counter.accept(bytes);
    for (; listening.told < counter.complete; listening.told++) {
      const index = listening.told;
      this.#clock.setTimer(draws.interim(index), () => this.#tellPartial(listening, index, session));
    }
  }

  #tellPartial({ turn, finalised }: Listening, index: number, session: ScribeCaller): void {
    if (index < finalised) return;
    const words = wordsOf(turn).slice(finalised, index + 1);
    session.send({
      message_type: 'partial_transcript',
      text: words.map(({ heardAs }) => heardAs).join(' '),
    });
  }

  #onCommit(session: ScribeCaller): void {
    const listening = this.#listening;
    if (!listening) return session.tell('');
    const { turn, committed, counter, draws } = listening;
    const to = counter.complete;
    listening.committed = to;
    const words = wordsOf(turn).slice(committed, to);
    const now = this.#clock.now();
    listening.lastFinalMs = Math.max(listening.lastFinalMs, now + draws.final);
    this.#clock.setTimer(listening.lastFinalMs - now, () => {
      listening.finalised = Math.max(listening.finalised, to);
      session.tell(words.map(({ text }) => text).join(' '));
    });
  }
}
