/** A voice whose every 20 ms can be told from the ones around it by a listener: what is lost or doubled on the way shows. */
import { FRAME_SAMPLES, SAMPLE_RATE } from '../../src/audio/pcm.ts';
import { AsyncQueue } from '../../src/providers/async-queue.ts';
import type { TextToSpeech, TtsChunk, TtsReply } from '../../src/providers/tts/tts.ts';
import { seededRandom } from '../../test/support/random.ts';

/** Each word of a text lasts so many frames: 400 ms. */
const FRAMES_PER_WORD = 20;
/** A frame is one of these tones, and never the one before. */
const TONES_HZ = [400, 700, 1_000, 1_300, 1_600, 1_900, 2_200, 2_500];
const AMPLITUDE = 0.2 * 32_767;
/** What a decoder gives out for a frame begins with the end of the frame before: 6.5 ms of it, and the change of tone. */
const READ_FROM = 144;

/** The tones of a text of so many words, one a frame, as indexes. The same for every text. */
export function marksOf(words: number): number[] {
  const random = seededRandom(7);
  const marks: number[] = [];
  for (let i = 0; i < words * FRAMES_PER_WORD; i++) {
    const step = 1 + Math.floor(random() * (TONES_HZ.length - 1));
    marks.push(((marks.at(-1) ?? 0) + step) % TONES_HZ.length);
  }
  return marks;
}

/** Which tone a decoded frame (320 samples at 16 kHz) is. */
export function markIn(frame: Int16Array): number {
  const powers = TONES_HZ.map((hz) => powerAt(hz, frame));
  return powers.indexOf(Math.max(...powers));
}

/** How many of `marks` are missing in what was heard, and how many of those heard are too many. */
export function compareMarks(
  marks: readonly number[],
  heard: readonly number[],
): { lost: number; doubled: number } {
  const common = commonLength(marks, heard);
  return { lost: marks.length - common, doubled: heard.length - common };
}

/** Speaks the marks in place of the words, without any delay. */
export function createMarkedVoice(): TextToSpeech {
  return {
    name: 'marked',
    place: 'a benchmark',
    connect: async () => ({ sampleRate: SAMPLE_RATE, warm() {}, reply, close: async () => {} }),
  };
}

function reply(): TtsReply {
  const audio = new AsyncQueue<TtsChunk>();
  let words = 0;
  let clauses = 0;
  return {
    audio,
    speak(text) {
      const from = words * FRAMES_PER_WORD;
      words += text.split(/\s+/).length;
      audio.push({
        pcm: toneFrames(marksOf(words)).subarray(from * FRAME_SAMPLES),
        clause: clauses,
        last: true,
      });
      clauses += 1;
    },
    end: () => audio.end(),
    cancel: () => audio.abort(),
  };
}

/** One tone after the other, without a jump in the wave between them. */
function toneFrames(marks: readonly number[]): Int16Array {
  const pcm = new Int16Array(marks.length * FRAME_SAMPLES);
  let phase = 0;
  for (let i = 0; i < pcm.length; i++) {
    const hz = TONES_HZ[marks[Math.floor(i / FRAME_SAMPLES)]!]!;
    phase = (phase + (2 * Math.PI * hz) / SAMPLE_RATE) % (2 * Math.PI);
    pcm[i] = Math.round(Math.sin(phase) * AMPLITUDE);
  }
  return pcm;
}

/** Power of one frequency in the part of the frame that is its own. */
function powerAt(hz: number, frame: Int16Array): number {
  let re = 0;
  let im = 0;
  for (let i = READ_FROM; i < frame.length; i++) {
    const angle = (2 * Math.PI * hz * i) / SAMPLE_RATE;
    re += frame[i]! * Math.cos(angle);
    im += frame[i]! * Math.sin(angle);
  }
  return re * re + im * im;
}

/** Length of the longest sequence that is in both, in order. */
function commonLength(a: readonly number[], b: readonly number[]): number {
  let previous = new Uint32Array(b.length + 1);
  for (const mark of a) {
    const row = new Uint32Array(b.length + 1);
    for (const [j, other] of b.entries()) {
      row[j + 1] = mark === other ? previous[j]! + 1 : Math.max(previous[j + 1]!, row[j]!);
    }
    previous = row;
  }
  return previous[b.length]!;
}
