/** What recognisers, voices and people should not do, but do: each has one defined end, with its reason. */
import { describe, expect, it } from 'vitest';
import type { TurnOptions } from '../../src/turn/defaults.ts';
import { EngineDriver } from './engine-driver.ts';

const driverWith = (options: Partial<TurnOptions> = {}) =>
  new EngineDriver({ speculation: 'off', ...options });

const annAsks = (driver: EngineDriver, text = 'what time is it') => driver.ask('ann', text, 0, 1_000);

/** Nothing is left to wait for, and nobody has the floor. */
function expectRest(driver: EngineDriver): void {
  driver.to(driver.nowMs + 120_000);
  expect([...driver.timers]).toEqual([]);
  expect(driver.state.speakers.size).toBe(0);
  expect(driver.state.floor).toEqual({ phase: 'free' });
}

describe('an interim', () => {
  it('that shrinks to an open phrase makes the gate wait again', () => {
    const driver = driverWith();
    driver.speak('ann', 0, 1_000);
    driver.interim('ann', 'turn on the light', true);
    driver.to(1_100);
    driver.interim('ann', 'turn on the', false);
    driver.to(2_399);
    expect(driver.story).toEqual([]);
    driver.to(2_400);
    expect(driver.story).toEqual(['2400 commit ann']);
  });

  it('that is rewritten voids the draft of what it said before', () => {
    const driver = driverWith({ speculation: 'llm+tts' });
    driver.speak('ann', 0, 1_000);
    driver.to(1_020);
    driver.interim('ann', 'what time is it', true);
    driver.to(1_100);
    driver.interim('ann', 'what lime is it', true);
    driver.to(1_205);
    driver.tell({ type: 'final', speakerId: 'ann', text: 'what lime is it' });
    expect(driver.story).toEqual([
      '1060 startDraft 1 "what time is it"',
      '1100 startDraft 2 "what lime is it"',
      '1200 commit ann',
      '1205 cancelDraft 1',
      '1205 openGate 1 "what lime is it" draft 2',
    ]);
  });

  it('that turns empty leaves nothing to answer, and what the final says is answered', () => {
    const driver = driverWith();
    driver.speak('ann', 0, 1_000);
    driver.interim('ann', 'what time is it', true);
    driver.to(1_100);
    driver.interim('ann', '', false);
    driver.to(2_405);
    driver.tell({ type: 'final', speakerId: 'ann', text: 'what time is it' });
    expect(driver.story).toEqual(['2400 commit ann', '2405 openGate 1 "what time is it"']);
  });

  it('that comes after the final begins no second turn', () => {
    const driver = driverWith();
    annAsks(driver);
    driver.to(1_400);
    driver.interim('ann', 'what time is it', true);
    driver.tell({ type: 'answerAudible', turnId: 1 });
    driver.to(2_000);
    driver.tell({ type: 'answerDone', turnId: 1 });
    expect(driver.story.filter((line) => line.includes('openGate'))).toHaveLength(1);
    expect(driver.endOf(1)).toMatchObject({ outcome: 'answered' });
    expectRest(driver);
  });

  it('that comes after an early final neither repeats words nor moves the gate', () => {
    const driver = driverWith({ earlyCommit: true });
    driver.speak('ann', 0, 1_000);
    driver.interim('ann', 'what time is it', true);
    driver.to(1_150);
    driver.tell({ type: 'final', speakerId: 'ann', text: 'what time is it' });
    driver.interim('ann', 'what time is', false);
    driver.to(3_000);
    expect(driver.story.slice(0, 2)).toEqual(['1080 commit ann', '1200 openGate 1 "what time is it"']);
  });

  it('of somebody who is not speaking is nothing', () => {
    const driver = driverWith();
    driver.interim('ann', 'what time is it', true);
    expect(driver.state.speakers.size).toBe(0);
    expectRest(driver);
  });
});

