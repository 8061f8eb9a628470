/** Draws without chance, for exact instants: every delay is a round number, and nothing goes wrong. */
import type { Draws } from '../../src/simulation/draws.ts';

/** "I am here. And here is more to say about it now." at 10 ms a token: clauses of 3 and of 9 words. */
const REPLY = { tokens: 'I am here. And here is more to say about it now.'.match(/\s*\S+/g)! };

export const plainDraws = (changes: Partial<Draws> = {}): Draws => ({
  vadOnMs: () => 100,
  vadOffMs: () => 150,
  frameLost: () => false,
  interims: () => [{ delayMs: 40 }],
  finals: () => [{ delayMs: 50 }],
  model: () => ({ reply: REPLY, firstTokenMs: 100, tokenMs: 10 }),
  voice: () => ({ firstByteMs: 120, wordMs: 300, quietFrames: 1 }),
  noticeMs: () => 1_000,
  timerLateMs: () => 0,
  straggleMs: () => null,
  ...changes,
});
