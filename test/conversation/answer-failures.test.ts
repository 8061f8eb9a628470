/** One answer under virtual time: a model, a voice or a connection that fails, before and after something was heard. */
// @module-tag fault
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silence } from '../support/tone.ts';
import { settle } from '../support/virtual-clock.ts';
import { AnswerRig } from './answer-rig.ts';

let rig: AnswerRig;
beforeEach(() => {
  rig = new AnswerRig();
});
afterEach(() => rig.mouth.close());

describe('a model that fails', () => {
  it('before anything was heard fails the answer, and what was synthesised is dropped', async () => {
    rig.connected = false;
    rig.answer.start();
    await rig.write('It is noon now. And');
    await rig.speak(0, 400);
    rig.model.abort(new Error('overloaded'));
    await settle();
    expect(rig.told).toEqual(['failed LLM_FAILED']);
    rig.connected = true;
    await rig.clock.advance(5_000);
    expect(rig.frames).toBe(0);
    expect(rig.voiceCalls).toEqual(['cancel']);
    rig.expectNothingLeft();
  });

  it('after something was heard lets that be played, and the answer is what was heard', async () => {
    rig.answer.start();
    await rig.write('It is noon now. And');
    await rig.speak(0, 400);
    await rig.clock.advance(100);
    rig.model.abort(new Error('overloaded'));
    await settle();
    expect(rig.voiceCalls).toEqual(['end']);
    await rig.endVoice();
    await rig.clock.advance(2_000);
    expect(rig.told).toEqual(['audible 1000', 'done 1400']);
    expect(rig.answer.heard.text).toBe('It is noon now.');
    expect(rig.answer.marks).toMatchObject({ llmDone: 1_100, done: 1_400 });
    rig.expectNothingLeft();
  });

  it('when too little was heard to count is the reason, not the voice', async () => {
    rig.answer.start();
    await rig.write('It is noon now. And');
    await rig.speak(0, 40, { last: false });
    rig.model.abort(new Error('overloaded'));
    await settle();
    await rig.endVoice();
    await rig.clock.advance(2_000);
    expect(rig.told).toEqual(['failed LLM_FAILED', 'written It is noon now.']);
    rig.expectNothingLeft();
  });

  it('by writing nothing fails the answer', async () => {
    rig.answer.start();
    await rig.write('  \n');
    await rig.endModel();
    expect(rig.told).toEqual(['failed EMPTY_ANSWER']);
    expect(rig.voiceCalls).toEqual(['cancel']);
    rig.expectNothingLeft();
  });

  it('and then the voice too still ends what is being spoken', async () => {
    rig.answer.start();
    await rig.write('It is noon now. And');
    await rig.speak(0, 400, { last: false });
    await rig.clock.advance(100);
    rig.model.abort(new Error('overloaded'));
    await settle();
    rig.voice.abort(new Error('gone'));
    await rig.clock.advance(2_000);
    expect(rig.told).toEqual(['audible 1000', 'done 1400']);
    rig.expectNothingLeft();
  });
});

