/** The parts that play the scripted turns to the real bot: what they tell, and at which instants. */
import { describe, expect, it } from 'vitest';
import { layOut, type ScriptedTurn } from '../../../bench/support/response-gap/script.ts';
import { ScriptedModel, ScriptedVoice } from '../../../bench/support/response-gap/scripted-answer.ts';
import { ScriptedEar } from '../../../bench/support/response-gap/scripted-ear.ts';
import { isLoud, speakTurn } from '../../../bench/support/response-gap/spoken-turn.ts';
import type { TurnDraws } from '../../../bench/support/response-gap/turn-draws.ts';
import { FRAME_SAMPLES } from '../../../src/audio/pcm.ts';
import type { Recogniser } from '../../../src/providers/stt/stt.ts';
import { silence, tone } from '../../support/tone.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const draws: TurnDraws = {
  interim: (i) => 100 + i,
  final: 80,
  llm: 50,
  tts: 170,
  network: 5,
  vadOn: () => 100,
  vadOff: () => 150,
};
const turn: ScriptedTurn = {
  segments: layOut(
    [
      ['the', 'song'],
      ['next', 'time'],
    ],
    300,
    [true, false],
  ),
  reply: 'Done. Playing it now.',
  seed: 0,
};
/** Ten loud frames a word. */
const spoken = { pcm: new Int16Array(0), pauses: [], loudUntil: [10, 20, 30, 40] };
const loud = tone(20);
const quiet = silence(20);

async function hearing() {
  const clock = new VirtualClock(0);
  const ear = new ScriptedEar(clock);
  ear.take({ turn, spoken, draws });
  const told: string[] = [];
  const { openRecogniser } = await ear.connect();
  const recogniser: Recogniser = openRecogniser(null, (event) => {
    if (event.type === 'interim') told.push(`${clock.now()} interim ${event.text}`);
    if (event.type === 'final') told.push(`${clock.now()} final ${event.commitId} ${event.text}`);
  });
  const hear = async (frames: number, pcm: Int16Array) => {
    for (let i = 0; i < frames; i++) {
      await clock.advance(20);
      recogniser.write(pcm);
    }
  };
  return { clock, recogniser, told, hear };
}

describe('the scripted ear', () => {
  it('tells each word its delay after its last loud frame, and finals after their commits', async () => {
    const { clock, recogniser, told, hear } = await hearing();
    await hear(20, loud);
    await hear(5, quiet);
    recogniser.commit();
    await hear(10, quiet);
    await hear(20, loud);
    await hear(5, quiet);
    recogniser.commit();
    await clock.advance(500);
    // 20 frames of 20 ms, 300 ms of silence, 20 frames.
    expect(told).toEqual([
      '300 interim a',
      '501 interim a song',
      '580 final 1 the song',
      '1002 interim next',
      '1203 interim next time',
      '1280 final 2 next time',
    ]);
  });

  it('finds the beginning of the next stretch when frames were lost in the one before', async () => {
    const { clock, told, hear } = await hearing();
    await hear(18, loud);
    await hear(10, quiet);
    await hear(20, loud);
    await clock.advance(500);
    expect(told).toEqual([
      '300 interim a',
      '461 interim a song',
      '862 interim a song next',
      '1063 interim a song next time',
    ]);
  });
});

describe('the scripted model', () => {
  it('writes at the drawn pace, and stops when aborted', async () => {
    const clock = new VirtualClock(0);
    const model = new ScriptedModel(clock);
    model.take({ turn, draws });
    const { stream } = await model.connect();
    const controller = new AbortController();
    const read = async (signal: AbortSignal, stopAt: number) => {
      const told: string[] = [];
      try {
        for await (const event of stream({ system: '', messages: [], maxTokens: 100, signal })) {
          if (event.type === 'text') told.push(`${clock.now()}${event.text}`);
          if (told.length === stopAt) controller.abort(new Error('enough'));
        }
      } catch (error) {
        told.push(String(error));
      }
      return told;
    };
    const first = read(new AbortController().signal, 99);
    const second = read(controller.signal, 2);
    await clock.advance(1_000);
    expect(await first).toEqual(['50Done', '60.', '70 Play', '80ing', '90 it', '100 now', '110.']);
    expect(await second).toEqual(['50Done', '60.', 'Error: enough']);
  });
});

describe('the scripted voice', () => {
  it('speaks clauses in order, the network added to the first byte', async () => {
    const clock = new VirtualClock(0);
    const voice = new ScriptedVoice(clock);
    voice.take({ turn, draws });
    const { reply } = await voice.connect();
    const { speak, end, audio } = reply();
    const told: string[] = [];
    const reading = (async () => {
      for await (const { clause, pcm } of audio)
        told.push(`${clock.now()} clause ${clause} ${pcm.length / 24} ms`);
    })();
    speak('Done.');
    await clock.advance(2);
    speak('Playing it now.');
    end();
    await clock.advance(1_000);
    await reading;
    expect(told).toEqual(['175 clause 0 100 ms', '175 clause 1 300 ms']);
  });
});

describe('a spoken turn', () => {
  it('begins and ends each stretch with a loud frame, and keeps the pause in whole packets', () => {
    const { pcm, pauses, loudUntil } = speakTurn(turn);
    expect(pcm.length % FRAME_SAMPLES).toBe(0);
    expect(pauses).toHaveLength(1);
    expect(pauses[0]!.ms).toBe(280);
    const frame = (at: number) => pcm.subarray(at, at + FRAME_SAMPLES);
    const { atSample } = pauses[0]!;
    for (const at of [0, atSample - FRAME_SAMPLES, atSample, pcm.length - FRAME_SAMPLES]) {
      expect(isLoud(frame(at))).toBe(true);
    }
    expect(loudUntil).toEqual(loudUntil.toSorted((a, b) => a - b));
    expect(loudUntil).toHaveLength(4);
    const frames = Array.from({ length: pcm.length / FRAME_SAMPLES }, (_, i) => frame(i * FRAME_SAMPLES));
    expect(Math.abs(loudUntil.at(-1)! - frames.filter(isLoud).length)).toBeLessThanOrEqual(4);
  });
});
