/**
 * Two bots in one channel with one human. Each is the real bot in a Discord of its own; a bridge carries the voice of each
 * into the other's channel, as a member there.
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { OPUS_SILENCE } from '../../src/audio/opus.ts';
import type { Person } from '../../src/loopback/index.ts';
import { type Bot, startBot } from '../support/bot.ts';

interface Side {
  bot: Bot;
  ada: Person;
  /** The bot of the other side. */
  other: Person;
}

/** Longer than the gate of a finished phrase and an answer's way: an echo would have been answered by then. */
const QUIET_MS = 500;
const QUESTIONS = 2;

let sides: Side[];
/** What one bot says is heard in the other's Discord. */
let bridged = false;
beforeEach(() => {
  sides = [];
});
afterEach(async () => {
  bridged = false;
  for (const { bot } of sides) await bot.stop();
});

/** @param bot false makes each bot look like a person to the other. */
async function comeTogether(bot: boolean): Promise<void> {
  for (const name of ['Parley Two', 'Parley One']) {
    const one = await startBot();
    sides.push({ bot: one, ada: await one.joined(), other: await one.seat(name, { bot }) });
    one.fakes.tts.script = { toneMs: 300 };
  }
  const [first, second] = sides;
  bridged = true;
  for (const [from, to] of [[first!, second!] as const, [second!, first!] as const]) {
    to.other.announce();
    from.bot.loopback.room.onFrame(({ silence, pcm }) => {
      if (!bridged) return;
      if (silence) to.other.sendOpus(OPUS_SILENCE, { dave: false });
      else to.other.sendOpus(to.other.encode(pcm));
    });
  }
}

/** The human, who is in both Discords, asks both. */
const ask = async () => await Promise.all(sides.map(({ bot, ada }) => bot.turn(ada)));

it('each answers the human, exactly once, and neither answers the other', async () => {
  await comeTogether(true);
  for (let i = 0; i < QUESTIONS; i++) {
    for (const { report } of await ask()) {
      expect(report.record).toMatchObject({ outcome: 'answered', audible: 'answer' });
    }
    for (const { bot } of sides) await bot.loopback.room.quiet(QUIET_MS, 5_000);
  }
  for (const { bot, ada, other } of sides) {
    expect(bot.reports.map(({ record }) => record.speakerId)).toEqual(Array(QUESTIONS).fill(ada.id));
    expect(bot.fakes.llm.requests).toHaveLength(QUESTIONS);
    // It was there to be heard: its packets came, and were not even decoded.
    const heard = bot.loopback.log.of('call.join').map(({ userId }) => userId);
    expect(heard).toContain(other.id);
    expect(bot.fakes.stt.heard.map(({ speaker }) => speaker.id)).toEqual([ada.id]);
    expect(bot.fakes.vad.open).toBe(1);
    const texts = bot.chat(bot.lounge);
    expect(texts).toHaveLength(1);
  }
});

it('would go on for ever if they took each other for people', async () => {
  await comeTogether(false);
  const [first] = sides;
  await first!.bot.turn(first!.ada);
  for (const { bot, other } of sides) {
    await bot.waitFor('a turn of the other bot', () =>
      bot.reports.some(({ record }) => record.speakerId === other.id),
    );
  }
});
