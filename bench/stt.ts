/** The embedded recogniser: how often it is right, how often it takes other speech for a phrase, and how fast it is. */
import { FRAME_SAMPLES, samplesToMs } from '../src/audio/pcm.ts';
import { systemClock } from '../src/base/clock.ts';
import { silentLog } from '../src/base/log.ts';
import { percentile } from '../src/latency/percentile.ts';
import { phrases } from '../src/providers/llm/embedded-responder.ts';
import { createEmbeddedSoundswallower } from '../src/providers/stt/embedded-soundswallower.ts';
import { MIN_CONFIDENCE } from '../src/providers/stt/soundswallower/confidence.ts';
import type { Recogniser, SttConnection, SttEvent } from '../src/providers/stt/stt.ts';
import { synthesise } from '../src/providers/tts/flite/flite.ts';
import type { FliteVoice } from '../src/providers/tts/flite/voices.ts';
import type { BenchContext } from './dispatch.ts';
import { NEAR_MISSES, OTHER_SPEECH } from './support/other-speech.ts';
import { type Room, throughRoom } from './support/room.ts';

const VOICES: readonly FliteVoice[] = ['slt', 'awb', 'rms', 'kal16'];
const ROOMS: readonly Pick<Room, 'colour' | 'noiseDbfs'>[] = [
  { colour: 'white', noiseDbfs: -60 },
  { colour: 'pink', noiseDbfs: -60 },
  { colour: 'white', noiseDbfs: -70 },
  { colour: 'pink', noiseDbfs: -50 },
];
const LEAD_MS = 300;
const TAIL_MS = 200;
/** Latency is measured on this many utterances, fed four times faster than they are spoken. */
const PACED = 60;
const PACED_FRAMES = 4;
const PACED_EVERY_MS = 20;

interface Rates {
  n: number;
  accepted: number;
  acceptedRate: number;
}

interface SttResult {
  provider: string;
  phrases: number;
  voices: readonly string[];
  inGrammar: {
    n: number;
    exact: number;
    exactRate: number;
    falseRejects: number;
    falseRejectRate: number;
    /** Understood as another phrase. */
    confused: number;
  };
  /** Speech outside the grammar that was taken for a phrase. */
  otherSpeech: Rates;
  nearMisses: Rates;
  confidence: {
    threshold: number;
    inGrammar: { min: number; p1: number; p50: number };
    otherSpeech: { p50: number; p95: number; max: number };
  };
  commitToFinalMs: { n: number; p50: number; p95: number };
  realTimeFactor: number;
}

interface Heard {
  said: string;
  text: string;
  understood: boolean;
  confidence: number;
  audioMs: number;
  spentMs: number;
}

/** Takes about three minutes on two cores. A fresh recogniser hears each voice, as a new speaker would be heard. */
export async function run({ progress }: BenchContext): Promise<SttResult> {
  const known = phrases();
  const stt = createEmbeddedSoundswallower({ clock: systemClock, log: silentLog, phrases: known });
  const connection = await stt.connect(new AbortController().signal);
  try {
    const inGrammar = await hearAll(connection, known, progress);
    const otherSpeech = await hearAll(connection, OTHER_SPEECH, progress);
    const nearMisses = await hearAll(connection, NEAR_MISSES, progress);
    progress('commit to final');
    const finals = await timeFinals(connection, known);
    return {
      provider: stt.name,
      phrases: known.length,
      voices: VOICES,
      inGrammar: judge(inGrammar),
      otherSpeech: acceptance(otherSpeech),
      nearMisses: acceptance(nearMisses),
      confidence: {
        threshold: MIN_CONFIDENCE,
        inGrammar: { min: at(inGrammar, 0.001), p1: at(inGrammar, 1), p50: at(inGrammar, 50) },
        otherSpeech: { p50: at(otherSpeech, 50), p95: at(otherSpeech, 95), max: at(otherSpeech, 100) },
      },
      commitToFinalMs: {
        n: finals.length,
        p50: round(percentile(finals, 50), 1),
        p95: round(percentile(finals, 95), 1),
      },
      realTimeFactor: round(sum(inGrammar, 'spentMs') / sum(inGrammar, 'audioMs'), 4),
    };
  } finally {
    await connection.close();
  }
}

