/** Speech that becomes no turn: each time with its reason, and never what was meant for the agent. */
import { describe, expect, it } from 'vitest';
import { EngineDriver } from './engine-driver.ts';

/** Ann hears an answer from 1,260 ms on, whose last frame leaves at 4,000. */
function answered(text: string): EngineDriver {
  const driver = new EngineDriver({ speculation: 'off' });
  driver.ask('ann', 'what is there', 0, 1_000);
  driver.tell({ type: 'spoken', turnId: 1, text });
  driver.to(1_260);
  driver.tell({ type: 'answerAudible', turnId: 1 });
  driver.to(4_000);
  driver.tell({ type: 'answerDone', turnId: 1 });
  return driver;
}

/** Speech of which no word is made out. */
function mumble(driver: EngineDriver, speakerId: string, fromMs: number, toMs: number): void {
  driver.speak(speakerId, fromMs, toMs);
  driver.to(toMs + 1_405);
  driver.tell({ type: 'final', speakerId, text: '' });
}

describe("words of the agent's last answer", () => {
  it('are its echo when they begin with its end', () => {
    const driver = answered('It is a quarter past nine in the morning.');
    driver.ask('ann', 'nine in the morning', 4_280, 4_900);
    expect(driver.dismissals).toEqual(['ann echo']);
    expect(driver.story.at(-1)).toBe('5100 commit ann');
  });

  it('are an answer to its question as soon as one can be given', () => {
    for (const [question, reply] of [
      ['Would you like tea or coffee?', 'coffee'],
      ['Shall I turn it on?', 'turn it on'],
      ['Five minutes, or ten minutes?', 'ten minutes'],
    ] as const) {
      const driver = answered(question);
      driver.ask('ann', reply, 4_120, 4_600);
      expect(driver.dismissals).toEqual([]);
      expect(driver.story.at(-1)).toBe(`4805 openGate 2 "${reply}"`);
    }
    const echo = answered('Would you like tea or coffee?');
    echo.ask('ann', 'coffee', 3_900, 4_300);
    expect(echo.dismissals).toEqual(['ann echo']);
  });

  it('are a turn when they begin later', () => {
    const driver = answered('It is a quarter past nine in the morning.');
    driver.ask('ann', 'nine in the morning', 4_320, 4_900);
    expect(driver.story.at(-1)).toBe('5105 openGate 2 "nine in the morning"');
  });
});

describe('over the answer', () => {
  it('a backchannel, no words, and a cough each have their name', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    driver.hear('ann');
    driver.ask('ann', 'mhm', 2_000, 2_400);
    mumble(driver, 'ben', 3_000, 3_600);
    expect(driver.dismissals).toEqual(['ann backchannel', 'ben noWords']);
    const quiet = new EngineDriver({ speculation: 'off' });
    mumble(quiet, 'ann', 0, 200);
    expect(quiet.dismissals).toEqual(['ann noise']);
  });
});

describe('who is being answered', () => {
  it('and asks for silence has it, and no other answer', () => {
    for (const text of ['stop', 'okay stop', 'hey parley stop talking now', 'no, stop it!']) {
      const driver = new EngineDriver({ speculation: 'off' });
      driver.hear('ann');
      driver.ask('ann', text, 3_000, 3_600);
      driver.to(10_000);
      expect(driver.endOf(1)).toMatchObject({ bargedIn: true });
      expect(driver.dismissals).toEqual(['ann stop']);
      expect(driver.story.filter((line) => line.includes('openGate'))).toHaveLength(1);
      expect([driver.state.floor, ...driver.timers.keys()]).toEqual([{ phase: 'free' }]);
    }
  });

  it('gets an answer when there is more to it, or nothing was being said', () => {
    const more = new EngineDriver({ speculation: 'off' });
    more.hear('ann');
    more.ask('ann', 'stop and tell me a joke', 3_000, 3_600);
    expect(more.story.at(-1)).toContain('openGate 2');
    const quiet = new EngineDriver({ speculation: 'off' });
    quiet.ask('ann', 'stop', 0, 600);
    expect(quiet.story.at(-1)).toContain('openGate 1 "stop"');
  });
});

