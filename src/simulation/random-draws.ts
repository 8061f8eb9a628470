/** Delays and faults drawn at random, each fault counted as it is chosen. */
import type { Chance } from './chance.ts';
import type { DrawFor, Draws, FinalDraw, InterimDraw, ModelDraw, VoiceDraw } from './draws.ts';
import { REPLIES } from './phrases.ts';

export class RandomDraws implements Draws {
  readonly #chance: Chance;
  readonly #rate: number;
  faults = 0;

  /** @param rate multiplies the share of every fault; 0 for a conversation in which all goes well. */
  constructor(chance: Chance, rate: number) {
    this.#chance = chance;
    this.#rate = rate;
  }

  vadOnMs(): number | null {
    return this.#fault(0.03) ? null : this.#chance.between(72, 176);
  }

  vadOffMs(): number {
    return this.#chance.between(130, 212);
  }

  frameLost(): boolean {
    return this.#fault(0.02);
  }

  interims(_of: DrawFor, _word: string): readonly InterimDraw[] {
    const usual = { delayMs: this.#chance.tail(60, 90) };
    // Some words are told only together with the next one.
    if (this.#chance.is(0.25)) return [];
    if (!this.#fault(0.15)) return [usual];
    return this.#chance.pick<() => InterimDraw[]>([
      () => [],
      () => [usual, { delayMs: usual.delayMs + 10 }],
      () => [usual, { delayMs: usual.delayMs + 30, alter: withoutLastWord }],
      () => [usual, { delayMs: usual.delayMs + 40, alter: () => '' }],
      () => [{ ...usual, alter: (text) => `other ${text}` }],
      () => [usual, { delayMs: this.#chance.between(300, 2_500), stale: true }],
      () => [{ delayMs: this.#chance.between(300, 1_500) }],
    ])();
  }

  finals(_of: DrawFor, _text: string): readonly FinalDraw[] {
    const usual = { delayMs: this.#chance.tail(40, 50) };
    if (!this.#fault(0.15)) return [usual];
    return this.#chance.pick<() => FinalDraw[]>([
      () => [],
      () => [usual, { delayMs: usual.delayMs + this.#chance.between(0, 800) }],
      () => [{ ...usual, alter: () => '' }],
      () => [{ ...usual, alter: (text) => `${text} indeed` }],
      () => [{ delayMs: this.#chance.between(700, 3_000) }],
      () => [{ ...usual, failed: 'STT_DOWN' }],
    ])();
  }

  model(): ModelDraw {
    const reply = this.#chance.pick(REPLIES);
    const usual = { reply, firstTokenMs: this.#chance.tail(60, 90), tokenMs: this.#chance.between(5, 15) };
    if (!this.#fault(0.2)) return usual;
    const atToken = this.#chance.is(0.5) ? 0 : this.#chance.int(1, reply.tokens.length - 1);
    return this.#chance.pick<() => ModelDraw>([
      () => ({ ...usual, fault: { kind: 'error', atToken } }),
      () => ({ ...usual, fault: { kind: 'hang', atToken } }),
      () => ({ ...usual, fault: { kind: 'end', atToken } }),
      () => ({ ...usual, firstTokenMs: this.#chance.between(800, 4_000) }),
      () => ({ ...usual, tokenMs: this.#chance.between(100, 600) }),
    ])();
  }

  voice(): VoiceDraw {
    const usual = {
      firstByteMs: this.#chance.tail(80, 60),
      wordMs: this.#chance.between(240, 380),
      quietFrames: this.#chance.int(0, 2),
    };
    if (!this.#fault(0.1)) return usual;
    return this.#chance.pick<() => VoiceDraw>([
      () => ({ ...usual, fault: 'error' }),
      () => ({ ...usual, fault: 'hang' }),
      () => ({ ...usual, fault: 'end' }),
      () => ({ ...usual, firstByteMs: this.#chance.between(600, 3_000) }),
      () => ({ ...usual, quietFrames: 10_000 }),
      () => ({ ...usual, quietFrames: this.#chance.int(3, 60) }),
    ])();
  }

  noticeMs(): number | null {
    return this.#fault(0.1) ? null : this.#chance.between(0, 2_500);
  }

  timerLateMs(): number {
    return this.#fault(0.01) ? this.#chance.between(20, 150) : this.#chance.between(0, 1.5);
  }

  straggleMs(): number | null {
    return this.#fault(0.1) ? this.#chance.between(0, 500) : null;
  }

  #fault(share: number): boolean {
    if (this.#rate === 0 || !this.#chance.is(share * this.#rate)) return false;
    this.faults += 1;
    return true;
  }
}

const withoutLastWord = (text: string): string => text.split(' ').slice(0, -1).join(' ');
