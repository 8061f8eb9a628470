/** Talking over the answer. Ann asks until 1,000 ms, and hears the answer from 1,260 on. */
import { describe, expect, it } from 'vitest';
import { EngineDriver } from './engine-driver.ts';

function answering(): EngineDriver {
  const driver = new EngineDriver({ speculation: 'off' });
  driver.ask('ann', 'what time is it', 0, 1_000);
  driver.tell({ type: 'spoken', turnId: 1, text: 'It is a quarter past nine in the morning.' });
  driver.to(1_260);
  driver.tell({ type: 'answerAudible', turnId: 1 });
  driver.to(3_000);
  return driver;
}

const since = (driver: EngineDriver) => driver.story.slice(2);

describe('over an audible answer', () => {
  it('a sound ducks it at once, and is forgotten after 250 ms without confirmation', () => {
    const driver = answering();
    driver.tell({ type: 'onset', speakerId: 'ann' });
    expect(since(driver)).toEqual(['3000 duckAnswer 1']);
    driver.to(3_249);
    expect(since(driver)).toHaveLength(1);
    driver.to(3_250);
    expect(since(driver)).toEqual(['3000 duckAnswer 1', '3250 unduckAnswer 1']);
  });

  it('speech pauses it at 200 ms, and words stop it for good', () => {
    const driver = answering();
    driver.speak('ann', 3_000, 3_400);
    driver.interim('ann', 'please stop talking', true);
    expect(since(driver)).toEqual([
      '3000 duckAnswer 1',
      '3200 pauseAnswer 1',
      '3400 stopAnswer 1',
      '3400 turnEnded 1 answered answer',
    ]);
    expect(driver.endOf(1)).toMatchObject({ bargedIn: true, falseCutoff: false });
  });

  it('a word or two may be a guess: after 300 ms of silence the final ones decide', () => {
    const over = (final: string) => {
      const driver = answering();
      driver.speak('ann', 3_000, 3_300);
      driver.interim('ann', 'i had', true);
      driver.to(3_610);
      driver.tell({ type: 'final', speakerId: 'ann', text: final });
      driver.to(5_000);
      return since(driver).slice(2);
    };
    expect(over('uh huh')).toEqual(['3500 commit ann', '3610 resumeAnswer 1']);
    expect(over('')).toEqual(['3500 commit ann', '3610 resumeAnswer 1']);
    expect(over('stop')).toEqual([
      '3500 commit ann',
      '3610 stopAnswer 1',
      '3610 turnEnded 1 answered answer',
    ]);
    expect(over('no')).toContain('3610 openGate 2 "no"');
  });

  it('goes on when the words that were to decide do not come', () => {
    const driver = answering();
    driver.speak('ann', 3_000, 3_300);
    driver.interim('ann', 'i had', false);
    driver.to(5_000);
    expect(since(driver).slice(2)).toEqual(['3600 commit ann', '4600 resumeAnswer 1']);
  });

  it('words that were there before the pause stop it with the pause', () => {
    const driver = answering();
    driver.speak('ann', 3_000, 3_180);
    driver.interim('ann', 'please stop talking', true);
    driver.to(3_200);
    driver.tell({ type: 'voiced', speakerId: 'ann', voicedMs: 3_200 });
    expect(since(driver).slice(1, 3)).toEqual(['3200 pauseAnswer 1', '3200 stopAnswer 1']);
  });

  it('final words stop it, however short they were, also when they ask for time', () => {
    const driver = answering();
    driver.speak('ann', 3_000, 3_180);
    driver.interim('ann', 'hold', false);
    driver.to(4_590);
    driver.tell({ type: 'final', speakerId: 'ann', text: 'hold on' });
    expect(since(driver).slice(-3)).toEqual([
      '4580 commit ann',
      '4590 stopAnswer 1',
      '4590 turnEnded 1 answered answer',
    ]);
    expect(driver.endOf(1)).toMatchObject({ bargedIn: true });
  });

  it('a backchannel pauses it, and it goes on after 300 ms of silence; no turn comes of it', () => {
    const driver = answering();
    driver.speak('ann', 3_000, 3_300);
    driver.interim('ann', 'mhm', false);
    driver.to(3_600);
    driver.tell({ type: 'final', speakerId: 'ann', text: 'mhm' });
    expect(since(driver)).toEqual([
      ...['3000 duckAnswer 1', '3200 pauseAnswer 1', '3600 commit ann', '3600 resumeAnswer 1'],
    ]);
    driver.to(5_000);
    driver.tell({ type: 'answerDone', turnId: 1 });
    expect(since(driver).slice(4)).toEqual(['5000 turnEnded 1 answered answer']);
    expect(driver.endOf(1)).toMatchObject({ bargedIn: false, falseBargeIns: 1 });
    expect(driver.state.speakers.size).toBe(0);
  });

  it('a short sound ducks it until it has been quiet for 250 ms', () => {
    const driver = answering();
    driver.speak('ann', 3_000, 3_160);
    driver.to(4_000);
    expect(since(driver)).toEqual(['3000 duckAnswer 1', '3410 unduckAnswer 1']);
  });

  it("the agent's own words are no interruption", () => {
    const driver = answering();
    driver.speak('ann', 3_000, 3_300);
    driver.interim('ann', 'a quarter past nine', true);
    driver.to(3_510);
    driver.tell({ type: 'final', speakerId: 'ann', text: 'a quarter past nine' });
    driver.to(4_000);
    expect(since(driver)).toEqual([
      '3000 duckAnswer 1',
      '3200 pauseAnswer 1',
      '3500 commit ann',
      '3510 resumeAnswer 1',
    ]);
  });

  it('words that are only recognised after it went on stop it too, and are the next turn', () => {
    const driver = answering();
    driver.speak('ann', 3_000, 3_300);
    driver.to(4_700);
    driver.tell({ type: 'final', speakerId: 'ann', text: 'never mind' });
    expect(since(driver).slice(2)).toEqual([
      '3600 resumeAnswer 1',
      '4700 commit ann',
      '4700 stopAnswer 1',
      '4700 turnEnded 1 answered answer',
      '4700 openGate 2 "never mind"',
    ]);
  });

  it('two seconds of speech stop it, words or not', () => {
    const driver = answering();
    driver.speak('ann', 3_000, 5_100);
    expect(since(driver)).toEqual([
      '3000 duckAnswer 1',
      '3200 pauseAnswer 1',
      '5000 stopAnswer 1',
      '5000 turnEnded 1 answered answer',
    ]);
  });

  it('somebody else neither ducks nor stops it, and is answered next', () => {
    const driver = answering();
    driver.ask('ben', 'roll a dice', 3_000, 3_600);
    expect(since(driver)).toEqual(['3800 commit ben']);
    driver.to(5_000);
    driver.tell({ type: 'answerDone', turnId: 1 });
    expect(driver.story.at(-1)).toBe('5000 openGate 2 "roll a dice"');
  });

  it('somebody who leaves in the middle of a word leaves nothing waiting', () => {
    const driver = answering();
    driver.speak('ann', 3_000, 3_300);
    driver.tell({ type: 'gone', speakerId: 'ann' });
    expect(driver.story.slice(-2)).toEqual(['3300 stopAnswer 1', '3300 turnEnded 1 answered answer']);
    expect([...driver.timers.keys()]).toEqual([]);
  });
});

