/** Providers of the soak: a recogniser of tones, and a model and a voice that now and then fail in every known way. */
import type { LanguageModel } from '../../../src/providers/llm/llm.ts';
import type { Providers } from '../../../src/providers/providers.ts';
import type { Recogniser, SpeechToText, SttEvent } from '../../../src/providers/stt/stt.ts';
import type { TextToSpeech } from '../../../src/providers/tts/tts.ts';
import { type FakeProviders, fakeProviders, vendorError } from '../../../test/support/fake-providers.ts';
import { TONES, toneIn, transcriptOf } from './tones.ts';

/** When faults begin, and with what chance. */
export interface Chance {
  faults: boolean;
  /** 0 to 1. */
  random(): number;
}

/** Frames in which a tone must sound to be a word. */
const MIN_FRAMES = 3;

export function soakProviders(chance: Chance): Providers {
  const fakes = fakeProviders();
  return {
    stt: toneEar(chance),
    llm: moodyModel(fakes, chance),
    tts: moodyVoice(fakes, chance),
    vad: fakes.vad,
  };
}

/** One of the values by its share; the rest of the chance is `otherwise`. */
function pick<T>({ faults, random }: Chance, shares: readonly (readonly [number, T])[], otherwise: T): T {
  let at = random();
  for (const [share, value] of faults ? shares : []) {
    if (at < share) return value;
    at -= share;
  }
  return otherwise;
}

/** Recognises the tones in what it is given; of its commits some fail, and some bring nothing. */
function toneEar(chance: Chance): SpeechToText {
  return {
    name: 'tone-ear',
    place: 'a benchmark',
    earlyCommit: false,
    connect: async () => ({
      warm() {},
      openRecogniser: (_speaker, listener) => openEar(chance, listener),
      close: async () => {},
    }),
  };
}

function openEar(chance: Chance, listener: (event: SttEvent) => void): Recogniser {
  let frames = new Uint32Array(TONES);
  let told = '';
  let commits = 0;
  let closed = false;
  const emit = (event: SttEvent) => {
    queueMicrotask(() => {
      if (!closed) listener(event);
    });
  };
  const words = () => transcriptOf([...frames.keys()].filter((tone) => frames[tone]! >= MIN_FRAMES));
  const begin = () => {
    frames = new Uint32Array(TONES);
    told = '';
  };
  return {
    write(pcm) {
      const tone = toneIn(pcm);
      if (tone === null) return;
      frames[tone]! += 1;
      if (words() === told) return;
      told = words();
      emit({ type: 'interim', text: told, finished: true });
    },
    commit() {
      commits += 1;
      const text = words();
      begin();
      const what = pick(
        chance,
        [
          [0.02, 'error'],
          [0.01, 'nothing'],
        ],
        'final',
      );
      if (what === 'error') emit({ type: 'error', error: vendorError('STT_QUOTA') });
      if (what === 'final') emit({ type: 'final', commitId: commits, text, understood: text !== '' });
      return commits;
    },
    reset: begin,
    close() {
      closed = true;
    },
  };
}

/** Throws before or in its answer, hangs whether it is aborted or not, or stalls in its answer. */
function moodyModel({ llm }: FakeProviders, chance: Chance): LanguageModel {
  const text = 'It is noon, and all is well.';
  const error = vendorError('LLM_OVERLOADED');
  return {
    ...{ name: llm.name, place: llm.place },
    async connect(signal) {
      const connection = await llm.connect(signal);
      return {
        ...connection,
        stream(request) {
          const script = pick<(typeof llm.scripts)[number]>(
            chance,
            [
              [0.02, { error }],
              [0.01, { text, error }],
              [0.01, { hangs: 'until aborted' }],
              [0.01, { hangs: 'for ever' }],
              [0.01, { text, hangs: 'until aborted' }],
            ],
            { text },
          );
          // The fakes remember everything, which would look like a leak.
          llm.requests.length = 0;
          llm.scripts.splice(0, Number.POSITIVE_INFINITY, script);
          return connection.stream(request);
        },
      };
    },
  };
}

/** Throws, or swallows its words. Answers have any length, so that some are talked over. */
function moodyVoice({ tts }: FakeProviders, chance: Chance): TextToSpeech {
  return {
    ...{ name: tts.name, place: tts.place },
    async connect(signal) {
      const connection = await tts.connect(signal);
      return {
        ...connection,
        reply(draftId) {
          const toneMs = 100 + 20 * Math.floor(chance.random() * 40);
          tts.script = pick<typeof tts.script>(
            chance,
            [
              [0.02, { error: vendorError('TTS_QUOTA') }],
              [0.01, { hangs: true }],
            ],
            { toneMs },
          );
          tts.clauses.length = 0;
          tts.cancelled.length = 0;
          return connection.reply(draftId);
        },
      };
    },
  };
}
