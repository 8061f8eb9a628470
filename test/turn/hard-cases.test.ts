/** Sequences in which each part does as it should, and the whole must as well. */
import { describe, expect, it } from 'vitest';
import { EngineDriver } from './engine-driver.ts';

/** Ann asks from 0 to 1,000 ms, and hears the answer from 1,260 on. */
function answering(saying = 'It is a quarter past nine in the morning.'): EngineDriver {
  const driver = new EngineDriver({ speculation: 'off' });
  driver.ask('ann', 'what time is it', 0, 1_000);
  driver.tell({ type: 'spoken', turnId: 1, text: saying });
  driver.to(1_260);
  driver.tell({ type: 'answerAudible', turnId: 1 });
  return driver;
}

describe('a sound between the end of turn and the final transcript', () => {
  it('may yet be confirmed as speech: no answer begins before that is known', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    driver.speak('ann', 0, 1_000);
    driver.interim('ann', 'what time is it', true);
    driver.to(1_220);
    driver.tell({ type: 'onset', speakerId: 'ann' });
    driver.to(1_260);
    driver.tell({ type: 'final', speakerId: 'ann', text: 'what time is it' });
    driver.to(1_419);
    expect(driver.story).toEqual(['1200 commit ann']);
    driver.to(1_420);
    expect(driver.story.slice(1)).toEqual(['1420 openGate 1 "what time is it"']);
  });
});

describe('echo of the answer', () => {
  it('is known by when it began, not by when its words are final', () => {
    const driver = answering();
    driver.to(4_000);
    driver.tell({ type: 'answerDone', turnId: 1 });
    driver.speak('ann', 4_020, 4_600);
    driver.interim('ann', 'nine in the', false);
    driver.to(6_050);
    driver.tell({ type: 'final', speakerId: 'ann', text: 'nine in the' });
    expect(driver.story.at(-1)).toBe('6000 commit ann');
  });

  it('is known while the next answer plays already', () => {
    const driver = answering();
    driver.ask('ben', 'roll a dice', 3_000, 3_600);
    driver.to(3_900);
    driver.tell({ type: 'answerDone', turnId: 1 });
    driver.tell({ type: 'spoken', turnId: 2, text: 'You have rolled a five.' });
    driver.speak('ann', 3_920, 3_980);
    driver.to(3_990);
    driver.tell({ type: 'answerAudible', turnId: 2 });
    driver.ask('ann', 'nine in the morning', 4_000, 4_300);
    driver.to(5_000);
    driver.tell({ type: 'answerDone', turnId: 2 });
    expect(driver.story.filter((line) => line.includes('openGate'))).toHaveLength(2);
  });

  it('is no part of what somebody asked who waits for the floor', () => {
    const driver = answering('It is a quarter past nine in the morning and the sun is out.');
    driver.ask('ben', 'roll a dice', 1_400, 1_900);
    driver.speak('ben', 2_300, 3_000);
    driver.interim('ben', 'a quarter past nine', true);
    driver.to(3_250);
    driver.tell({ type: 'final', speakerId: 'ben', text: 'a quarter past nine' });
    driver.to(5_000);
    driver.tell({ type: 'answerDone', turnId: 1 });
    expect(driver.story.at(-1)).toMatch(/openGate \d "roll a dice"$/);
  });
});

describe('a false cut-off', () => {
  it('is one also when the words are final only after the answer went on', () => {
    const driver = answering();
    driver.speak('ann', 1_900, 2_200);
    driver.to(3_650);
    driver.tell({ type: 'final', speakerId: 'ann', text: 'in london i mean' });
    expect(driver.endOf(1)).toMatchObject({ bargedIn: true, falseCutoff: true });
  });

  it('is one also when the answer is over before it gives way', () => {
    const driver = answering();
    driver.speak('ann', 1_400, 1_560);
    driver.interim('ann', 'in london i mean', true);
    driver.to(1_580);
    driver.tell({ type: 'answerDone', turnId: 1 });
    expect(driver.endOf(1)).toMatchObject({ falseCutoff: true });
  });

  it('teaches how long the speaker pauses', () => {
    const driver = answering();
    driver.speak('ann', 1_380, 1_800);
    driver.interim('ann', 'in london i mean', true);
    expect(driver.endOf(1)).toMatchObject({ falseCutoff: true });
    expect(driver.state.rhythms.get('ann')?.afterCompleteMs).toBeGreaterThan(200);
  });
});

