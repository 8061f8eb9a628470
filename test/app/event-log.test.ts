/** A conversation kept by the real bot can be run again, and everybody was told that it is kept. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { stepTurn } from '../../src/turn/engine.ts';
import { parseEventLog } from '../../src/turn/event-log.ts';
import { initialTurnState, type TurnEnd } from '../../src/turn/types.ts';
import { type Bot, startBot } from '../support/bot.ts';

let bot: Bot;
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'parley-events-'));
  bot = await startBot({ env: { EVENT_LOG_DIR: dir } });
});
afterEach(async () => {
  await bot.stop();
  await rm(dir, { recursive: true, force: true });
});

it('replays to the turn that was reported', async () => {
  const ada = await bot.joined();
  const { report } = await bot.turn(ada);
  expect(bot.chat(bot.lounge)[0]).toContain('what was said is kept in a log by the person who runs me');
  await bot.stopApp();
  const ends: TurnEnd[] = [];
  await vi.waitFor(async () => {
    const [file] = await readdir(dir);
    const log = parseEventLog(await readFile(join(dir, file!), 'utf8'));
    if ('problem' in log) throw new Error(`line ${log.line}: ${log.problem}`);
    expect(log.events.slice(-2)).toMatchObject([{ type: 'gone' }, { type: 'forget' }]);
    expect(log.clockJumps).toEqual([]);
    let state = initialTurnState;
    for (const event of log.events) {
      const step = stepTurn(state, event, log.options);
      state = step.state;
      ends.push(...step.effects.flatMap((effect) => (effect.type === 'turnEnded' ? [effect.end] : [])));
    }
  });
  expect(ends.map(({ turn, outcome }) => [turn.text, outcome])).toEqual([[report.transcript, 'answered']]);
  expect(ends[0]!.turn.lastVoicedMs).toBe(report.record.marks.lastVoiced);
});
