/** Synthetic speakers in real time: a long pause, and a loopback that ends in the middle of a sentence. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { startLoopback } from '../../src/loopback/index.ts';
import { SILENCE_FRAME } from '../../src/loopback/opus.ts';
import { hear, join, login, tone, udpOf } from './support.ts';

it('a voice-activity client closes its gate in a long pause, and time goes on', async () => {
  const loopback = await startLoopback({ seed: 3 });
  const client = await login(loopback);
  const connection = await join(client, loopback.voiceChannelIds[0]!);
  const alice = loopback.addPerson({ name: 'Alice' });
  await alice.joinVoice(loopback.voiceChannelIds[0]!);
  const packets: { sequence: number; timestamp: number }[] = [];
  udpOf(connection).on('message', (message: Buffer) => {
    if (message.length <= 8 || message.readUInt32BE(8) !== alice.ssrc) return;
    packets.push({ sequence: message.readUInt16BE(2), timestamp: message.readUInt32BE(4) });
  });
  const skips = () =>
    packets.slice(1).map(({ timestamp }, i) => ((timestamp - packets[i]!.timestamp) >>> 0) / 960 - 1);
  const heard = hear(connection, alice);
  const startMs = performance.now();
  const spoken = await alice.say(tone(440, 200), {
    client: 'voiceActivity',
    pauses: [{ atSample: 1600, ms: 500 }],
  });
  const stretch = 4 + 5 + 10 + 5;
  await heard.atLeast(2 * stretch);
  expect(packets).toHaveLength(2 * stretch);
  expect(new Set(skips().filter((skip) => skip > 0))).toEqual(new Set([6]));
  expect(skips()[stretch - 1]).toBe(6);
  const sequences = packets.map(({ sequence }, i) => (sequence - packets[0]!.sequence - i) & 0xffff);
  expect(new Set(sequences)).toEqual(new Set([0]));
  const silence = heard.packets.map((packet) => packet.equals(SILENCE_FRAME));
  expect(silence.flatMap((is, i) => (is ? [i] : []))).toEqual([
    ...[19, 20, 21, 22, 23],
    ...[43, 44, 45, 46, 47],
  ]);
  // Nothing leaves before its time, however late what went before: 4 + 5 + 25 + 5 frames to the end of the voice, and
  // 15 behind it. Timers may fire a millisecond early.
  expect(spoken.lastVoicedSentMs - startMs).toBeGreaterThan(38 * 20 - 2);
  expect(spoken.endedMs - startMs).toBeGreaterThan(53 * 20 - 2);
  connection.destroy();
  await client.destroy();
  await loopback.close();
});

it('is gone when the loopback closes, with every socket and timer: the process ends by itself', async () => {
  const program = `
    import { startLoopback } from './src/loopback/index.ts';
    const loopback = await startLoopback();
    const alice = loopback.addPerson({ name: 'Alice' });
    await alice.joinVoice(loopback.voiceChannelIds[0]);
    const speech = Int16Array.from({ length: 160000 }, (_, i) => 8000 * Math.sin(i / 5));
    const spoken = alice.say(speech, { client: 'pushToTalk' }).catch((error) => error.cause.message);
    loopback.waitFor('never', () => false, 60000).catch(() => undefined);
    await loopback.close();
    console.log(await spoken);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program]);
  let output = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  const [code] = await once(child, 'close');
  expect(output).toBe('the loopback was closed\n');
  expect(code).toBe(0);
});
