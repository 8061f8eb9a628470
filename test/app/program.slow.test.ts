/** A program that is called into a channel: how it ends there, and how it talks without the native codec. */
import { describe, expect, it } from 'vitest';
import { EXIT_WITHIN_MS, LINK, programs } from '../support/program.ts';
import { speech } from '../support/spoken.ts';

const rig = programs();

/** An admin in the lounge has called the bot. */
async function call() {
  const ada = rig.loopback.addPerson({ name: 'Ada', admin: true });
  await ada.joinVoice(rig.loopback.voiceChannelIds[0]!);
  const answer = await rig.loopback.command(ada, { name: 'join' });
  expect(answer.text).toContain(`I am in <#${rig.loopback.voiceChannelIds[0]}>`);
  await rig.loopback.botReady(5_000);
  return ada;
}

describe('a program in a channel', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('leaves the channel on %s', async (signal) => {
    const running = await rig.start();
    await running.printed(LINK);
    await call();
    running.signal(signal);
    expect(await running.ended(EXIT_WITHIN_MS)).toEqual({ code: 0, signal: null });
    expect(rig.loopback.botVoiceChannelId()).toBeNull();
    // Told by a request of its own, not only by the end of the connection.
    expect(rig.loopback.log.of('gateway.voiceState').at(-1)).toMatchObject({ channelId: null });
  });

  it('leaves the channel also while Discord has not taken its commands yet', {
    tags: ['fault'],
  }, async () => {
    const first = await rig.start();
    await first.printed(LINK);
    first.signal('SIGTERM');
    await first.ended(EXIT_WITHIN_MS);
    const { log, faults } = rig.loopback;
    faults.failRest({ match: /^PUT .*commands$/, status: 429, times: 1, retryAfterMs: 600_000 });
    const running = await rig.start();
    const limited = () => log.of('rest').some(({ method, status }) => method === 'PUT' && status === 429);
    await rig.loopback.waitFor('the registration', limited, 10_000);
    await call();
    running.signal('SIGTERM');
    expect(await running.ended(EXIT_WITHIN_MS)).toEqual({ code: 0, signal: null });
    expect(log.of('gateway.voiceState').at(-1)).toMatchObject({ channelId: null });
    expect([running.stdout, running.stderr]).toEqual(['', expect.not.stringContaining('STOPPED')]);
  });

  it('ends with the remedy when its token is reset', { tags: ['fault'] }, async () => {
    const running = await rig.start();
    await running.printed(LINK);
    await call();
    rig.loopback.faults.revokeToken();
    expect(await running.ended(EXIT_WITHIN_MS)).toEqual({ code: 1, signal: null });
    expect(running.stderr).toContain('Discord does not accept the token\nCopy the token');
  });

  it('talks with opusscript where the native codec is not installed', async () => {
    const without = new URL('../support/without-native-opus.ts', import.meta.url).href;
    const running = await rig.start({ nodeArgs: ['--import', without] });
    await running.printed(/Opus: opusscript\./);
    const [ada, pcm] = await Promise.all([call(), speech('what time is it')]);
    const { lastVoicedSentMs } = await ada.say(pcm, { client: 'voiceActivity' });
    const { room } = rig.loopback;
    await room.nextAudible(lastVoicedSentMs, 10_000);
    await rig.loopback.waitFor('some of the answer', () => room.stats.packets >= 25, 5_000);
    expect(room.stats).toMatchObject({ undecodable: 0, undecryptable: 0, plainWhileEncrypted: 0 });
    await rig.loopback.command(ada, { name: 'leave' });
    const { text } = await rig.loopback.command(ada, { name: 'latency', subcommand: 'stats' });
    expect(text).toContain('1 turn: 1 answered');
  });
});