describe('a paused answer', () => {
  it('does not go on before words are decided that came after others were asked for', () => {
    const driver = answering();
    driver.speak('ann', 3_000, 3_300);
    driver.interim('ann', 'um', false);
    driver.to(3_620);
    driver.speak('ann', 3_620, 3_900);
    driver.tell({ type: 'final', speakerId: 'ann', text: '' });
    driver.interim('ann', 'i need', false);
    driver.to(4_300);
    driver.tell({ type: 'final', speakerId: 'ann', text: 'i need milk' });
    driver.to(4_700);
    expect(driver.story).not.toContain('4600 resumeAnswer 1');
    expect(driver.endOf(1)).toMatchObject({ bargedIn: true });
  });

  it('does not go on and stop after all when the recogniser that was to decide fails', () => {
    const driver = answering();
    driver.speak('ann', 3_000, 3_300);
    driver.interim('ann', 'i', false);
    driver.tell({ type: 'recogniserFailed', speakerId: 'ann', code: 'STT_DOWN' });
    driver.to(10_000);
    const resumed = driver.effects.filter(({ effect }) => effect.type === 'resumeAnswer');
    const stopped = driver.effects.filter(({ effect }) => effect.type === 'stopAnswer');
    expect([resumed.length, stopped.length]).toEqual([0, 1]);
  });

  it('does not swallow the "yes" to the question that it was', () => {
    const driver = answering('Shall I turn it off?');
    driver.speak('ann', 3_000, 3_300);
    driver.interim('ann', 'yes', true);
    driver.to(3_510);
    driver.tell({ type: 'final', speakerId: 'ann', text: 'yes' });
    driver.to(6_000);
    driver.tell({ type: 'answerDone', turnId: 1 });
    expect(driver.story.filter((line) => line.includes('openGate'))).toHaveLength(2);
  });
});

describe('an answer that is not audible yet', () => {
  it('is not held back for ever by sounds that are no speech', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    driver.ask('ann', 'what time is it', 0, 1_000);
    // Keys that are struck, each more than 200 ms after the one before.
    for (let atMs = 1_220; atMs < 3_200; atMs += 220) {
      driver.to(atMs);
      driver.tell({ type: 'onset', speakerId: 'ann' });
    }
    const held = driver.effects.filter(({ effect }) => effect.type === 'pauseAnswer');
    expect(held.length).toBeLessThanOrEqual(3);
  });
});

describe('what is learned and kept', () => {
  it('a slow release that comes after the end of turn is no quick one in a row', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    for (const [i, trailingMs] of [60, 60, 230, 60].entries()) {
      const fromMs = 1_000 + i * 10_000;
      driver.speak('ann', fromMs, fromMs + 1_000);
      driver.interim('ann', 'what time is it', true);
      if (trailingMs > 200) {
        driver.to(fromMs + 1_205);
        driver.tell({ type: 'final', speakerId: 'ann', text: 'what time is it' });
      }
      driver.to(fromMs + 1_000 + trailingMs);
      driver.tell({ type: 'talkEnded', speakerId: 'ann' });
      if (trailingMs < 200) {
        driver.to(fromMs + 1_205);
        driver.tell({ type: 'final', speakerId: 'ann', text: 'what time is it' });
      }
      driver.to(fromMs + 1_500);
      driver.tell({ type: 'answerAudible', turnId: i + 1 });
      driver.to(fromMs + 2_000);
      driver.tell({ type: 'answerDone', turnId: i + 1 });
    }
    expect(driver.state.rhythms.get('ann')?.keyed).toBe(1);
  });

  it('nothing of who left in the middle of an answer', () => {
    const driver = answering();
    driver.to(2_000);
    driver.tell({ type: 'gone', speakerId: 'ann' });
    driver.tell({ type: 'forget', speakerId: 'ann' });
    expect(driver.state.dialogues.size).toBe(0);
    expect(driver.state.rhythms.size).toBe(0);
  });
});

describe('words between other people', () => {
  it('void the drafts that were made without knowing them', () => {
    const driver = new EngineDriver();
    const people = ['ann', 'ben', 'cy'].map((id) => ({ id, name: id }));
    driver.tell({ type: 'people', people });
    driver.speak('ben', 0, 900);
    driver.interim('ben', 'ann did you see the game', true);
    driver.speak('ann', 100, 1_000);
    driver.to(1_085);
    driver.interim('ann', 'parley who won that', true);
    expect(driver.story.at(-1)).toBe('1085 startDraft 1 "parley who won that"');
    driver.to(1_110);
    driver.tell({ type: 'final', speakerId: 'ben', text: 'ann did you see the game' });
    expect(driver.story).toContain('1110 overheard ben "ann did you see the game"');
    driver.to(1_250);
    driver.tell({ type: 'final', speakerId: 'ann', text: 'parley who won that' });
    expect(driver.story.at(-1)).toBe('1250 openGate 1 "parley who won that" draft 2');
    expect(driver.story).toContain('1110 cancelDraft 1');
  });
});
