/** Frames of the agent's voice that the voice library cannot encrypt or send. */
// @module-tag fault
import { getVoiceConnection } from '@discordjs/voice';
import { expect, it, vi } from 'vitest';
import { startBot } from '../support/bot.ts';

it('frames that cannot be encrypted are lost, and told once; the rest of the answer is heard', async () => {
  const bot = await startBot();
  try {
    const ada = await bot.joined();
    bot.fakes.tts.script = { toneMs: 400 };
    const connection = getVoiceConnection(bot.loopback.guildId)!;
    const play = vi.spyOn(connection, 'playOpusPacket');
    for (let i = 0; i < 5; i++) {
      play.mockImplementationOnce(() => {
        throw new Error('no key yet');
      });
    }
    const { spoken, report } = await bot.turn(ada);
    expect(report.record.outcome).toBe('answered');
    await bot.waitFor('the silence frames', () => bot.loopback.room.stats.silenceFrames === 5);
    const heard = bot.loopback.room.frames(spoken.lastVoicedSentMs).filter(({ dbfs }) => dbfs >= -45);
    expect(heard.length).toBeGreaterThanOrEqual(14);
    const lines = bot.logged.filter(({ msg }) => msg === 'frames of the voice cannot be sent');
    expect(lines).toMatchObject([{ err: { message: 'no key yet' } }]);
  } finally {
    await bot.stop();
  }
});
