import { describe, expect, it } from 'vitest';
import { stepTurn } from '../../src/turn/engine.ts';
import { initialTurnState } from '../../src/turn/types.ts';
import { seededRandom } from '../support/random.ts';
import { EngineDriver } from './engine-driver.ts';

const annAsks = (driver: EngineDriver, text = 'what time is it') => driver.ask('ann', text, 0, 1_000);

describe('the gate', () => {
  it('ends the turn 200 ms after the last voiced frame of a finished phrase', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    annAsks(driver);
    expect(driver.story).toEqual(['1200 commit ann', '1205 openGate 1 "what time is it"']);
  });

  it('waits 1,400 ms after an unfinished phrase', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    driver.speak('ann', 0, 1_000);
    driver.interim('ann', 'what time', false);
    driver.to(2_399);
    expect(driver.story).toEqual([]);
    driver.to(2_400);
    expect(driver.story).toEqual(['2400 commit ann']);
  });

  it('opens at once when the phrase turns out finished after 200 ms of silence', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    driver.speak('ann', 0, 1_000);
    driver.to(1_300);
    driver.interim('ann', 'what time is it', true);
    driver.to(1_300);
    expect(driver.story).toEqual(['1300 commit ann']);
  });

  it('does not open in a pause of 900 ms inside an unfinished phrase', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    driver.speak('ann', 0, 1_000);
    driver.interim('ann', 'turn on', false);
    driver.speak('ann', 1_900, 2_600);
    driver.interim('ann', 'turn on the light', true);
    driver.to(3_000);
    expect(driver.story).toEqual(['2800 commit ann']);
  });

  it('waits for a sound that may yet be confirmed as speech', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    driver.speak('ann', 0, 1_000);
    driver.interim('ann', 'what time is it', true);
    driver.to(1_150);
    driver.tell({ type: 'onset', speakerId: 'ann' });
    driver.to(1_349);
    expect(driver.story).toEqual([]);
    driver.to(1_350);
    expect(driver.story).toEqual(['1350 commit ann']);
  });
});

describe('going on', () => {
  it('takes back an answer that is not audible yet, and answers all the words as one turn', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    annAsks(driver, 'tell me');
    driver.speak('ann', 1_300, 2_000);
    driver.interim('ann', 'a joke', true);
    driver.to(2_250);
    driver.tell({ type: 'final', speakerId: 'ann', text: 'a joke' });
    expect(driver.story).toEqual([
      '1200 commit ann',
      '1205 openGate 1 "tell me"',
      // A sound holds the answer back; confirmed to be speech, it takes it back.
      '1300 pauseAnswer 1',
      '1400 stopAnswer 1',
      '2200 commit ann',
      '2250 openGate 2 "tell me a joke"',
    ]);
  });

  it('keeps the words of a commit whose final comes while the speaker already goes on', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    driver.speak('ann', 0, 1_000);
    driver.interim('ann', 'tell me', true);
    driver.to(1_200);
    driver.tell({ type: 'speechStarted', speakerId: 'ann', startedMs: 1_190 });
    driver.tell({ type: 'final', speakerId: 'ann', text: 'tell me' });
    driver.speak('ann', 1_220, 2_000);
    driver.interim('ann', 'a joke', true);
    driver.to(2_200);
    driver.tell({ type: 'final', speakerId: 'ann', text: 'a joke' });
    expect(driver.story.at(-1)).toBe('2200 openGate 1 "tell me a joke"');
  });

  it('over an audible answer within a second is a false cut-off', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    driver.hear('ann');
    driver.speak('ann', 2_000, 2_300);
    driver.interim('ann', 'in london i mean', true);
    expect(driver.story.at(-2)).toBe('2300 stopAnswer 1');
    const end = driver.effects.find(({ effect }) => effect.type === 'turnEnded')?.effect;
    expect(end).toMatchObject({ end: { outcome: 'answered', audible: 'answer', falseCutoff: true } });
  });

  it('a short sound over the answer does not stop it', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    driver.hear('ann');
    driver.speak('ann', 3_000, 3_300);
    driver.to(3_400);
    expect(driver.story.some((line) => line.includes('stopAnswer'))).toBe(false);
  });
});