describe('a final', () => {
  it('that is told twice is answered once', () => {
    const driver = driverWith();
    annAsks(driver);
    driver.tell({ type: 'final', speakerId: 'ann', text: 'what time is it' });
    driver.to(1_300);
    driver.tell({ type: 'final', speakerId: 'ann', text: 'what time is it' });
    expect(driver.story).toEqual(['1200 commit ann', '1205 openGate 1 "what time is it"']);
  });

  it('that is empty after long speech is answered as unclear', () => {
    const driver = driverWith();
    driver.speak('ann', 0, 1_000);
    driver.to(2_405);
    driver.tell({ type: 'final', speakerId: 'ann', text: '' });
    expect(driver.story).toEqual(['2400 commit ann', '2405 openGate 1 ""']);
  });

  it('that is empty after a short sound is no turn', () => {
    const driver = driverWith();
    driver.speak('ann', 0, 200);
    driver.to(1_650);
    driver.tell({ type: 'final', speakerId: 'ann', text: '' });
    expect(driver.story).toEqual(['1600 commit ann']);
    expectRest(driver);
  });

  it('that never comes gives way to an interim that was complete', () => {
    const driver = driverWith();
    driver.speak('ann', 0, 1_000);
    driver.interim('ann', 'what time is it', true);
    driver.to(2_200);
    expect(driver.story).toEqual([
      '1200 commit ann',
      '2200 resetRecogniser ann',
      '2200 openGate 1 "what time is it"',
    ]);
    expect(driver.turnOf(1)).toMatchObject({ sttFinalMs: null });
  });

  it('that never comes after an open interim ends the turn with its reason', () => {
    const driver = driverWith();
    driver.speak('ann', 0, 1_000);
    driver.interim('ann', 'turn on the', false);
    driver.to(3_400);
    expect(driver.story).toEqual(['2400 commit ann', '3400 resetRecogniser ann', '3400 sayNotice 1 failed']);
    driver.tell({ type: 'noticeDone', turnId: 1 });
    expect(driver.endOf(1)).toMatchObject({ outcome: 'unanswered', reason: 'STT_TIMEOUT' });
  });

  it('that comes when its turn was given up is nothing', () => {
    const driver = driverWith();
    driver.speak('ann', 0, 1_000);
    driver.to(3_400);
    expect(driver.story.at(-1)).toBe('3400 sayNotice 1 failed');
    driver.tell({ type: 'final', speakerId: 'ann', text: 'what time is it' });
    driver.tell({ type: 'noticeDone', turnId: 1 });
    expect(driver.endOf(1)).toMatchObject({ reason: 'STT_TIMEOUT' });
    expectRest(driver);
  });
});

describe('a recogniser that fails', () => {
  it('in the middle of speech ends the turn with its code, at the gate', () => {
    const driver = driverWith();
    driver.speak('ann', 0, 1_000);
    driver.tell({ type: 'recogniserFailed', speakerId: 'ann', code: 'STT_DOWN' });
    driver.to(2_400);
    driver.tell({ type: 'noticeDone', turnId: 1 });
    expect(driver.endOf(1)).toMatchObject({ outcome: 'unanswered', reason: 'STT_DOWN' });
    expectRest(driver);
  });

  it('while somebody else is answered does not swallow what was said', () => {
    const driver = driverWith({ earlyCommit: true, addressing: 'always' });
    annAsks(driver);
    driver.to(1_260);
    driver.tell({ type: 'answerAudible', turnId: 1 });
    driver.speak('ben', 1_300, 1_900);
    driver.interim('ben', 'roll a dice and', false);
    driver.to(2_050);
    driver.tell({ type: 'final', speakerId: 'ben', text: 'roll a dice and' });
    driver.speak('ben', 2_100, 2_600);
    driver.tell({ type: 'recogniserFailed', speakerId: 'ben', code: 'STT_DOWN' });
    driver.to(6_000);
    expect(driver.endOf(2)).toMatchObject({
      ...{ outcome: 'unanswered', reason: 'STT_DOWN', turn: { speakerId: 'ben', text: 'roll a dice and' } },
    });
  });
});

