/** Faults of voice signalling that last: refused endpoints, silent heartbeats, no encryption mode, a gateway that is away. */
// @module-tag fault
import { Events } from 'discord.js';
import { afterEach, describe, expect, it } from 'vitest';
import type { LoopbackOptions, Person } from '../../src/loopback/index.ts';
import { openRig, type Rig } from './voice-rig.ts';
import { expectAudio, failure, requests, sends, settled, status, untilLost } from './voice-steps.ts';

let rig: Rig;
let ada: Person;
afterEach(async () => {
  await rig.close();
});
async function open(options: LoopbackOptions = {}): Promise<void> {
  rig = await openRig(options);
  ada = await rig.seat('Ada');
}

/** Moves on by `ms` while the real network goes on in between. */
async function pass(ms: number): Promise<void> {
  for (let passedMs = 0; passedMs < ms; passedMs += 100) {
    await rig.clock.skip(100);
    await settled(rig);
  }
}

describe('a voice endpoint', () => {
  it.each([
    ['refuses connections', 'port'],
    ['closes every identify with 4004', 4004],
  ] as const)(
    'that %s for a minute costs at most 12 requests, other servers are joined meanwhile, and audio comes back',
    async (_, refusal) => {
      await open();
      const { loopback } = rig;
      const away = loopback.addGuild({ name: 'Away' });
      const [abroad = ''] = away.voiceChannelIds;
      const bob = away.addPerson({ name: 'Bob' });
      await bob.joinVoice(abroad);
      const stay = await rig.join();
      await expectAudio(rig, stay, ada);
      Object.assign(loopback.knobs, { refuseVoice: refusal, refuseVoiceIn: loopback.guildId });
      loopback.faults.closeVoice(4006, loopback.guildId);
      const joins = () => loopback.op4().filter(({ guildId }) => guildId === loopback.guildId).length;
      const before = joins();
      await pass(30_000);
      const other = rig.enter({ channelId: abroad });
      await other.voice.ready;
      await away.botReady(5_000);
      const sinceMs = performance.now();
      await Promise.all([
        bob.sendTone(100, 440),
        other.say(200),
        away.room.nextAudible(sinceMs, 5_000),
        rig.waitFor('Bob to be heard', () => other.frames(bob).length > 0),
      ]);
      await pass(30_000);
      expect(joins() - before).toBeLessThanOrEqual(12);
      // It has not given up either.
      expect(joins() - before).toBeGreaterThan(4);
      expect(stay.lost).toBeNull();
      loopback.knobs.refuseVoice = null;
      await pass(20_000);
      await expectAudio(rig, stay, ada);
    },
  );

  it('that offers no encryption this bot knows ends the join with a remedy', async () => {
    await open({ modes: [] });
    const stay = rig.enter();
    await rig.waitFor('the reason', () => stay.logged.some(({ msg }) => msg === 'voice connection error'));
    await untilLost(rig, stay, 60_000);
    expect(await failure(stay)).toMatchObject({ code: 'VOICE_UNREACHABLE' });
    expect(sends(rig)).toBeLessThanOrEqual(4);
  });

  it('that speaks XChaCha20-Poly1305 alone carries audio both ways', async () => {
    await open({ modes: ['aead_xchacha20_poly1305_rtpsize'] });
    await expectAudio(rig, await rig.join(), ada);
    expect(rig.loopback.log.of('voice.ready')).toMatchObject([{ mode: 'aead_xchacha20_poly1305_rtpsize' }]);
  });
});

it('a reply to the question for the own address that holds no address is asked for again', async () => {
  await open();
  rig.loopback.knobs.garbleDiscoveryReplies = 2;
  const stay = await rig.join();
  expect(rig.loopback.log.of('udp.discovery').map(({ answered }) => answered)).toEqual([false, false, true]);
  await expectAudio(rig, stay, ada);
  expect(sends(rig)).toBe(1);
});

