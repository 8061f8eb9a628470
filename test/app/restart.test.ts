/** Stopping and starting: nothing is left behind, and commands of an earlier start are answered at once. */
// @module-tag fault
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Bot, startBot } from '../support/bot.ts';
import { expectCleanStop } from './left.ts';

let bot: Bot;
beforeEach(async () => {
  bot = await startBot({ realStore: true });
});
afterEach(async () => {
  await bot.stop();
});

const REGISTRATION = /^PUT .*commands$/;
/** Discord has refused a registration for now. */
const limited = () =>
  bot.loopback.log.of('rest').some(({ method, status }) => method === 'PUT' && status === 429);

it('stops in the middle of a turn, of a /join and of nothing', async () => {
  await expectCleanStop(bot);
  await bot.restart();
  bot.fakes.llm.always = { hangs: 'for ever' };
  const ada = await bot.joined();
  const finished = bot.nextReport();
  await ada.sendTone(200, 440);
  await bot.waitFor('the model to be asked', () => bot.fakes.llm.requests[0]);
  await expectCleanStop(bot);
  expect((await finished).record).toMatchObject({ outcome: 'unanswered', audible: null });
  expect((await finished).record.reason).not.toBeNull();
  await bot.restart();
  expect((await bot.command(ada, 'latency stats')).text).toContain('1 unanswered, 0 missed');
  bot.loopback.knobs.ignoreVoiceState = true;
  const requests = bot.loopback.voiceStateRequests();
  const joining = bot.command(ada, 'join').catch(() => undefined);
  await bot.waitFor('the request to join', () => bot.loopback.voiceStateRequests() > requests);
  await expectCleanStop(bot);
  await joining;
});

it('talks after a restart as before', async () => {
  const ada = await bot.joined();
  await bot.turn(ada);
  await bot.restart();
  await bot.command(ada, 'join');
  await bot.loopback.botReady(5_000);
  expect((await bot.turn(ada)).report.record.outcome).toBe('answered');
  expect((await bot.command(ada, 'latency stats')).text).toContain('2 turns: 2 answered');
});

it('answers commands while it still registers them anew', async () => {
  const ada = await bot.seat('Ada', { admin: true });
  bot.loopback.faults.failRest({ match: REGISTRATION, status: 429, times: 1, retryAfterMs: 1_000 });
  const restarting = bot.restart();
  await bot.waitFor('the registration', limited);
  expect((await bot.command(ada, 'join')).text).toContain(`I am in <#${bot.lounge}>`);
  await restarting;
});

it('does not wait for ever to register its commands', async () => {
  await bot.stopApp();
  bot.loopback.faults.failRest({ match: REGISTRATION, status: 429, times: 1, retryAfterMs: 600_000 });
  const restarting = expect(bot.restart()).rejects.toMatchObject({ code: 'COMMANDS_TIMEOUT' });
  await bot.waitFor('the registration', limited);
  await bot.clock.skip(60_000);
  await restarting;
  await expectCleanStop(bot);
});

it('frees everything when it cannot start', async () => {
  await bot.stopApp();
  bot.loopback.faults.failRest({ match: REGISTRATION, status: 403, times: 1 });
  await expect(bot.restart()).rejects.toMatchObject({ code: 'COMMANDS_REFUSED' });
  await expectCleanStop(bot);
});

it('still ignores who opted out before', async () => {
  const ada = await bot.joined();
  const bob = await bot.seat('Bob');
  await bot.command(bob, 'privacy opt-out');
  await bot.restart();
  await bot.command(ada, 'join');
  await bot.loopback.botReady(5_000);
  expect((await bot.command(bob, 'privacy status')).text).toContain('I ignore your voice');
  const spoken = bot.nextReport();
  await bob.sendTone(200, 440);
  await ada.sendTone(200, 440);
  expect((await spoken).record.speakerId).toBe(ada.id);
  expect(bot.fakes.stt.heard.map(({ speaker }) => speaker.id)).not.toContain(bob.id);
});
