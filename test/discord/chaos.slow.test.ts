/** Fault upon fault, in a seeded order and without waiting for the one before: audio always comes back. */
// @module-tag fault
import { afterEach, beforeEach, expect, it } from 'vitest';
import { OPUS_SILENCE } from '../../src/audio/opus.ts';
import type { Person } from '../../src/loopback/index.ts';
import { seededRandom } from '../support/random.ts';
import { tone } from '../support/tone.ts';
import { openRig, type Rig, type Stay } from './voice-rig.ts';

let rig: Rig;
let people: Person[];
beforeEach(async () => {
  // Sessions do not end by themselves here: that is a kick, not a fault to come back from.
  rig = await openRig({ resumeWindowMs: 600_000 });
  people = [await rig.seat('Ada'), await rig.seat('Bob')];
});
afterEach(async () => {
  await rig.close();
});

const ROUNDS = 25;
/** Of ten packets each; after 37 that cannot be decrypted the encryption starts anew. */
const TALKS = 10;

/** What may happen to a voice connection that is not meant to end. */
function faults(stay: Stay, random: () => number): (() => unknown)[] {
  const { faults: host, knobs } = rig.loopback;
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const someone = () => pick(people);
  const sendSealed = (count: number, dave: boolean) => {
    const person = someone();
    if (!person.seat) return;
    for (let i = 0; i < count; i++) person.sendOpus(person.encode(tone(20)), { dave });
  };
  return [
    () => host.closeVoice(pick([1006, 4015, 1001])),
    () => host.closeVoice(pick([4006, 4009, 4001])),
    () => host.serverMoveVoice({ gap: random() < 0.5 }),
    () => {
      knobs.dropDiscoveryReplies = 1;
      host.closeVoice(4006);
    },
    () => {
      knobs.breakDaveTransitions = 1;
      return host.serverMoveVoice();
    },
    () => host.corruptNext(3),
    () => sendSealed(45, false),
    () => sendSealed(20, true),
    () => host.sendVoice(pick(['null', '{"op":5}', Buffer.from([0])])),
    () => host.sendVoice(Buffer.concat([Buffer.from([0, 9, pick([25, 27, 29, 30])]), Buffer.alloc(9, 0xa5)])),
    async () => {
      const person = someone();
      if (person.seat) person.leaveVoice();
      else await person.joinVoice(rig.channelId, 20_000).catch(() => undefined);
    },
    () => host.closeGateway(pick([1006, 4000])),
    () => stay.say(100),
  ];
}

/** The person goes on talking until heard: a few words may be lost while keys change. */
async function untilHeard(stay: Stay, person: Person): Promise<void> {
  const told = stay.told.length;
  const heard = () =>
    stay.told.slice(told).some(({ type, speakerId }) => type === 'talkEnded' && speakerId === person.id);
  for (let talk = 1; talk <= TALKS; talk++) {
    for (let i = 0; i < 10; i++) person.sendOpus(person.encode(tone(20)));
    person.sendOpus(OPUS_SILENCE, { dave: false });
    const patienceMs = talk < TALKS ? 300 : 5_000;
    const done = await rig.waitFor(`${person.name} to be heard`, heard, patienceMs).catch(() => false);
    if (done) return;
  }
  throw new Error(`${person.name} is not heard: ${JSON.stringify(stay.counters)}`);
}

/** Every person is heard, and each of them can decrypt the bot. */
async function expectAudio(stay: Stay): Promise<void> {
  for (const person of people) if (!person.seat) await person.joinVoice(rig.channelId, 20_000);
  await rig.loopback.botReady(20_000);
  await rig.waitFor('the connection to carry audio', () => stay.voice.canSend, 20_000);
  for (const person of people) {
    await rig.waitFor('the group', () => person.seat?.sharesGroupWith(rig.loopback.botUserId), 20_000);
    await untilHeard(stay, person);
  }
  const sinceMs = performance.now();
  await Promise.all([stay.say(200), rig.loopback.room.nextAudible(sinceMs, 10_000)]);
}

it.each([1, 2, 3])('comes back from everything (seed %i)', async (seed) => {
  const random = seededRandom(seed);
  const stay = await rig.join();
  const story: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const all = faults(stay, random);
    for (let i = 0; i < 5; i++) {
      const chosen = Math.floor(random() * all.length);
      story.push(chosen);
      void all[chosen]!();
      // Between nothing and enough for the next step of a handshake.
      const turns = Math.floor(random() * 200);
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    // Backoff, and phases that wait for what never comes, take their time.
    for (let i = 0; i < 40 && !stay.voice.canSend; i++) {
      await rig.clock.skip(500);
      for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(stay.lost, `after ${story}`).toBeNull();
    await expectAudio(stay).catch((error: unknown) => {
      throw new Error(`after ${story.slice(-6)}: ${String(error)}`);
    });
    await rig.clock.skip(11_000);
  }
  expect(rig.loopback.room.stats.plainWhileEncrypted).toBe(0);
});