describe('news of an answer', () => {
  it('that was cancelled changes nothing', () => {
    const driver = driverWith();
    annAsks(driver);
    driver.to(1_250);
    driver.speak('ann', 1_250, 1_600);
    expect(driver.story).toContain('1350 stopAnswer 1');
    driver.tell({ type: 'answerStarted', turnId: 1 });
    driver.tell({ type: 'answerAudible', turnId: 1 });
    driver.tell({ type: 'spoken', turnId: 1, text: 'It is four.' });
    driver.tell({ type: 'answerDone', turnId: 1 });
    driver.tell({ type: 'answerFailed', turnId: 1, code: 'LLM_FAILED' });
    expect(driver.state.floor).toEqual({ phase: 'free' });
    expect(driver.endOf(1)).toBeUndefined();
    driver.interim('ann', 'in rome', true);
    driver.to(1_805);
    driver.tell({ type: 'final', speakerId: 'ann', text: 'in rome' });
    expect(driver.turnOf(2)).toMatchObject({ text: 'what time is it in rome' });
  });

  it('that was never begun changes nothing', () => {
    const driver = driverWith();
    for (const type of ['answerStarted', 'answerAudible', 'answerDone', 'noticeDone'] as const) {
      driver.tell({ type, turnId: 7 });
    }
    driver.tell({ type: 'draftFailed', draftId: 7, code: 'LLM_FAILED' });
    expect(driver.story).toEqual([]);
    expectRest(driver);
  });

  it('that ends before it is audible is a failure with a reason', () => {
    const driver = driverWith();
    annAsks(driver);
    driver.to(1_300);
    driver.tell({ type: 'answerStarted', turnId: 1 });
    driver.tell({ type: 'answerDone', turnId: 1 });
    driver.tell({ type: 'noticeDone', turnId: 1 });
    expect(driver.endOf(1)).toMatchObject({ outcome: 'unanswered', reason: 'EMPTY_ANSWER' });
  });
});

describe('a speaker', () => {
  it('who leaves in the middle of a word leaves nothing behind', () => {
    const driver = driverWith({ speculation: 'llm+tts' });
    driver.speak('ann', 0, 400);
    driver.interim('ann', 'what', true);
    driver.to(500);
    driver.tell({ type: 'gone', speakerId: 'ann' });
    expect(driver.story.filter((line) => line.includes('startDraft'))).toHaveLength(
      driver.story.filter((line) => line.includes('cancelDraft')).length,
    );
    expect([...driver.timers]).toEqual([]);
    driver.tell({ type: 'final', speakerId: 'ann', text: 'what' });
    driver.tell({ type: 'talkEnded', speakerId: 'ann' });
    expectRest(driver);
  });

  it('who leaves while their final is awaited ends unanswered, with the reason', () => {
    const driver = driverWith();
    driver.speak('ann', 0, 1_000);
    driver.interim('ann', 'what time is it', true);
    driver.to(1_250);
    driver.tell({ type: 'gone', speakerId: 'ann' });
    expect(driver.endOf(1)).toMatchObject({ outcome: 'unanswered', reason: 'SPEAKER_LEFT' });
    expectRest(driver);
  });
});

describe('a clock that goes back', () => {
  it('stops nothing for ever', () => {
    const driver = driverWith();
    driver.speak('ann', 10_000, 11_000);
    driver.nowMs = 5_000;
    driver.speak('ann', 5_000, 5_400);
    driver.interim('ann', 'what time is it', true);
    driver.to(20_000);
    driver.tell({ type: 'final', speakerId: 'ann', text: 'what time is it' });
    driver.to(60_000);
    driver.tell({ type: 'noticeDone', turnId: 1 });
    expectRest(driver);
  });
});
