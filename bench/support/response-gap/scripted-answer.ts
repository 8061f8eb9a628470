/** A model and a voice that give the scripted answer with the drawn delays, in real time. */
import type { Clock } from '../../../src/base/clock.ts';
import { AsyncQueue } from '../../../src/providers/async-queue.ts';
import type { LanguageModel, LlmEvent, LlmRequest } from '../../../src/providers/llm/llm.ts';
import type { TextToSpeech, TtsChunk, TtsReply } from '../../../src/providers/tts/tts.ts';
import { countWords } from '../../../src/turn/clause-breaks.ts';
import { tone } from '../../../test/support/tone.ts';
import type { ScriptedTurn } from './script.ts';
import { TOKEN_MS, tokensOf } from './tokens.ts';
import type { TurnDraws } from './turn-draws.ts';

interface AnswerScript {
  turn: ScriptedTurn;
  draws: TurnDraws;
}

const SAMPLE_RATE = 24_000;
/** Quicker than speech, as only the beginning of an answer is measured. */
const WORD_MS = 100;

const wait = (clock: Clock, ms: number): Promise<void> =>
  new Promise((resolve) => {
    clock.setTimer(ms, resolve);
  });

export class ScriptedModel implements LanguageModel {
  readonly name = 'scripted-model';
  readonly place = 'a benchmark';
  readonly #clock: Clock;
  #script: AnswerScript | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  take(script: AnswerScript): void {
    this.#script = script;
  }

  async connect() {
    return {
      warm() {},
      stream: (request: LlmRequest) => this.#stream(request),
      close: async () => {},
    };
  }

  async *#stream({ signal }: LlmRequest): AsyncGenerator<LlmEvent> {
    const { turn, draws } = this.#script!;
    const firstMs = this.#clock.now() + draws.llm;
    const tokens = tokensOf(turn.reply);
    for (const [i, text] of tokens.entries()) {
      await wait(this.#clock, firstMs + i * TOKEN_MS - this.#clock.now());
      if (signal.aborted) throw signal.reason;
      yield { type: 'text', text };
    }
    yield { type: 'usage', inputTokens: 0, outputTokens: tokens.length };
  }
}

export class ScriptedVoice implements TextToSpeech {
  readonly name = 'scripted-voice';
  readonly place = 'a benchmark';
  readonly #clock: Clock;
  #script: AnswerScript | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  take(script: AnswerScript): void {
    this.#script = script;
  }

  async connect() {
    return {
      sampleRate: SAMPLE_RATE,
      warm() {},
      reply: () => this.#reply(),
      close: async () => {},
    };
  }

  #reply(): TtsReply {
    // Notices are rendered before anything is said.
    const draws = this.#script?.draws;
    const audio = new AsyncQueue<TtsChunk>();
    let clauses = 0;
    let spokenMs = 0;
    let ended = false;
    let due = 0;
    const endIfDone = () => {
      if (ended && due === 0) audio.end();
    };
    return {
      audio,
      speak: (text) => {
        const clause = clauses++;
        const firstByteMs = draws ? draws.tts + (clause === 0 ? draws.network : 0) : 0;
        const now = this.#clock.now();
        // Clauses are spoken in their order.
        spokenMs = Math.max(spokenMs, now + firstByteMs);
        due += 1;
        this.#clock.setTimer(spokenMs - now, () => {
          due -= 1;
          const pcm = tone(countWords(text) * WORD_MS, { rate: SAMPLE_RATE, hz: 660, amplitude: 0.2 });
          audio.push({ pcm, clause, last: true });
          endIfDone();
        });
      },
      end: () => {
        ended = true;
        endIfDone();
      },
      cancel: () => audio.abort(),
    };
  }
}
