/** Several speakers and one floor: who is answered when. */
import { describe, expect, it } from 'vitest';
import { EngineDriver } from './engine-driver.ts';

/** Ben says a finished phrase while Ann's answer plays. */
function benAsks(driver: EngineDriver): void {
  driver.ask('ben', 'roll a dice', 1_300, 1_900);
}

describe('two speakers', () => {
  it('are answered one after the other', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    driver.hear('ann');
    benAsks(driver);
    driver.to(3_000);
    driver.tell({ type: 'answerDone', turnId: 1 });
    expect(driver.story.slice(-2)).toEqual([
      '3000 turnEnded 1 answered answer',
      '3000 openGate 2 "roll a dice"',
    ]);
  });

  it('who waits goes on waiting while the one who talked the answer down talks, and is answered next', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    driver.hear('ann');
    benAsks(driver);
    driver.speak('ann', 3_000, 3_500);
    driver.interim('ann', 'no wait tell me', false);
    expect(driver.story.at(-1)).toBe('3500 turnEnded 1 answered answer');
    driver.speak('ann', 3_520, 4_200);
    driver.ask('ann', 'no wait tell me a joke', 4_220, 4_800);
    expect(driver.story.at(-1)).toBe('5005 openGate 3 "no wait tell me a joke"');
    driver.to(5_100);
    driver.tell({ type: 'answerAudible', turnId: 3 });
    driver.to(7_000);
    driver.tell({ type: 'answerDone', turnId: 3 });
    expect(driver.story.at(-1)).toBe('7000 openGate 2 "roll a dice"');
  });

  it('who waits is answered when it comes to nothing, or when that one leaves', () => {
    for (const way of ['nothing', 'gone'] as const) {
      const driver = new EngineDriver({ speculation: 'off' });
      driver.hear('ann');
      benAsks(driver);
      driver.speak('ann', 3_000, 3_300);
      driver.interim('ann', 'no wait tell me', true);
      expect(driver.story.at(-1)).toContain('turnEnded 1');
      const before = driver.story.length;
      if (way === 'gone') driver.tell({ type: 'gone', speakerId: 'ann' });
      else {
        driver.to(3_505);
        driver.tell({ type: 'final', speakerId: 'ann', text: '' });
      }
      const after = driver.story.slice(before).filter((line) => !line.includes('commit'));
      expect(after).toEqual([expect.stringContaining('openGate 2 "roll a dice"')]);
    }
  });

  it('who waits is answered after ten seconds though the one who talked the answer down talks on and on', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    driver.hear('ann');
    benAsks(driver);
    driver.speak('ann', 3_000, 3_500);
    driver.interim('ann', 'no wait tell me', false);
    driver.speak('ann', 3_520, 13_600);
    expect(driver.story.at(-1)).toBe('13500 openGate 2 "roll a dice"');
    driver.tell({ type: 'answerAudible', turnId: 2 });
    driver.speak('ann', 13_620, 15_000);
    driver.tell({ type: 'answerDone', turnId: 2 });
    driver.ask('carl', 'what time is it', 15_020, 16_000);
    expect(driver.story.at(-1)).toMatch(/openGate \d "what time is it"/);
  });

  it('a turn that waits 20 s for the floor ends with its reason', () => {
    const driver = new EngineDriver({ speculation: 'off' });
    driver.hear('ann');
    benAsks(driver);
    driver.to(22_105);
    expect(driver.story.at(-1)).toBe('22105 turnEnded 2 unanswered FLOOR_BUSY');
  });
});