export function render(result: SttResult): string {
  const { inGrammar, otherSpeech, nearMisses, commitToFinalMs } = result;
  const percent = (rate: number) => `${round(100 * rate, 1)} %`;
  return [
    `Embedded recogniser, ${result.phrases} phrases, ${result.voices.length} voices, Opus, room noise`,
    `  exact           ${inGrammar.exact} of ${inGrammar.n} (${percent(inGrammar.exactRate)})`,
    `  false rejects   ${inGrammar.falseRejects} (${percent(inGrammar.falseRejectRate)})`,
    `  false accepts   ${otherSpeech.accepted} of ${otherSpeech.n} other sentences (${percent(otherSpeech.acceptedRate)})`,
    `  near misses     ${nearMisses.accepted} of ${nearMisses.n} taken for a phrase (${percent(nearMisses.acceptedRate)})`,
    `  commit to final p50 ${commitToFinalMs.p50} ms, p95 ${commitToFinalMs.p95} ms (n = ${commitToFinalMs.n})`,
    `  real-time factor ${result.realTimeFactor}`,
  ].join('\n');
}

/** Every sentence in every voice, each in the next room; one recogniser a voice. */
async function hearAll(
  connection: SttConnection,
  sentences: readonly string[],
  progress: (text: string) => void,
): Promise<Heard[]> {
  const heard: Heard[] = [];
  for (const [v, voice] of VOICES.entries()) {
    progress(`${voice}: ${sentences.length} sentences`);
    const ear = new Ear(connection);
    for (const [i, said] of sentences.entries()) {
      const pcm = inRoom(said, voice, i + v);
      const beganMs = systemClock.now();
      ear.recogniser.write(pcm);
      const final = await ear.final();
      const spentMs = systemClock.now() - beganMs;
      const { text, understood, confidence = 0 } = final;
      heard.push({ said, text, understood, confidence, audioMs: samplesToMs(pcm.length), spentMs });
    }
    ear.recogniser.close();
  }
  return heard;
}

/** Milliseconds from commit to final, ascending, of audio that was fed as it comes. */
async function timeFinals(connection: SttConnection, sentences: readonly string[]): Promise<number[]> {
  const ear = new Ear(connection);
  const times: number[] = [];
  for (let i = 0; i < PACED; i++) {
    const pcm = inRoom(sentences[i % sentences.length]!, VOICES[i % VOICES.length]!, i);
    for (let at = 0; at < pcm.length; at += PACED_FRAMES * FRAME_SAMPLES) {
      ear.recogniser.write(pcm.subarray(at, at + PACED_FRAMES * FRAME_SAMPLES));
      await new Promise<void>((resolve) => systemClock.setTimer(PACED_EVERY_MS, resolve));
    }
    const beganMs = systemClock.now();
    await ear.final();
    times.push(systemClock.now() - beganMs);
  }
  ear.recogniser.close();
  return times.toSorted((a, b) => a - b);
}

function inRoom(said: string, voice: FliteVoice, n: number): Int16Array {
  const room = ROOMS[n % ROOMS.length]!;
  return throughRoom(synthesise(said, voice), { ...room, seed: n, leadMs: LEAD_MS, tailMs: TAIL_MS });
}

type Final = Extract<SttEvent, { type: 'final' }>;

/** A recogniser whose finals can be awaited. */
class Ear {
  readonly recogniser: Recogniser;
  #waiting: PromiseWithResolvers<Final> | null = null;

  constructor(connection: SttConnection) {
    this.recogniser = connection.openRecogniser({ id: 'bench', name: 'bench' }, (event) => {
      if (event.type === 'final') this.#waiting?.resolve(event);
      if (event.type === 'error') this.#waiting?.reject(event.error);
    });
  }

  async final(): Promise<Final> {
    this.#waiting = Promise.withResolvers<Final>();
    this.recogniser.commit();
    return await this.#waiting.promise;
  }
}

function judge(heard: readonly Heard[]): SttResult['inGrammar'] {
  const n = heard.length;
  const exact = heard.filter(({ said, text }) => said === text).length;
  const falseRejects = heard.filter(({ understood }) => !understood).length;
  const confused = heard.filter(({ said, text, understood }) => understood && said !== text).length;
  const rates = { exactRate: round(exact / n, 4), falseRejectRate: round(falseRejects / n, 4) };
  return { n, exact, falseRejects, confused, ...rates };
}

function acceptance(heard: readonly Heard[]): Rates {
  const n = heard.length;
  const accepted = heard.filter(({ understood }) => understood).length;
  return { n, accepted, acceptedRate: round(accepted / n, 4) };
}

const at = (heard: readonly Heard[], percent: number): number =>
  round(
    percentile(
      heard.map(({ confidence }) => confidence).toSorted((a, b) => a - b),
      percent,
    ),
    3,
  );

const sum = (heard: readonly Heard[], key: 'audioMs' | 'spentMs'): number =>
  heard.reduce((total, one) => total + one[key], 0);

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