describe('the gate, judged anew', () => {
  it('stays shut when only the final transcript asks for time', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    driver.speak('ann', 0, 1_000);
    driver.interim('ann', 'hold', true);
    driver.to(1_240);
    driver.tell({ type: 'final', speakerId: 'ann', text: 'hold on' });
    driver.to(4_999);
    expect(driver.story).toEqual(['1200 commit ann']);
    driver.to(5_000);
    expect(driver.story.at(-1)).toBe('5000 openGate 1 "hold on"');
  });

  it('waits for a sound that came while the final was awaited', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    driver.speak('ann', 0, 1_000);
    driver.interim('ann', 'turn on', true);
    driver.to(2_300);
    driver.tell({ type: 'onset', speakerId: 'ann' });
    driver.to(2_350);
    expect(driver.story).toEqual([
      '1200 commit ann',
      '2200 resetRecogniser ann',
      '2200 openGate 1 "turn on"',
      '2300 pauseAnswer 1',
    ]);
    const slow = new EngineDriver({ speculation: 'off', finalDueMs: 3_000 });
    slow.speak('ann', 0, 1_000);
    slow.interim('ann', 'turn on', true);
    slow.to(2_300);
    slow.tell({ type: 'onset', speakerId: 'ann' });
    slow.to(2_350);
    slow.tell({ type: 'final', speakerId: 'ann', text: 'turn on the' });
    slow.to(2_499);
    expect(slow.story).toEqual(['1200 commit ann']);
    slow.to(2_500);
    expect(slow.story.at(-1)).toBe('2500 openGate 1 "turn on the"');
  });

  it('stays shut when the final transcript is no whole phrase', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    driver.speak('ann', 0, 1_000);
    driver.interim('ann', 'turn on', true);
    driver.to(1_240);
    driver.tell({ type: 'final', speakerId: 'ann', text: 'turn on the' });
    driver.to(1_500);
    driver.speak('ann', 1_600, 2_000);
    driver.interim('ann', 'light', true);
    driver.to(2_300);
    driver.tell({ type: 'final', speakerId: 'ann', text: 'light' });
    expect(driver.story).toEqual([
      '1200 commit ann',
      '2200 commit ann',
      '2300 openGate 1 "turn on the light"',
    ]);
  });
});

describe('deadlines', () => {
  it('no audible answer 2,000 ms after the end of turn: a notice, then unanswered', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    annAsks(driver);
    driver.to(3_199);
    expect(driver.story).toHaveLength(2);
    driver.to(3_200);
    driver.to(4_000);
    driver.tell({ type: 'noticeDone', turnId: 1 });
    expect(driver.story.slice(2)).toEqual([
      '3200 stopAnswer 1',
      '3200 sayNotice 1 tooSlow',
      '4000 turnEnded 1 unanswered ANSWER_TIMEOUT',
    ]);
  });

  it('a notice that never ends is given up, and the next turn is normal', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    annAsks(driver);
    driver.to(20_000);
    expect(driver.story.at(-1)).toBe('11200 turnEnded 1 unanswered ANSWER_TIMEOUT');
    driver.ask('ann', 'hello', 20_000, 20_600);
    expect(driver.story.at(-1)).toBe('20805 openGate 2 "hello"');
  });

  it('a recogniser without a final is given up after a second', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    driver.speak('ann', 0, 1_000);
    driver.interim('ann', 'tell me a', false);
    driver.to(3_400);
    expect(driver.story.slice(1)).toEqual(['3400 resetRecogniser ann', '3400 sayNotice 1 failed']);
    driver.tell({ type: 'noticeDone', turnId: 1 });
    expect(driver.story.at(-1)).toBe('3400 turnEnded 1 unanswered STT_TIMEOUT');
  });

  it('a recogniser without a final is believed what it said before, when that is complete', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    driver.speak('ann', 0, 1_000);
    driver.interim('ann', 'what time is it', true);
    driver.to(2_200);
    expect(driver.story.slice(1)).toEqual(['2200 resetRecogniser ann', '2200 openGate 1 "what time is it"']);
  });

  it('an answer whose first frame has just left is given the time to be heard', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    annAsks(driver);
    driver.to(3_170);
    driver.tell({ type: 'answerStarted', turnId: 1 });
    driver.to(3_240);
    driver.tell({ type: 'answerAudible', turnId: 1 });
    driver.to(4_000);
    expect(driver.story.at(-1)).toBe('1205 openGate 1 "what time is it"');
  });

  it('a failed answer gives a notice and its reason', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    annAsks(driver);
    driver.tell({ type: 'answerFailed', turnId: 1, code: 'LLM_FAILED' });
    driver.tell({ type: 'noticeDone', turnId: 1 });
    expect(driver.story.slice(-2)).toEqual([
      '1205 sayNotice 1 failed',
      '1205 turnEnded 1 unanswered LLM_FAILED',
    ]);
  });

  it('an answer that plays for ever is ended, and counts as answered', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    driver.hear('ann');
    driver.to(60_000);
    expect(driver.story.slice(-2)).toEqual(['46260 stopAnswer 1', '46260 turnEnded 1 answered answer']);
  });
});