describe('before the answer is audible', () => {
  it('a sound holds it back for 200 ms', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    driver.ask('ann', 'what time is it', 0, 1_000);
    driver.to(1_220);
    driver.tell({ type: 'onset', speakerId: 'ann' });
    driver.to(2_000);
    expect(since(driver)).toEqual(['1220 pauseAnswer 1', '1420 resumeAnswer 1']);
  });
});

describe('after the answer', () => {
  it('its echo is no turn', () => {
    const driver = answering();
    driver.to(4_000);
    driver.tell({ type: 'answerDone', turnId: 1 });
    driver.ask('ann', 'nine in the morning', 4_020, 4_600);
    expect(driver.story.at(-1)).toBe('4800 commit ann');
    expect(driver.state.floor.phase).toBe('free');
  });
});

describe('words that the voice has not come to yet', () => {
  it('are no echo', () => {
    const early = new EngineDriver({ speculation: 'off' });
    early.speak('ann', 0, 1_000);
    early.interim('ann', 'turn on the lights', true);
    early.to(1_205);
    early.tell({ type: 'final', speakerId: 'ann', text: 'turn on the lights' });
    early.tell({ type: 'spoken', turnId: 1, text: 'The lights in the kitchen and the hall are on now.' });
    early.tell({ type: 'answerAudible', turnId: 1 });
    early.speak('ann', 1_300, 1_700);
    early.interim('ann', 'kitchen and the hall', true);
    expect(early.story.slice(-2)).toEqual(['1700 stopAnswer 1', '1700 turnEnded 1 answered answer']);
  });

  it('are none after a pause either, in which it said nothing', () => {
    const words = Array.from({ length: 40 }, (_, i) => `word${i + 1}`);
    const driver = new EngineDriver({ speculation: 'off' });
    driver.ask('ann', 'what time is it', 0, 1_000);
    driver.tell({ type: 'spoken', turnId: 1, text: words.join(' ') });
    driver.to(1_260);
    driver.tell({ type: 'answerAudible', turnId: 1 });
    driver.speak('ann', 1_500, 2_600);
    driver.to(2_900);
    expect(since(driver).slice(-1)).toEqual(['2900 resumeAnswer 1']);
    // By 4 s it has spoken for 1.5 s: ten words at most.
    driver.speak('ann', 4_000, 4_400);
    driver.interim('ann', words.slice(11, 15).join(' '), true);
    expect(driver.story.at(-1)).toBe('4400 turnEnded 1 answered answer');
  });

  it('of an answer that was taken back before it was heard are none either', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    driver.ask('ann', 'turn on the lights', 0, 1_000);
    driver.tell({ type: 'spoken', turnId: 1, text: 'The lights in the kitchen and the hall are on now.' });
    driver.speak('ann', 1_300, 1_700);
    driver.interim('ann', 'in the kitchen and the hall', true);
    driver.to(1_950);
    driver.tell({ type: 'final', speakerId: 'ann', text: 'in the kitchen and the hall' });
    expect(driver.story.at(-1)).toBe('1950 openGate 2 "turn on the lights in the kitchen and the hall"');
  });
});

describe('somebody else, over an audible answer', () => {
  it('whose recogniser fails after words were final has a turn, and its reason', () => {
    const driver = answering();
    driver.speak('ben', 3_000, 3_800);
    driver.interim('ben', 'tell me about mars', true);
    driver.to(4_010);
    driver.tell({ type: 'recogniserFailed', speakerId: 'ben', code: 'STT_DOWN' });
    expect(driver.story.at(-1)).toBe('4010 turnEnded 2 unanswered STT_DOWN');
  });

  it('whose recogniser fails before any word has one too', () => {
    const driver = answering();
    driver.speak('ben', 3_000, 3_800);
    driver.tell({ type: 'recogniserFailed', speakerId: 'ben', code: 'STT_DOWN' });
    driver.to(6_000);
    expect(driver.story.at(-1)).toBe('5200 turnEnded 2 unanswered STT_DOWN');
  });
});
