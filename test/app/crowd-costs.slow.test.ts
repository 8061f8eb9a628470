/** A full channel, three of whom talk at once: each is heard under the right name, and the rest cost next to nothing. */
import { getVoiceConnection } from '@discordjs/voice';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TONES, toneHz, tonesIn } from '../../bench/support/soak/tones.ts';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { RECOGNISER_LIMITS } from '../../src/conversation/recognisers.ts';
import type { Person } from '../../src/loopback/index.ts';
import { DetectorPool, POOL_DEFAULTS } from '../../src/providers/vad/detector-pool.ts';
import { type Bot, startBot } from '../support/bot.ts';
import { fakeDetector } from '../support/fake-detector.ts';
import { type ToneEar, toneEar } from '../support/tone-ear.ts';

const PEOPLE = 25;
const AT_ONCE = 3;
const ROUNDS = 3;
const SETTLED_WITHIN_MS = 15_000;

let bot: Bot;
let ear: ToneEar;
let pool: DetectorPool;
let crowd: Person[];
beforeEach(async () => {
  ear = toneEar();
  pool = new DetectorPool({ make: fakeDetector, clock: systemClock, log: silentLog });
  bot = await startBot({ providers: { stt: ear, vad: { name: 'fake', load: async () => pool } } });
  crowd = [await bot.joined('P0')];
});
afterEach(async () => {
  await bot.stop();
});

const sockets = (kind: RegExp) => process.getActiveResourcesInfo().filter((name) => kind.test(name)).length;
/** Whoever is subscribed to has a decoder. */
const decoders = () => getVoiceConnection(bot.loopback.guildId)!.receiver.subscriptions.size;

/** All at once, without waiting for each other. */
async function arrive(): Promise<void> {
  for (let i = 1; i < PEOPLE; i++) {
    const person = bot.loopback.addPerson({ name: `P${i}` });
    person.moveTo(bot.lounge);
    crowd.push(person);
  }
  await bot.loopback.botReady(SETTLED_WITHIN_MS);
}

/** Everybody speaks with one tone, and those who talk at once with different ones. */
const toneOf = (person: Person): number => (crowd.indexOf(person) * 5) % TONES;
const heardOf = (person: Person, since = 0): number[] =>
  bot.reports
    .slice(since)
    .flatMap(({ record, transcript }) => (record.speakerId === person.id ? tonesIn(transcript) : []));

/** These talk at the same time; resolves when each has been heard. A stalling machine may make two turns of one. */
async function talkAtOnce(people: readonly Person[]): Promise<void> {
  const before = bot.reports.length;
  await Promise.all(people.map((person) => person.sendTone(300, toneHz(toneOf(person)))));
  await bot.waitFor('all of their turns', () => people.every((person) => heardOf(person, before).length > 0));
}

it(`${PEOPLE} people: three at once are told apart, and only talkers cost anything`, async () => {
  const before = { udp: sockets(/^UDP/), tcp: sockets(/^(TCP|TLS)/) };
  await arrive();
  expect({ detectors: pool.size, recognisers: ear.open, decoders: decoders() }).toEqual({
    ...{ detectors: POOL_DEFAULTS.atStart, recognisers: 0, decoders: 0 },
  });
  for (let round = 0; round < ROUNDS; round++) {
    await talkAtOnce(crowd.slice(round * AT_ONCE, (round + 1) * AT_ONCE));
  }
  expect(sockets(/^UDP/)).toBe(before.udp);
  // Fewer, once idle ones of REST were closed.
  expect(sockets(/^(TCP|TLS)/)).toBeLessThanOrEqual(before.tcp);
  expect(ear.most).toBeLessThanOrEqual(RECOGNISER_LIMITS.most);
  expect(pool.size).toBe(POOL_DEFAULTS.atStart);
  expect(decoders()).toBe(ROUNDS * AT_ONCE);
  // The model knows who said what.
  const said = bot.fakes.llm.requests.flatMap(({ messages }) => messages.map(({ content }) => content));
  for (const person of crowd.slice(0, AT_ONCE)) {
    const named = said.filter((text) => text.startsWith(`${person.name}: `));
    expect(new Set(named.flatMap(tonesIn))).toEqual(new Set([toneOf(person)]));
  }

  await bot.clock.skip(RECOGNISER_LIMITS.idleMs);
  expect(ear.open).toBe(0);
  // Who comes back after that is heard as before.
  await talkAtOnce(crowd.slice(1, 1 + AT_ONCE));

  for (const person of crowd)
    expect(new Set(heardOf(person)).difference(new Set([toneOf(person)])).size).toBe(0);

  for (const person of crowd.slice(1)) person.leaveVoice();
  await bot.caughtUp();
  expect(decoders()).toBe(1);
  expect(ear.open).toBeLessThanOrEqual(1);
  expect(bot.logged.filter(({ level }) => level >= 50)).toEqual([]);
  await bot.command(crowd[0]!, 'leave');
  expect(ear.open).toBe(0);
  expect(pool.size).toBeLessThanOrEqual(POOL_DEFAULTS.keep);
});