describe('a voice that fails', () => {
  it('before anything was heard fails the answer at once, and the chat gets all of it once it is written', async () => {
    rig.answer.start();
    await rig.write('It is noon now. And');
    rig.voice.abort(new Error('quota'));
    await settle();
    expect(rig.told).toEqual(['failed TTS_FAILED']);
    rig.answer.stop();
    await rig.write(' so on.');
    await rig.endModel();
    expect(rig.told).toEqual(['failed TTS_FAILED', 'written It is noon now. And so on.']);
    expect(rig.spoken).toEqual(['It is noon now.']);
    rig.expectNothingLeft();
  });

  it('at its opening is no different', async () => {
    rig = new AnswerRig({
      reply() {
        throw new Error('closed');
      },
    });
    rig.answer.start();
    rig.answer.stop();
    expect(rig.told).toEqual(['failed TTS_FAILED']);
    await rig.write('It is noon now.');
    await rig.endModel();
    expect(rig.told).toEqual(['failed TTS_FAILED', 'written It is noon now.']);
    rig.expectNothingLeft();
  });

  it('when it is given a clause is no different, and the model is not blamed', async () => {
    const speak = () => {
      throw new Error('socket closed');
    };
    rig = new AnswerRig({ reply: () => ({ speak, end() {}, cancel() {}, audio: rig.voice }) });
    rig.answer.start();
    await rig.write('It is noon now. And');
    expect(rig.told).toEqual(['failed TTS_FAILED']);
    await rig.write(' so on.');
    await rig.endModel();
    expect(rig.told.at(-1)).toBe('written It is noon now. And so on.');
  });

  it('after something was heard lets that be played, and the chat gets all of it', async () => {
    rig.answer.start();
    await rig.write('It is noon now. And so on. ');
    await rig.speak(0, 400);
    await rig.clock.advance(100);
    rig.voice.abort(new Error('gone'));
    await settle();
    await rig.endModel();
    await rig.clock.advance(2_000);
    expect(rig.told).toEqual(['audible 1000', 'written It is noon now. And so on.', 'done 1400']);
    expect(rig.answer.heard.text).toBe('It is noon now.');
    rig.expectNothingLeft();
  });

  it('when too little was heard to count fails the answer with its own reason', async () => {
    rig.answer.start();
    await rig.write('It is noon now. And');
    await rig.speak(0, 40, { last: false });
    rig.voice.abort(new Error('gone'));
    await rig.clock.advance(1_000);
    await rig.endModel();
    expect(rig.told).toEqual(['failed TTS_FAILED', 'written It is noon now. And']);
    rig.expectNothingLeft();
  });

  it('by ending before the answer does', async () => {
    rig.answer.start();
    await rig.write('It is noon now. And');
    await rig.speak(0, 400);
    await rig.clock.advance(100);
    await rig.endVoice();
    await rig.endModel();
    await rig.clock.advance(1_000);
    expect(rig.told).toEqual(['audible 1000', 'written It is noon now. And', 'done 1400']);
  });

  it('by ending without a sound', async () => {
    rig.answer.start();
    await rig.write('It is noon now.');
    await rig.endModel();
    await rig.endVoice();
    expect(rig.told).toEqual(['failed TTS_ENDED_EARLY', 'written It is noon now.']);
    rig.expectNothingLeft();
  });

  it('by speaking silence', async () => {
    rig.answer.start();
    await rig.write('It is noon now.');
    await rig.endModel();
    await rig.speak(0, 1_000, { pcm: silence(1_000) });
    await rig.endVoice();
    await rig.clock.advance(20);
    expect(rig.told).toEqual(['failed TTS_SILENT', 'written It is noon now.']);
    rig.expectNothingLeft();
  });

  it('with a model that never ends: the chat gets what there is after 4 s', async () => {
    rig.answer.start();
    await rig.write('It is noon now. And');
    rig.voice.abort(new Error('quota'));
    await settle();
    rig.answer.stop();
    await rig.clock.advance(3_999);
    expect(rig.told).toEqual(['failed TTS_FAILED']);
    await rig.clock.advance(1);
    expect(rig.told).toEqual(['failed TTS_FAILED', 'written It is noon now.']);
    rig.expectNothingLeft();
  });

  it('writes nothing when the conversation is over', async () => {
    rig.answer.start();
    await rig.write('It is noon now. And');
    rig.voice.abort(new Error('quota'));
    await settle();
    rig.answer.stop();
    rig.over.abort();
    rig.expectNothingLeft();
    await rig.write(' so on.');
    await rig.endModel();
    await rig.clock.advance(10_000);
    expect(rig.told).toEqual(['failed TTS_FAILED']);
  });
});

describe('a connection that is lost', () => {
  it('before anything was heard fails the answer, and the chat gets it', async () => {
    rig.connected = false;
    rig.answer.start();
    await rig.write('It is noon now.');
    await rig.endModel();
    await rig.speak(0, 400);
    await rig.endVoice();
    await rig.clock.advance(3_100);
    expect(rig.told).toEqual(['failed VOICE_LOST', 'written It is noon now.']);
    rig.expectNothingLeft();
  });
});