describe('a channel that Discord keeps the bot out of without a word ends the join with a remedy:', () => {
  it.each([
    ['it became full', () => rig.loopback.faults.limitUsers(rig.channelId, 1)],
    ['Connect was denied', () => rig.loopback.faults.denyPermissions(rig.channelId, ['Connect'])],
    ['View Channel was denied', () => rig.loopback.faults.denyPermissions(rig.channelId, ['ViewChannel'])],
  ])('%s', async (_, close) => {
    await open();
    close();
    const stay = rig.enter();
    await untilLost(rig, stay, 60_000);
    expect(await failure(stay)).toMatchObject({
      code: 'VOICE_NO_REPLY',
      remedy: expect.stringMatching(/full.*Connect/),
    });
    await settled(rig);
    expect(requests(rig)).toEqual([rig.channelId, rig.channelId, rig.channelId, null]);
  });
});

describe('a voice connection', () => {
  it('whose heartbeats nobody answers is resumed, and audio flows again', async () => {
    await open({ voiceHeartbeatMs: 60 });
    const stay = await rig.join();
    rig.loopback.knobs.ignoreVoiceHeartbeats = true;
    await rig.waitFor('the resume', () => rig.loopback.log.count('voice.resume') > 0);
    rig.loopback.knobs.ignoreVoiceHeartbeats = false;
    await rig.waitFor('the connection', () => status(stay) === 'ready');
    await expectAudio(rig, stay, ada);
    expect(sends(rig)).toBe(1);
  });

  it('that is resumed is told what it missed: somebody who came meanwhile is heard', async () => {
    await open();
    const stay = await rig.join();
    await expectAudio(rig, stay, ada);
    rig.loopback.faults.closeVoice(1006);
    const bob = rig.loopback.addPerson({ name: 'Bob' });
    bob.moveTo(rig.channelId);
    bob.announce();
    await rig.waitFor('the resume', () => rig.loopback.log.count('voice.resume') === 1);
    expect(rig.loopback.log.of('voice.resume')[0]?.repeated).toBeGreaterThan(0);
    await expectAudio(rig, stay, bob);
    await rig.waitFor('Bob to be heard', () => stay.frames(bob).length > 5);
    expect(sends(rig)).toBe(1);
  });

  it('that is closed with 4014 because it was moved waits for the new server, and goes over to it', async () => {
    await open();
    const stay = await rig.join();
    await expectAudio(rig, stay, ada);
    rig.loopback.faults.closeVoice(4014);
    await rig.waitFor('the break', () => status(stay) === 'disconnected');
    await rig.clock.skip(1_900);
    expect(stay.lost).toBeNull();
    await rig.loopback.faults.serverMoveVoice();
    await rig.waitFor('the connection', () => status(stay) === 'ready');
    await expectAudio(rig, stay, ada);
    expect(sends(rig)).toBe(1);
  });

  it('that ends while the gateway is away is asked for again as soon as the gateway is back', async () => {
    await open();
    const stay = await rig.join();
    await expectAudio(rig, stay, ada);
    // Long enough for the next request to be due at once: only then is the gateway found away.
    await rig.clock.skip(10_100);
    const away = new Promise((resolve) => rig.client.once(Events.ShardReconnecting, resolve));
    rig.loopback.faults.closeGateway(1006);
    await away;
    rig.loopback.faults.closeVoice(4006);
    await rig.waitFor('the break', () => status(stay) === 'disconnected');
    expect(sends(rig)).toBe(1);
    await rig.waitFor('the gateway', () => rig.loopback.log.count('gateway.resume') === 1);
    let waitedMs = 0;
    for (; sends(rig) < 2 && waitedMs < 10_000; waitedMs += 100) await pass(100);
    // Two seconds for the gateway, the backoff, and one second between two tries; less what went by by itself.
    expect(waitedMs).toBeLessThanOrEqual(3_500);
    await expectAudio(rig, stay, ada);
    expect(stay.lost).toBeNull();
  });
});
