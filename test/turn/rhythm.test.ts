/** What is learned of a speaker, and what it does to the gate. */
import { describe, expect, it } from 'vitest';
import { EngineDriver } from './engine-driver.ts';

/** Ann says a phrase from `fromMs` on for a second, and her key is released `trailingMs` after it. */
function talk(driver: EngineDriver, fromMs: number, trailingMs: number, text = 'what time is it'): void {
  driver.speak('ann', fromMs, fromMs + 1_000);
  driver.interim('ann', text, true);
  driver.to(fromMs + 1_000 + trailingMs);
  driver.tell({ type: 'talkEnded', speakerId: 'ann' });
}

function answered(driver: EngineDriver, turnId: number): void {
  driver.to(driver.nowMs + 200);
  driver.tell({ type: 'final', speakerId: 'ann', text: 'what time is it' });
  driver.tell({ type: 'answerAudible', turnId });
  driver.to(driver.nowMs + 1_100);
  driver.tell({ type: 'answerDone', turnId });
}

describe('push to talk', () => {
  it('is inferred of three quick releases, and opens the gate at the next', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    for (const turnId of [1, 2]) {
      talk(driver, driver.nowMs + 500, 60);
      const endedMs = driver.nowMs;
      answered(driver, turnId);
      expect(driver.story).toContain(`${endedMs + 140} commit ann`);
    }
    talk(driver, 8_000, 60);
    driver.to(9_060);
    expect(driver.story.at(-1)).toBe('9060 commit ann');
  });

  it('is not inferred of a voice gate, which closes later', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    for (const turnId of [1, 2, 3]) {
      talk(driver, driver.nowMs + 500, 180);
      answered(driver, turnId);
    }
    expect(driver.state.rhythms.get('ann')?.keyed ?? 0).toBe(0);
  });

  it('is one release, however often its end is told', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    for (const turnId of [1, 2]) {
      talk(driver, driver.nowMs + 500, 60);
      driver.to(driver.nowMs + 70);
      driver.tell({ type: 'talkEnded', speakerId: 'ann' });
      answered(driver, turnId);
    }
    expect(driver.state.rhythms.get('ann')?.keyed).toBe(2);
  });

  it('is doubted again at the first slow release', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    for (const turnId of [1, 2, 3]) {
      talk(driver, driver.nowMs + 500, 60);
      answered(driver, turnId);
    }
    talk(driver, 20_000, 150);
    expect(driver.story.at(-1)).not.toMatch(/^21150 commit/);
    driver.to(21_200);
    expect(driver.story.at(-1)).toBe('21200 commit ann');
  });
});

describe('pauses', () => {
  /** Ann pauses for `pauseMs` after "turn on the", ten times. */
  function pauses(driver: EngineDriver, pauseMs: number): void {
    driver.speak('ann', 0, 1_000);
    driver.interim('ann', 'turn on the', false);
    for (let i = 0; i < 10; i++) {
      const fromMs = driver.nowMs + pauseMs;
      driver.speak('ann', fromMs, fromMs + 300);
      driver.interim('ann', 'turn on the', false);
    }
  }

  it('that are long make the gate after an incomplete phrase longer, up to its ceiling', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    pauses(driver, 900);
    const saidMs = driver.nowMs;
    driver.to(saidMs + 2_199);
    expect(driver.story).toEqual([]);
    driver.to(saidMs + 2_200);
    expect(driver.story).toEqual([`${saidMs + 2_200} commit ann`]);
  });

  it('that are short make it shorter, down to its floor', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    pauses(driver, 240);
    const saidMs = driver.nowMs;
    driver.to(saidMs + 1_000);
    expect(driver.story).toEqual([`${saidMs + 1_000} commit ann`]);
  });

  it('that earlier talks taught count as those of this one', () => {
    const [learned, driver] = [
      new EngineDriver({ speculation: 'off' }),
      new EngineDriver({ speculation: 'off' }),
    ];
    pauses(learned, 900);
    driver.tell({ type: 'recalled', speakerId: 'ann', ...learned.state.rhythms.get('ann')! });
    driver.speak('ann', 0, 1_000);
    driver.interim('ann', 'turn on the', false);
    driver.to(3_199);
    expect(driver.story).toEqual([]);
    driver.to(3_200);
    expect(driver.story).toEqual(['3200 commit ann']);
  });

  it('after complete phrases make their gate longer, and each end that was one makes it shorter again', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    driver.ask('ann', 'what time is it', 0, 1_000);
    driver.speak('ann', 1_400, 2_000);
    driver.interim('ann', 'in tokyo', true);
    driver.to(2_300);
    driver.tell({ type: 'final', speakerId: 'ann', text: 'in tokyo' });
    const afterPause = driver.state.rhythms.get('ann')!.afterCompleteMs;
    expect(afterPause).toBeGreaterThan(200);
    driver.tell({ type: 'answerAudible', turnId: 2 });
    driver.to(5_000);
    driver.tell({ type: 'answerDone', turnId: 2 });
    const afterEnd = driver.state.rhythms.get('ann')!.afterCompleteMs;
    expect(afterEnd).toBeLessThan(afterPause);
    expect(afterEnd).toBeGreaterThan(200);
  });

  it('are forgotten when that is asked', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    pauses(driver, 900);
    driver.tell({ type: 'forget', speakerId: 'ann' });
    expect(driver.state.rhythms.size).toBe(0);
  });

  it('of one speaker are nothing to another', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    pauses(driver, 900);
    const fromMs = driver.nowMs + 10;
    driver.speak('ben', fromMs, fromMs + 500);
    driver.interim('ben', 'turn on the', false);
    driver.to(fromMs + 500 + 1_400);
    expect(driver.story).toContain(`${fromMs + 1_900} commit ben`);
  });
});
