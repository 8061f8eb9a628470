/** Whom words are meant for, as the engine acts on it. */
import { expect, it } from 'vitest';
import { EngineDriver } from './engine-driver.ts';

const people = [
  { id: 'ann', name: 'Ann' },
  { id: 'ben', name: 'Ben' },
];

function says(driver: EngineDriver, speakerId: string, text: string): void {
  const fromMs = driver.nowMs + 300;
  driver.speak(speakerId, fromMs, fromMs + 800);
  driver.interim(speakerId, text, true);
  driver.to(fromMs + 1_000);
  driver.tell({ type: 'final', speakerId, text });
}

it('words for somebody else are overheard, and no draft is made of them', () => {
  const driver = new EngineDriver();
  driver.tell({ type: 'people', people });
  says(driver, 'ann', 'Ben, did you see the game?');
  expect(driver.story).toEqual(['1300 commit ann', '1300 overheard ann "Ben, did you see the game?"']);
});

it('are answered when nobody else is there, or all words are meant for the agent', () => {
  const alone = new EngineDriver({ speculation: 'off' });
  alone.tell({ type: 'people', people: [people[0]!] });
  says(alone, 'ann', 'Ben, did you see the game?');
  expect(alone.story.at(-1)).toBe('1300 openGate 1 "Ben, did you see the game?"');
  const always = new EngineDriver({ speculation: 'off', addressing: 'always' });
  always.tell({ type: 'people', people });
  says(always, 'ann', 'Ben, did you see the game?');
  expect(always.story.at(-1)).toBe('1300 openGate 1 "Ben, did you see the game?"');
});

it('words right after those of another person are a reply to them', () => {
  const reply = (before: string | null) => {
    const driver = new EngineDriver({ speculation: 'off' });
    driver.tell({ type: 'people', people });
    if (before) says(driver, 'ann', before);
    says(driver, 'ben', 'what time did you leave');
    return driver.story.at(-1);
  };
  expect(reply(null)).toContain('openGate 1');
  expect(reply('Ben, did you see the game?')).toContain('overheard ben');
});

it('the name of the agent makes them a turn', () => {
  const driver = new EngineDriver({ speculation: 'off' });
  driver.tell({ type: 'people', people });
  says(driver, 'ann', 'Ben, did you see the game?');
  says(driver, 'ben', 'Parley, who won the game?');
  expect(driver.story.at(-1)).toMatch(/openGate 1 "Parley, who won the game\?"/);
});
