import { describe, expect, it } from 'vitest';
import { EngineDriver } from './engine-driver.ts';

/** Ann says a complete phrase from 0 to 1,000 ms; the interim with its last word comes at 1,150. */
function annAsks(driver: EngineDriver, text = 'what time is it'): void {
  driver.speak('ann', 0, 1_000);
  driver.to(1_150);
  driver.interim('ann', text, true);
}

const final = (driver: EngineDriver, text: string) => driver.tell({ type: 'final', speakerId: 'ann', text });

describe('a draft', () => {
  it('begins with the interim of a complete phrase, and is the answer when the final says the same', () => {
    const driver = new EngineDriver();
    annAsks(driver);
    driver.to(1_260);
    final(driver, 'What time is it?');
    expect(driver.story).toEqual([
      '1150 startDraft 1 "what time is it"',
      '1200 commit ann',
      '1260 openGate 1 "What time is it?" draft 1',
    ]);
    const turn = driver.turnOf(1);
    expect(turn).toMatchObject({ speculation: 'hit', interimUsedMs: 1_150, modelCalls: 1 });
  });

  it('is cancelled when the final says something else, and another answer begins', () => {
    const driver = new EngineDriver();
    annAsks(driver, 'what time is it');
    driver.to(1_260);
    final(driver, 'what dime is it');
    expect(driver.story.slice(2)).toEqual(['1260 cancelDraft 1', '1260 openGate 1 "what dime is it"']);
    expect(driver.turnOf(1)).toMatchObject({ speculation: 'miss', interimUsedMs: null, modelCalls: 2 });
  });

  it('waits for the final where that is asked for early: the last word may be missing', () => {
    const driver = new EngineDriver({ earlyCommit: true });
    driver.speak('ann', 0, 1_000);
    driver.interim('ann', 'what time is the', false);
    driver.to(1_750);
    expect(driver.story).toEqual(['1080 commit ann']);
    final(driver, 'what time is the train');
    driver.to(1_750);
    expect(driver.story.slice(1)).toEqual([
      '1750 startDraft 1 "what time is the train"',
      '1750 openGate 1 "what time is the train" draft 1',
    ]);
  });

  it('waits for 60 ms of silence: a complete phrase may go on', () => {
    const driver = new EngineDriver();
    driver.speak('ann', 0, 600);
    driver.interim('ann', 'what time is it', true);
    driver.to(640);
    driver.tell({ type: 'voiced', speakerId: 'ann', voicedMs: 640 });
    driver.to(699);
    expect(driver.story).toEqual([]);
    driver.to(700);
    expect(driver.story).toEqual(['700 startDraft 1 "what time is it"']);
  });

  it('of words that came before the last sound waits for the last word, unless the recogniser is sure', () => {
    const draftedMs = (completeness?: 'complete') => {
      const driver = new EngineDriver();
      driver.speak('ann', 0, 600);
      const hint = completeness ? { completeness } : {};
      driver.tell({ type: 'interim', speakerId: 'ann', text: 'what time is it', ...hint });
      driver.speak('ann', 610, 650);
      driver.to(1_000);
      return driver.effects.find(({ effect }) => effect.type === 'startDraft')?.atMs;
    };
    expect(draftedMs('complete')).toBe(710);
    expect(draftedMs()).toBe(810);
  });

  it('of an incomplete phrase waits for half of the gate', () => {
    const driver = new EngineDriver();
    driver.speak('ann', 0, 1_000);
    driver.interim('ann', 'turn on the', false);
    driver.to(1_699);
    expect(driver.story).toEqual([]);
    driver.to(1_700);
    expect(driver.story).toEqual(['1700 startDraft 1 "turn on the"']);
  });

  it('is not begun for somebody who asks for time', () => {
    const driver = new EngineDriver();
    driver.speak('ann', 0, 1_000);
    driver.interim('ann', 'hold on', true);
    driver.to(4_999);
    expect(driver.story).toEqual([]);
    driver.to(5_000);
    expect(driver.story).toEqual(['5000 commit ann']);
  });

  it('is cancelled when speech resumes, but not by a breath', () => {
    const driver = new EngineDriver();
    annAsks(driver);
    driver.speak('ann', 1_180, 1_240);
    expect(driver.story).toEqual(['1150 startDraft 1 "what time is it"']);
    driver.speak('ann', 1_260, 1_400);
    expect(driver.story).toEqual(['1150 startDraft 1 "what time is it"', '1360 cancelDraft 1']);
  });

  it('is the third at most of one turn', () => {
    const driver = new EngineDriver();
    driver.speak('ann', 0, 1_000);
    for (const [index, text] of ['a', 'a b', 'a b c', 'a b c d'].entries()) {
      driver.to(1_100 + 10 * index);
      driver.interim('ann', text, true);
    }
    expect(driver.story).toEqual([
      '1100 startDraft 1 "a"',
      '1110 startDraft 2 "a b"',
      '1120 cancelDraft 1',
      '1120 startDraft 3 "a b c"',
    ]);
  });

  it('is not begun after ten seconds of speech', () => {
    const driver = new EngineDriver();
    driver.speak('ann', 0, 10_100);
    driver.interim('ann', 'and that was my holiday', true);
    driver.to(10_299);
    expect(driver.story).toEqual([]);
  });

  it('is not begun while somebody else is answered, and void when somebody else is', () => {
    const driver = new EngineDriver();
    driver.speak('ben', 0, 900);
    driver.interim('ben', 'roll a dice', true);
    driver.speak('ann', 100, 1_000);
    driver.to(1_105);
    driver.interim('ann', 'what time is it', true);
    driver.tell({ type: 'final', speakerId: 'ben', text: 'roll a dice' });
    driver.to(1_150);
    driver.interim('ann', 'what time is it now', true);
    expect(driver.story).toEqual([
      '960 startDraft 1 "roll a dice"',
      '1100 commit ben',
      '1105 startDraft 2 "what time is it"',
      '1105 cancelDraft 2',
      '1105 openGate 1 "roll a dice" draft 1',
    ]);
  });

  it('that fails is made anew, the last time at the gate', () => {
    const driver = new EngineDriver();
    annAsks(driver);
    driver.tell({ type: 'draftFailed', draftId: 1, code: 'LLM_FAILED' });
    for (const draftId of [2, 3]) {
      driver.interim('ann', 'what time is it', true);
      driver.tell({ type: 'draftFailed', draftId, code: 'LLM_FAILED' });
    }
    driver.interim('ann', 'what time is it', true);
    driver.to(1_210);
    final(driver, 'what time is it');
    expect(driver.story).toEqual([
      ...[1, 2, 3].flatMap((id) => [`1150 startDraft ${id} "what time is it"`, `1150 cancelDraft ${id}`]),
      '1200 commit ann',
      '1210 openGate 1 "what time is it"',
    ]);
  });

  it('is not begun at all when speculation is off', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    annAsks(driver);
    expect(driver.story).toEqual([]);
  });

  it('of one who leaves is cancelled', () => {
    const driver = new EngineDriver();
    annAsks(driver);
    driver.tell({ type: 'gone', speakerId: 'ann' });
    expect(driver.story.at(-1)).toBe('1150 cancelDraft 1');
    expect([...driver.timers.keys()]).toEqual([]);
  });
});

