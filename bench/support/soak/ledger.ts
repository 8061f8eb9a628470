/** What became of every utterance: recognised in a turn, refused with a turn's reason, never carried, or missed. */
import { TONES, tonesIn } from './tones.ts';

/** One finished turn, as far as it concerns the ledger. Instants by the clock of the speakers, in ms. */
export interface SoakTurn {
  speakerId: string;
  outcome: 'answered' | 'unanswered' | 'missed';
  reason: string | null;
  transcript: string;
  startedMs: number;
  lastVoicedMs: number;
}

export interface Utterance {
  readonly speakerId: string;
  readonly tone: number;
  readonly beganMs: number;
  /** When its last sound was sent; infinite while it is being said. */
  endedMs: number;
  /** A turn holds it. */
  settled: boolean;
}

/** With less than this outside of outages, the network carried too little to recognise. */
const MIN_CARRIED_MS = 200;

export class Ledger {
  readonly #utterances = new Map<string, Utterance[]>();
  readonly #outages: { fromMs: number; toMs: number }[] = [];
  readonly turns: SoakTurn[] = [];

  /** A speaker begins to speak, in the next tone: the same one comes again after sixteen utterances. */
  begin(speakerId: string, beganMs: number): Utterance {
    const own = this.#utterances.get(speakerId) ?? [];
    this.#utterances.set(speakerId, own);
    const tone = own.length % TONES;
    const utterance = { speakerId, tone, beganMs, endedMs: Number.POSITIVE_INFINITY, settled: false };
    own.push(utterance);
    return utterance;
  }

  /** The bot had no voice connection: nothing that was said reached its machine. */
  outage(fromMs: number, toMs: number): void {
    this.#outages.push({ fromMs, toMs });
  }

  /** A turn holds the utterances whose tones its transcript names; where the recogniser failed, those of its time. */
  add(turn: SoakTurn): void {
    this.turns.push(turn);
    const own = this.#utterances.get(turn.speakerId) ?? [];
    for (const tone of tonesIn(turn.transcript)) {
      const utterance = own.findLast((said) => said.tone === tone);
      if (utterance) utterance.settled = true;
    }
    if (turn.outcome === 'answered' || !turn.reason?.startsWith('STT_')) return;
    for (const said of own.slice(-TONES)) {
      if (said.beganMs <= turn.lastVoicedMs && said.endedMs >= turn.startedMs) said.settled = true;
    }
  }

  get count(): number {
    return this.#all.length;
  }

  /** Utterances that no turn holds although the network carried them. */
  get missed(): Utterance[] {
    return this.#all.filter((said) => !said.settled && this.#carriedMs(said) >= MIN_CARRIED_MS);
  }

  /** Utterances that no turn holds and no turn could. */
  get uncarried(): number {
    return this.#all.filter((said) => !said.settled && this.#carriedMs(said) < MIN_CARRIED_MS).length;
  }

  get #all(): Utterance[] {
    return [...this.#utterances.values()].flat();
  }

  /** Outages do not overlap. */
  #carriedMs({ beganMs, endedMs }: Utterance): number {
    const lost = this.#outages.map(({ fromMs, toMs }) => Math.min(toMs, endedMs) - Math.max(fromMs, beganMs));
    return endedMs - beganMs - lost.reduce((sum, ms) => sum + Math.max(0, ms), 0);
  }
}