describe('somebody else', () => {
  const overhear = (text: string, options = {}) => {
    const driver = new EngineDriver({ speculation: 'off', ...options });
    driver.hear('ann');
    driver.ask('ben', text, 3_000, 3_600);
    return driver;
  };

  it('who asks for silence has it, and is not answered', () => {
    for (const text of ['stop', 'Parley, stop.', 'parley be quiet please', 'stop stop stop']) {
      const driver = overhear(text);
      expect(driver.story.slice(-2)).toEqual(['3805 stopAnswer 1', '3805 turnEnded 1 answered answer']);
      expect(driver.endOf(1)).toMatchObject({ bargedIn: true, falseCutoff: false });
      expect(driver.dismissals).toEqual(['ben stop']);
      expect([driver.state.floor, ...driver.timers.keys()]).toEqual([{ phase: 'free' }]);
    }
    expect(overhear('Sei still!', { language: 'de' }).dismissals).toEqual(['ben stop']);
  });

  it('who asks it of another, or for something else to stop, is answered next', () => {
    for (const text of ['ann stop', 'stop the music', 'Sei still!']) {
      const driver = overhear(text);
      expect(driver.story.at(-1)).toBe('3800 commit ben');
      driver.to(5_000);
      driver.tell({ type: 'answerDone', turnId: 1 });
      expect(driver.story.at(-1)).toBe(`5000 openGate 2 "${text}"`);
    }
  });
});

describe('a recogniser that fails', () => {
  const people = ['ann', 'ben', 'carol'].map((name) => ({ id: name, name }));
  const failing = (speakerId: string, interim: string, durationMs = 900) => {
    const driver = new EngineDriver({ speculation: 'off' });
    driver.tell({ type: 'people', people });
    // A talk among people is under way.
    driver.ask('ben', 'ann did you feed the cat', 0, 900);
    driver.speak(speakerId, 2_000, 2_000 + durationMs);
    driver.interim(speakerId, interim, true);
    driver.tell({ type: 'recogniserFailed', speakerId, code: 'STT_DOWN' });
    driver.to(8_000);
    return driver;
  };

  it('is no reason to speak into the talk of others', () => {
    const words = failing('ann', 'yes i did ben');
    expect(words.story.slice(-2)).toEqual(['3100 resetRecogniser ann', '3100 overheard ann "yes i did ben"']);
    const none = failing('ann', '');
    expect(none.story.at(-1)).toContain('resetRecogniser ann');
    expect(none.dismissals).toEqual(['ann aside']);
    expect(failing('ann', '', 200).dismissals).toEqual(['ann noise']);
  });

  it('is told of to whom talks with the agent', () => {
    const driver = failing('ann', 'parley what time is it');
    expect(driver.story.at(-1)).toBe('3100 sayNotice 1 failed');
    const alone = new EngineDriver({ speculation: 'off' });
    alone.tell({ type: 'people', people: people.slice(0, 1) });
    alone.speak('ann', 0, 900);
    alone.tell({ type: 'recogniserFailed', speakerId: 'ann', code: 'STT_DOWN' });
    alone.to(3_000);
    expect(alone.story.at(-1)).toContain('sayNotice 1 failed');
  });
});

describe('speech without end', () => {
  const on = (people: string[]) => {
    const driver = new EngineDriver({ speculation: 'off' });
    driver.tell({ type: 'people', people: people.map((name) => ({ id: name, name })) });
    driver.speak('ann', 0, 119_980);
    const before = driver.story.length;
    driver.speak('ann', 120_000, 120_200);
    return { driver, after: driver.story.slice(before) };
  };

  it('ends after two minutes with its reason, and what follows is heard anew', () => {
    const { driver, after } = on(['ann']);
    expect(after).toEqual(['120100 resetRecogniser ann', '120100 turnEnded 1 unanswered TOO_LONG']);
    driver.ask('ann', 'what time is it', 130_000, 131_000);
    expect(driver.story.at(-1)).toContain('openGate');
  });

  it('of somebody who was not talking with the agent is dismissed', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    driver.tell({ type: 'people', people: ['ann', 'ben'].map((name) => ({ id: name, name })) });
    driver.ask('ben', 'ann did you feed the cat', 0, 900);
    driver.speak('ann', 1_500, 121_480);
    driver.interim('ann', 'and this is what they did to ben', false);
    driver.speak('ann', 121_500, 121_700);
    expect(driver.story).toContain('121600 resetRecogniser ann');
    expect(driver.dismissals).toEqual(['ann tooLong']);
  });
});
