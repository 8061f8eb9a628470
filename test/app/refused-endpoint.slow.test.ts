/** A minute of real time in which one server's voice endpoint refuses the bot: few requests, and other servers do not notice. */
// @module-tag fault
import { expect, it } from 'vitest';
import { startBot } from '../support/bot.ts';

const MINUTE_MS = 60_000;

it('a voice endpoint that refuses for a minute costs at most 12 requests, while another server is joined and answered', async () => {
  const bot = await startBot();
  try {
    const { loopback } = bot;
    const ada = await bot.joined();
    await bot.turn(ada);
    const away = loopback.addGuild({ name: 'Away' });
    const [abroad = ''] = away.voiceChannelIds;
    const bob = away.addPerson({ name: 'Bob', admin: true });
    await bob.joinVoice(abroad);
    Object.assign(loopback.knobs, { refuseVoice: 'port', refuseVoiceIn: loopback.guildId });
    const startMs = performance.now();
    loopback.faults.closeVoice(4006, loopback.guildId);
    const requests = () =>
      loopback.op4().filter(({ atMs, guildId }) => atMs >= startMs && guildId === loopback.guildId);
    await bot.waitFor('the backoff to begin', () => requests().length >= 3, MINUTE_MS);

    const { text } = await bot.command(bob, 'join', { channelId: away.textChannelId });
    expect(text).toContain(`I am in <#${abroad}>`);
    await away.botReady(5_000);
    const spoken = await bob.sendTone(200, 440);
    await away.room.nextAudible(spoken.lastVoicedSentMs, 5_000);

    const restMs = startMs + MINUTE_MS - performance.now();
    await bot.waitFor('the minute', () => performance.now() - startMs >= MINUTE_MS, restMs + 1);
    expect(requests().length).toBeLessThanOrEqual(12);
    loopback.knobs.refuseVoice = null;
    await bot.waitFor('the new session', () => loopback.botVoiceChannelId() === bot.lounge, MINUTE_MS);
    await loopback.botReady(MINUTE_MS);
    expect((await bot.turn(ada)).report.record.outcome).toBe('answered');
  } finally {
    await bot.stop();
  }
});
