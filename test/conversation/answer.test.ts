/** One answer under virtual time: its clauses, its marks, its end, and what was heard of it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tone } from '../support/tone.ts';
import { AnswerRig } from './answer-rig.ts';

let rig: AnswerRig;
beforeEach(() => {
  rig = new AnswerRig();
});
afterEach(() => rig.mouth.close());

describe('an answer', () => {
  it('is asked for with the conversation, and spoken clause by clause in order', async () => {
    rig.answer.start();
    expect(rig.request).toMatchObject({
      system: 'be brief',
      maxTokens: 150,
      messages: [{ content: 'hello' }],
    });
    await rig.write('It is noon ', 'now, and ', 'the sun is high. ', 'Have a ', 'good day.');
    expect(rig.spoken).toEqual(['It is noon now,', 'and the sun is high.', 'Have a good day.']);
    await rig.endModel();
    expect(rig.spoken).toEqual(['It is noon now,', 'and the sun is high.', 'Have a good day.']);
    expect(rig.voiceCalls).toEqual(['end']);
    for (let clause = 0; clause < 3; clause++) await rig.speak(clause, 400);
    await rig.endVoice();
    await rig.clock.advance(3_000);
    expect(rig.told).toEqual(['audible 1000', 'done 2200']);
    expect(rig.frames).toBe(60);
    expect(rig.answer.text).toBe('It is noon now, and the sun is high. Have a good day.');
    expect(rig.answer.heard.text).toBe(rig.answer.text);
    expect(rig.answer.usage).toEqual({ inputTokens: 11, outputTokens: 7 });
    rig.expectNothingLeft();
  });

  it('hands its first clause on while the model still writes, and is heard at once', async () => {
    rig.answer.start();
    await rig.write('Certainly');
    expect(rig.spoken).toEqual([]);
    await rig.write(',');
    expect(rig.spoken).toEqual(['Certainly,']);
    await rig.clock.advance(10);
    await rig.speak(0, 20, { last: false });
    expect(rig.frames).toBe(1);
    expect(rig.told).toEqual([]);
    await rig.speak(0, 200);
    await rig.clock.advance(40);
    expect(rig.told).toEqual(['audible 1010']);
  });

  it('is spoken without marks that only a reader sees, and remembered as it was written', async () => {
    rig.answer.start();
    await rig.write('It costs **$4.20** at', ' 10:30. ', '👍 ', 'Enjoy!');
    await rig.endModel();
    expect(rig.spoken).toEqual(['It costs 4 dollars and 20 cents at 10 30.', 'Enjoy!']);
    expect(rig.answer.text).toBe('It costs **$4.20** at 10:30. 👍 Enjoy!');
    for (let clause = 0; clause < 2; clause++) await rig.speak(clause, 400);
    await rig.endVoice();
    await rig.clock.advance(3_000);
    expect(rig.answer.heard.text).toBe(rig.answer.text);
  });

  it('has every mark at its instant', async () => {
    rig.answer.start();
    await rig.clock.advance(30);
    await rig.write('It is noon ');
    await rig.clock.advance(20);
    await rig.write('now. And');
    await rig.clock.advance(50);
    await rig.speak(0, 200, { last: false });
    await rig.clock.advance(7);
    await rig.write(' so on.');
    await rig.endModel();
    await rig.speak(1, 200);
    await rig.endVoice();
    await rig.clock.advance(2_000);
    expect(rig.answer.marks).toEqual({
      draftStarted: 1_000,
      llmSent: 1_000,
      llmFirstToken: 1_030,
      firstClause: 1_050,
      ttsSent: 1_050,
      ttsFirstByte: 1_100,
      ttsFirstSound: 1_100,
      firstFrameOut: 1_100,
      firstAudibleOut: 1_100,
      llmDone: 1_107,
      done: 1_500,
    });
  });

  it('knows when the model was done: at its error, or when no more was wanted', async () => {
    rig.answer.start();
    await rig.write('It is noon. ');
    await rig.clock.advance(40);
    rig.model.fail(new Error('gone'));
    await rig.clock.advance(10);
    expect(rig.answer.marks).toMatchObject({ llmSent: 1_000, llmDone: 1_040 });
    const stopped = new AnswerRig();
    stopped.answer.start();
    await stopped.write('It is noon. ');
    await stopped.speak(0, 400);
    await stopped.clock.advance(90);
    stopped.answer.stop();
    expect(stopped.answer.marks).toMatchObject({ llmSent: 1_000, llmDone: 1_090, done: 1_090 });
  });

  it('tells the silence that a voice begins with from the wait for the voice', async () => {
    rig.answer.start();
    await rig.write('It is noon. ');
    await rig.endModel();
    await rig.clock.advance(50);
    rig.voice.push({ pcm: new Int16Array(1_600), clause: 0, last: false });
    await rig.clock.advance(80);
    rig.voice.push({ pcm: tone(200, { rate: 16_000 }), clause: 0, last: true });
    await rig.endVoice();
    await rig.clock.advance(1_000);
    const { ttsFirstByte, ttsFirstSound, firstFrameOut } = rig.answer.marks;
    expect([ttsFirstByte, ttsFirstSound, firstFrameOut]).toEqual([1_050, 1_130, 1_130]);
  });

  it('knows how long connections took that had to be opened for it', async () => {
    const rig = new AnswerRig();
    rig.answer.start();
    await rig.clock.advance(120);
    rig.model.push({ type: 'text', text: 'It is noon. ', connectMs: 70 });
    await rig.clock.advance(60);
    rig.voice.push({ pcm: tone(100, { rate: 16_000 }), clause: 0, last: true, connectMs: 25 });
    await rig.clock.advance(10);
    const { llmSent, llmConnected, llmFirstToken, ttsSent, ttsConnected, ttsFirstByte } = rig.answer.marks;
    expect([llmConnected! - llmSent!, llmFirstToken! - llmSent!]).toEqual([70, 120]);
    expect([ttsConnected! - ttsSent!, ttsFirstByte! - ttsSent!]).toEqual([25, 60]);
    rig.answer.stop();
  });

  it('stops the model at the word limit, also one that does not listen', async () => {
    let returned = false;
    const stream = () => ({
      [Symbol.asyncIterator]: () => ({
        next: async () => await rig.model[Symbol.asyncIterator]().next(),
        return: async () => {
          returned = true;
          return await new Promise<never>(() => {});
        },
      }),
    });
    rig = new AnswerRig({ llm: { stream } });
    rig.answer.start();
    for (let i = 0; i < 9; i++) await rig.write('Ten words are in this sentence, as you can see. ');
    expect(returned).toBe(true);
    expect(rig.voiceCalls).toEqual(['end']);
    expect(rig.answer.text.split(' ')).toHaveLength(60);
    for (const clause of rig.spoken.keys()) await rig.speak(clause, 100);
    await rig.endVoice();
    await rig.clock.advance(2_000);
    expect(rig.told.at(-1)).toBe(`done ${1_000 + rig.spoken.length * 100}`);
    expect(rig.clock.pending).toBe(0);
  });

  it('does not know what a model used that was cut short, which it tells to stop', async () => {
    rig.answer.start();
    for (let i = 0; i < 9; i++) await rig.write('Ten words are in this sentence, as you can see. ');
    expect(rig.request?.signal.aborted).toBe(true);
    expect(rig.answer.usage).toBeNull();
  });
});

describe('a stall', () => {
  it('fails the answer 4 s after the last sign of life, and its streams are cancelled', async () => {
    rig.answer.start();
    await rig.clock.advance(1_000);
    await rig.write('It is ');
    await rig.clock.advance(3_999);
    expect(rig.told).toEqual([]);
    await rig.clock.advance(1);
    expect(rig.told).toEqual(['failed ANSWER_STALLED']);
    expect(rig.voiceCalls).toEqual(['cancel']);
    rig.expectNothingLeft();
  });

  it('is not a long answer that is being played', async () => {
    rig.answer.start();
    await rig.write('It is noon now.');
    await rig.endModel();
    await rig.speak(0, 10_000);
    await rig.endVoice();
    await rig.clock.advance(20_000);
    expect(rig.told).toEqual(['audible 1000', 'done 11000']);
  });

  it('in the middle of what is spoken fails the answer there', async () => {
    rig.answer.start();
    await rig.write('It is noon now. And');
    await rig.speak(0, 400);
    await rig.clock.advance(10_000);
    expect(rig.told).toEqual(['audible 1000', 'failed ANSWER_STALLED']);
    rig.expectNothingLeft();
  });
});

describe('stop', () => {
  it('keeps what was heard to the word where the voice tells when each is spoken', async () => {
    rig.answer.start();
    await rig.write('It is noon now.');
    await rig.endModel();
    const words = ['It', 'is', 'noon', 'now'].map((text, i) => ({
      text,
      startMs: i * 50,
      endMs: i * 50 + 50,
    }));
    rig.voice.push({ pcm: tone(2_000), clause: 0, last: true, words });
    await rig.endVoice();
    await rig.clock.advance(150);
    rig.answer.stop();
    expect(rig.frames).toBe(8);
    expect(rig.answer.heard.text).toBe('It is noon');
  });

  it('lets no further frame leave, and keeps of the answer what was heard', async () => {
    rig.answer.start();
    await rig.write('It is noon now. And the sun is high.');
    await rig.endModel();
    await rig.speak(0, 400);
    await rig.speak(1, 1_000);
    await rig.endVoice();
    await rig.clock.advance(600);
    const before = rig.frames;
    rig.answer.stop();
    await rig.clock.advance(1_000);
    expect(rig.frames).toBe(before);
    // 31 frames: all of the first clause, and 220 ms of the second, which is one word of five.
    expect(before).toBe(31);
    expect(rig.answer.heard.text).toBe('It is noon now. And');
    expect(rig.answer.text).toBe('It is noon now. And the sun is high.');
    expect(rig.answer.marks.done).toBe(1_600);
    expect(rig.told).toEqual(['audible 1000']);
    rig.expectNothingLeft();
  });

  it('before anything was heard leaves nothing heard and nothing told', async () => {
    rig.answer.start();
    await rig.write('It is noon now. And');
    rig.answer.stop();
    await rig.speak(0, 400);
    await rig.write(' so on.');
    await rig.clock.advance(10_000);
    expect(rig.frames).toBe(0);
    expect(rig.told).toEqual([]);
    expect(rig.answer.heard.text).toBe('');
    expect(rig.answer.marks.done).toBeUndefined();
    rig.expectNothingLeft();
  });

  it('twice, or after the end, changes nothing', async () => {
    rig.answer.start();
    await rig.write('It is noon now.');
    await rig.endModel();
    await rig.speak(0, 400);
    await rig.endVoice();
    await rig.clock.advance(1_000);
    const { done } = rig.answer.marks;
    rig.answer.stop();
    rig.answer.stop();
    expect(rig.answer.marks.done).toBe(done);
    expect(rig.answer.heard.text).toBe('It is noon now.');
    rig.expectNothingLeft();
  });

  it('is not held up by a model and a voice that ignore it', async () => {
    rig = new AnswerRig({ reply: () => ({ speak() {}, end() {}, cancel() {}, audio: rig.voice }) });
    rig.answer.start();
    await rig.write('It is noon now. And');
    rig.answer.stop();
    rig.expectNothingLeft();
    await rig.speak(0, 400);
    await rig.write(' so on. And on.');
    rig.model.abort(new Error('late'));
    rig.voice.abort(new Error('late'));
    await rig.clock.advance(10_000);
    expect(rig.told).toEqual([]);
    expect(rig.frames).toBe(0);
    expect(rig.clock.pending).toBe(0);
  });
});