describe('a recogniser that can be asked early', () => {
  const early = () => new EngineDriver({ earlyCommit: true });

  it('is asked after 80 ms of silence, so that the final is there before the gate', () => {
    const driver = early();
    annAsks(driver);
    driver.to(1_181);
    final(driver, 'what time is it');
    driver.to(1_300);
    expect(driver.story).toEqual([
      '1080 commit ann',
      '1150 startDraft 1 "what time is it"',
      '1200 openGate 1 "what time is it" draft 1',
    ]);
  });

  it('gives the draft its words at once when they differ from the interim', () => {
    const driver = early();
    annAsks(driver);
    driver.to(1_181);
    final(driver, 'what time was it');
    driver.to(1_300);
    expect(driver.story.slice(2)).toEqual([
      '1181 startDraft 2 "what time was it"',
      '1200 cancelDraft 1',
      '1200 openGate 1 "what time was it" draft 2',
    ]);
  });

  it('is asked after 80 ms of the last silence too when there was one just before', () => {
    const driver = early();
    driver.speak('ann', 0, 1_000);
    driver.to(1_100);
    for (let atMs = 1_100; atMs <= 1_300; atMs += 20) {
      driver.to(atMs);
      driver.tell({ type: 'voiced', speakerId: 'ann', voicedMs: atMs });
    }
    driver.to(1_450);
    expect(driver.story).toEqual(['1080 commit ann', '1380 commit ann']);
  });

  it('loses no words of one who goes on, and asks again', () => {
    const driver = early();
    driver.speak('ann', 0, 1_000);
    driver.to(1_150);
    driver.interim('ann', 'turn on the', false);
    driver.to(1_181);
    final(driver, 'turn on the');
    driver.speak('ann', 1_500, 2_000);
    driver.to(2_150);
    driver.interim('ann', 'light', true);
    driver.to(2_181);
    final(driver, 'light');
    driver.to(2_300);
    expect(driver.story).toEqual([
      '1080 commit ann',
      '2080 commit ann',
      '2150 startDraft 1 "turn on the light"',
      '2200 openGate 1 "turn on the light" draft 1',
    ]);
  });

  it('settles what the last word was: no draft is made of the words before it', () => {
    const driver = early();
    driver.speak('ann', 0, 500);
    driver.tell({ type: 'interim', speakerId: 'ann', text: 'what time is it' });
    for (let atMs = 520; atMs <= 700; atMs += 20) {
      driver.to(atMs);
      driver.tell({ type: 'voiced', speakerId: 'ann', voicedMs: atMs });
    }
    driver.to(870);
    final(driver, 'what time is it in london');
    driver.to(1_000);
    expect(driver.story).toEqual([
      '780 commit ann',
      '870 startDraft 1 "what time is it in london"',
      '900 openGate 1 "what time is it in london" draft 1',
    ]);
  });

  it('is not believed an interim that comes after its final', () => {
    const driver = early();
    annAsks(driver);
    driver.to(1_181);
    final(driver, 'what time is it');
    driver.interim('ann', 'what time is it', true);
    driver.to(1_300);
    expect(driver.story.at(-1)).toBe('1200 openGate 1 "what time is it" draft 1');
  });
});
