/** Random events with drafts, early commits and several people: no draft outlives its turn, no answer stays paused. */
import { expect, it } from 'vitest';
import type { TurnEffect } from '../../src/turn/types.ts';
import { seededRandom } from '../support/random.ts';
import { EngineDriver } from './engine-driver.ts';

const PEOPLE = ['ann', 'ben', 'cy'];
const TEXTS = [
  '',
  'mhm',
  'what time is it',
  'turn on the',
  'hold on',
  'ben did you see that',
  'parley stop it now',
];

function randomRun(seed: number): EngineDriver {
  const random = seededRandom(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const driver = new EngineDriver({ earlyCommit: random() < 0.5, addressing: pick(['auto', 'always']) });
  driver.tell({ type: 'people', people: PEOPLE.map((id) => ({ id, name: id })) });
  for (let i = 0; i < 120; i++) {
    driver.to(driver.nowMs + Math.floor(random() * pick([10, 100, 300, 3_000])));
    const speakerId = pick(PEOPLE);
    const { floor } = driver.state;
    const turnId = floor.phase === 'free' || random() < 0.1 ? Math.ceil(random() * 9) : floor.turn.id;
    const startedMs = driver.nowMs - Math.floor(random() * 200);
    const text = pick(TEXTS);
    pick<() => void>([
      () => driver.tell({ type: 'onset', speakerId }),
      () => driver.speak(speakerId, driver.nowMs, driver.nowMs + Math.floor(random() * 900)),
      () => driver.speak(speakerId, driver.nowMs, driver.nowMs + Math.floor(random() * 900)),
      () => driver.tell({ type: 'voiced', speakerId, voicedMs: startedMs }),
      () => driver.tell({ type: 'talkEnded', speakerId }),
      () => driver.tell({ type: 'interim', speakerId, text }),
      () => driver.interim(speakerId, text, random() < 0.5),
      () => driver.tell({ type: 'final', speakerId, text }),
      () => driver.tell({ type: 'final', speakerId, text }),
      () => random() < 0.2 && driver.tell({ type: 'recogniserFailed', speakerId, code: 'STT_FAILED' }),
      () => random() < 0.3 && leave(driver, speakerId),
      () => driver.tell({ type: 'draftFailed', draftId: driver.state.nextDraftId - 1, code: 'LLM_FAILED' }),
      () => driver.tell({ type: 'answerStarted', turnId }),
      () => driver.tell({ type: 'answerAudible', turnId }),
      () => driver.tell({ type: 'answerDone', turnId }),
      () => driver.tell({ type: 'answerFailed', turnId, code: 'LLM_FAILED' }),
      () => driver.tell({ type: 'noticeDone', turnId }),
    ])();
  }
  return driver;
}

function leave(driver: EngineDriver, speakerId: string): void {
  driver.tell({ type: 'gone', speakerId });
  driver.tell({ type: 'forget', speakerId });
  const { speakers, dialogues, rhythms } = driver.state;
  expect([speakers, dialogues, rhythms].some((map) => map.has(speakerId))).toBe(false);
}

type Answer = 'plays' | 'ducked' | 'paused';

/** What is wrong with the effects, in the order that they were asked for. */
function faults(driver: EngineDriver): string[] {
  const wrong: string[] = [];
  const drafts = new Map<number, string>();
  const answers = new Map<number, Answer>();
  let current: number | null = null;
  let pausedMs = 0;
  const step = (effect: TurnEffect, atMs: number) => {
    if (effect.type === 'startDraft') drafts.set(effect.draftId, effect.speculative ? effect.speakerId : '');
    if (effect.type === 'cancelDraft' && !drafts.delete(effect.draftId))
      wrong.push(`${atMs} cancels nothing`);
    if (effect.type === 'openGate') {
      if (!drafts.delete(effect.draftId)) wrong.push(`${atMs} opens nothing`);
      if (current !== null) wrong.push(`${atMs} a second floor`);
      current = effect.turn.id;
      answers.set(current, 'plays');
    }
    for (const person of PEOPLE) {
      const alive = [...drafts.values()].filter((id) => id === person);
      if (alive.length > 2) wrong.push(`${atMs} ${alive.length} drafts`);
    }
    if (!('turnId' in effect) || effect.type === 'sayNotice' || effect.type === 'stopNotice') {
      if (effect.type === 'turnEnded' && effect.end.turn.id === current) current = null;
      return;
    }
    const was = answers.get(effect.turnId);
    if (effect.turnId !== current) wrong.push(`${atMs} ${effect.type} of an answer that is over`);
    const to = (state: Answer, from: Answer[]) => {
      if (!was || !from.includes(was)) wrong.push(`${atMs} ${effect.type} when ${was}`);
      answers.set(effect.turnId, state);
    };
    if (effect.type === 'duckAnswer') to('ducked', ['plays']);
    if (effect.type === 'unduckAnswer') to('plays', ['ducked']);
    if (effect.type === 'pauseAnswer') {
      to('paused', ['plays', 'ducked']);
      pausedMs = atMs;
    }
    if (effect.type === 'resumeAnswer') to('plays', ['paused']);
    if (was === 'paused' && atMs - pausedMs > 4_000) wrong.push(`${atMs} paused since ${pausedMs}`);
    if (effect.type === 'stopAnswer') current = null;
  };
  for (const { atMs, effect } of driver.effects) step(effect, atMs);
  if (drafts.size > 0) wrong.push(`${drafts.size} drafts left`);
  return wrong;
}

it('whatever is told in whatever order', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const driver = randomRun(seed);
    driver.to(driver.nowMs + 300_000);
    expect(faults(driver), `seed ${seed}`).toEqual([]);
    expect([...driver.timers], `seed ${seed}`).toEqual([]);
    expect(driver.state.speakers.size, `seed ${seed}`).toBe(0);
    expect(driver.state.floor, `seed ${seed}`).toEqual({ phase: 'free' });
  }
});
