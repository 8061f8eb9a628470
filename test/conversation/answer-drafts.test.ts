/** A draft of an answer under virtual time: silent and frugal before its gate opens, at once there after. */
import { afterEach, expect, it } from 'vitest';
import { AnswerRig } from './answer-rig.ts';

let rig: AnswerRig;
const begin = (ahead: 'llm' | 'llm+tts' = 'llm+tts') => {
  rig = new AnswerRig({}, { held: true, ahead });
  rig.answer.start();
};
afterEach(() => rig.mouth.close());

it('speaks its first clause ahead and no more, and plays it with the gate', async () => {
  begin();
  await rig.write('It is noon now, and ', 'the sun is high. ', 'Have a good day.');
  await rig.endModel();
  await rig.speak(0, 400);
  await rig.clock.advance(500);
  expect(rig.spoken).toEqual(['It is noon now,']);
  expect([rig.frames, rig.told, rig.voiceCalls]).toEqual([0, [], []]);
  rig.answer.open();
  expect(rig.spoken).toEqual(['It is noon now,', 'and the sun is high.', 'Have a good day.']);
  expect(rig.voiceCalls).toEqual(['end']);
  expect(rig.frames).toBe(1);
  for (const clause of [1, 2]) await rig.speak(clause, 400);
  await rig.endVoice();
  await rig.clock.advance(3_000);
  expect(rig.told).toEqual(['audible 1500', 'done 2700']);
  expect(rig.answer.marks).toMatchObject({ draftStarted: 1_000, ttsFirstByte: 1_000, firstFrameOut: 1_500 });
  expect(rig.answer.heard.text).toBe('It is noon now, and the sun is high. Have a good day.');
  rig.expectNothingLeft();
});

it('gives the voice nothing ahead where only the model may', async () => {
  begin('llm');
  await rig.write('It is noon now, and ', 'the sun is high.');
  await rig.endModel();
  expect(rig.spoken).toEqual([]);
  rig.answer.open();
  expect(rig.spoken).toEqual(['It is noon now,', 'and the sun is high.']);
});

it('whose gate opens first goes on as if it had never been one', async () => {
  begin();
  rig.answer.open();
  await rig.write('It is noon now, and ', 'the sun is high.');
  await rig.endModel();
  expect(rig.spoken).toEqual(['It is noon now,', 'and the sun is high.']);
  for (const clause of [0, 1]) await rig.speak(clause, 200);
  await rig.endVoice();
  await rig.clock.advance(1_000);
  expect(rig.told).toEqual(['audible 1000', 'done 1400']);
});

it('whose voice had ended before is played to its end', async () => {
  begin();
  await rig.write('It is noon.');
  await rig.endModel();
  await rig.speak(0, 400);
  rig.answer.open();
  await rig.endVoice();
  await rig.clock.advance(1_000);
  expect(rig.told).toEqual(['audible 1000', 'done 1400']);
});

it('that is cancelled was never heard, and tells what it cost', async () => {
  begin();
  await rig.write('It is noon now, and ');
  await rig.speak(0, 400);
  rig.answer.stop();
  await rig.clock.advance(1_000);
  expect([rig.frames, rig.told, rig.voiceCalls]).toEqual([0, [], ['cancel']]);
  // Twenty characters written, 15 of them given to the voice.
  expect(rig.answer.spent).toEqual({ tokens: 5, characters: 15 });
  rig.expectNothingLeft();
});

it.each([
  ['model', 'LLM_FAILED', () => rig.model.abort(new Error('no'))],
  ['voice', 'TTS_FAILED', () => rig.voice.abort(new Error('no'))],
])('whose %s fails is given up without a word, spoken or written', async (_what, code, fail) => {
  begin();
  await rig.write('It is noon now, and ');
  fail();
  await rig.clock.advance(5_000);
  expect(rig.told).toEqual([`failed ${code}`]);
  expect(rig.frames).toBe(0);
  rig.answer.open();
  await rig.clock.advance(1_000);
  expect(rig.frames).toBe(0);
});

it('that is paused before it has sound is silent until it goes on', async () => {
  begin();
  await rig.write('It is noon.');
  await rig.endModel();
  rig.answer.open();
  rig.answer.pause();
  await rig.speak(0, 400);
  await rig.endVoice();
  await rig.clock.advance(200);
  expect(rig.frames).toBe(0);
  rig.answer.resume();
  await rig.clock.advance(1_000);
  expect(rig.frames).toBe(20);
  expect(rig.told).toEqual(['audible 1200', 'done 1600']);
});
