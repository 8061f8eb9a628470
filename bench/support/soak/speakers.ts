/** Four people who talk with the bot: in turn, over each other, over the bot, and on before it has answered. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Loopback, Person } from '../../../src/loopback/index.ts';
import type { Ledger } from './ledger.ts';
import { toneHz } from './tones.ts';

export interface SpeakersOptions {
  loopback: Loopback;
  people: readonly Person[];
  ledger: Ledger;
  /** 0 to 1. */
  random(): number;
  /** Ends the talk: who speaks finishes the utterance. */
  over: AbortSignal;
}

/** Waiting for the floor and an answer take less. */
const SETTLED_WITHIN_MS = 30_000;
const POLITE_WITHIN_MS = 3_000;

/** What a speaker does after an utterance, and with what share: an answer is awaited, or not. */
const ON_WITHOUT_ANSWER = 0.35;
/** Share of the utterances that begin when nobody else talks. */
const POLITE = 0.5;

/** Milliseconds since 1970, with fractions. */
export const wallMs = (): number => performance.timeOrigin + performance.now();

/** Resolves when all have ended, and every utterance is settled or given up. */
export async function letTalk({ loopback, people, ledger, random, over }: SpeakersOptions): Promise<void> {
  let talking = 0;
  const between = (least: number, most: number) => least + random() * (most - least);
  const polite = async () => {
    await loopback
      .waitFor('the others to be silent', () => talking === 0, POLITE_WITHIN_MS)
      // Then they are interrupted.
      .catch(() => undefined);
  };
  const say = async (person: Person) => {
    if (random() < POLITE) await polite();
    talking += 1;
    const utterance = ledger.begin(person.id, wallMs());
    await person.sendTone(20 * Math.round(between(15, 50)), toneHz(utterance.tone));
    utterance.endedMs = wallMs();
    talking -= 1;
    loopback.log.notify();
    return utterance;
  };
  const talk = async (person: Person) => {
    while (!over.aborted) {
      const utterance = await say(person);
      if (!over.aborted && random() < ON_WITHOUT_ANSWER) {
        await pause(between(40, 1_200));
        continue;
      }
      await loopback
        .waitFor('a turn', () => utterance.settled, SETTLED_WITHIN_MS)
        // The ledger knows what is missing.
        .catch(() => undefined);
      await pause(between(0, 600));
    }
  };
  await Promise.all(people.map(talk));
}
