/** The marked voice: its frames are told apart through the codec, and a lost or doubled one is found. */
import { expect, it } from 'vitest';
import { compareMarks, createMarkedVoice, markIn, marksOf } from '../../bench/support/marked-voice.ts';
import { throughOpus } from '../../bench/support/room.ts';
import { concatPcm, FRAME_SAMPLES } from '../../src/audio/pcm.ts';

async function heard(gain: number): Promise<number[]> {
  const connection = await createMarkedVoice().connect(new AbortController().signal);
  const reply = connection.reply('draft');
  reply.speak('It is noon,');
  reply.speak('and the sun is high.');
  reply.end();
  const chunks = await Array.fromAsync(reply.audio);
  const pcm = throughOpus(concatPcm(chunks.map((chunk) => chunk.pcm)).map((sample) => sample * gain));
  return Array.from({ length: pcm.length / FRAME_SAMPLES }, (_, i) =>
    markIn(pcm.subarray(i * FRAME_SAMPLES, (i + 1) * FRAME_SAMPLES)),
  );
}

it.each([1, 0.25])('is read frame by frame by a listener, at %f of its level', async (gain) => {
  expect(await heard(gain)).toEqual(marksOf(8));
});

it('shows what was lost and what came twice', async () => {
  const marks = await heard(1);
  expect(compareMarks(marksOf(8), marks)).toEqual({ lost: 0, doubled: 0 });
  expect(compareMarks(marksOf(8), marks.toSpliced(40, 3))).toEqual({ lost: 3, doubled: 0 });
  expect(compareMarks(marksOf(8), marks.toSpliced(50, 0, marks[49]!, marks[50]!))).toEqual({
    lost: 0,
    doubled: 2,
  });
  expect(compareMarks(marksOf(8), marks.slice(0, -5))).toEqual({ lost: 5, doubled: 0 });
});