describe('noise and leaving', () => {
  it('a short sound without words is no turn; long speech without words is answered as unclear', () => {
    const short = new EngineDriver({ speculation: 'off' });
    short.speak('ann', 0, 200);
    short.to(1_600);
    short.tell({ type: 'final', speakerId: 'ann', text: '' });
    expect(short.story).toEqual(['1600 commit ann']);
    const long = new EngineDriver({ speculation: 'off' });
    long.speak('ann', 0, 800);
    long.to(2_200);
    long.tell({ type: 'final', speakerId: 'ann', text: '' });
    expect(long.story.at(-1)).toBe('2200 openGate 1 ""');
  });

  it('who leaves is not answered any more', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    annAsks(driver);
    driver.tell({ type: 'gone', speakerId: 'ann' });
    expect(driver.story.slice(-2)).toEqual(['1205 stopAnswer 1', '1205 turnEnded 1 unanswered SPEAKER_LEFT']);
    expect(driver.state.floor.phase).toBe('free');
  });
});

describe('any order of events', () => {
  it('ends every started turn exactly once, and never waits without a deadline', () => {
    for (let seed = 1; seed <= 2_000; seed++) {
      const driver = randomRun(seed);
      const context = `seed ${seed}`;
      // Long after the last event every deadline has passed: nothing may still be pending.
      driver.to(driver.nowMs + 300_000);
      for (const speaker of ['ann', 'ben']) driver.tell({ type: 'gone', speakerId: speaker });
      const ended = driver.effects.flatMap(({ effect }) =>
        effect.type === 'turnEnded' ? [effect.end.turn.id] : [],
      );
      expect(new Set(ended).size, context).toBe(ended.length);
      expect(driver.state.floor.phase, context).toBe('free');
      expect(driver.state.queue, context).toEqual([]);
      expect(driver.state.speakers.size, context).toBe(0);
      expect([...driver.timers.keys()], context).toEqual([]);
      // A turn that did not end was taken back because its speaker went on: its answer, if begun, was stopped.
      for (const { effect } of driver.effects) {
        if (effect.type !== 'openGate' || ended.includes(effect.turn.id)) continue;
        const stop = { type: 'stopAnswer', turnId: effect.turn.id };
        expect(driver.effects, context).toContainEqual(expect.objectContaining({ effect: stop }));
      }
    }
  });

  it('replays to the same states, bit for bit', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const driver = randomRun(seed);
      let state = initialTurnState;
      for (const event of driver.events) state = stepTurn(state, event, driver.options).state;
      expect(state).toEqual(driver.state);
    }
  });
});

function randomRun(seed: number): EngineDriver {
  const random = seededRandom(seed);
  const driver = new EngineDriver({ speculation: 'off' });
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  for (let i = 0; i < 80; i++) {
    driver.to(driver.nowMs + Math.floor(random() * pick([10, 300, 3_000])));
    const speakerId = pick(['ann', 'ben']);
    const turnId = Math.max(1, driver.state.nextTurnId - 1 - Math.floor(random() * 2));
    const startedMs = driver.nowMs - Math.floor(random() * 200);
    pick<() => void>([
      () => driver.tell({ type: 'onset', speakerId }),
      () => driver.tell({ type: 'speechStarted', speakerId, startedMs }),
      () => driver.tell({ type: 'voiced', speakerId, voicedMs: startedMs }),
      () => driver.interim(speakerId, 'hello', random() < 0.5),
      () => driver.tell({ type: 'final', speakerId, text: pick(['', 'hello']) }),
      () => driver.tell({ type: 'recogniserFailed', speakerId, code: 'STT_FAILED' }),
      () => driver.tell({ type: 'gone', speakerId }),
      () => driver.tell({ type: 'answerAudible', turnId }),
      () => driver.tell({ type: 'answerDone', turnId }),
      () => driver.tell({ type: 'answerFailed', turnId, code: 'LLM_FAILED' }),
      () => driver.tell({ type: 'noticeDone', turnId }),
    ])();
  }
  return driver;
}
