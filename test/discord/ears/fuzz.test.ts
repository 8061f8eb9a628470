/**
 * Whatever a hostile sender puts on the wire, by the thousand, from a seed: each packet becomes audio or is counted under
 * one cause, nothing throws, and no noise reaches the listener.
 */
// @module-tag fault
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rmsDbfs } from '../../../src/audio/energy.ts';
import { createOpusEncoder, type OpusEncoder } from '../../../src/audio/opus.ts';
import type { EarsEvent } from '../../../src/conversation/ports.ts';
import { noReceiveCounters, type ReceiveCounters } from '../../../src/discord/ears/counters.ts';
import { TransportKey } from '../../../src/loopback/voice/rtp.ts';
import { seededRandom } from '../../support/random.ts';
import { tone } from '../../support/tone.ts';
import { settle, VirtualClock } from '../../support/virtual-clock.ts';
import { Sender, Wire } from '../../support/wire.ts';
import { openRig } from '../voice-rig.ts';

/** As much louder than what was really said a guess of the decoder may be. */
const LOUDER_DB = 3;

let clock: VirtualClock;
let wire: Wire;
let ann: Sender;
let events: EarsEvent[];
let encoder: OpusEncoder;
beforeEach(() => {
  clock = new VirtualClock();
  wire = new Wire(clock);
  ann = new Sender(1_001);
  events = [];
  wire.ears.listen((event) => events.push(event));
  wire.announce('ann', ann.ssrc);
  encoder = createOpusEncoder(16_000);
});
afterEach(() => {
  wire.close();
  encoder.close();
});

const frames = () => events.filter((event) => event.type === 'frame');
const loud = () => encoder.encode(tone(20));
const randomBytes = (length: number, random: () => number) =>
  Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));

/** Some bits of a packet are not as they were. */
function flipped(packet: Buffer, random: () => number, from = 0): Buffer {
  const copy = Buffer.from(packet);
  for (let flips = 1 + Math.floor(random() * 4); flips > 0; flips--) {
    const at = from + Math.floor(random() * (copy.length - from));
    copy[at]! ^= 1 << Math.floor(random() * 8);
  }
  return copy;
}

const causes = (counters: ReceiveCounters): number => {
  const { lost: _, ...rest } = counters;
  return Object.values(rest).reduce((sum, count) => sum + count, 0);
};

describe('on the way', () => {
  it.each([1, 2, 3])(
    '3,000 packets of a stranger are counted, each once, and none is heard: seed %i',
    async (seed) => {
      const random = seededRandom(seed);
      wire.put(wire.key.seal(ann.frame(loud())));
      await settle();
      const before = frames().length;
      expect(before).toBe(1);
      const stranger = new TransportKey(wire.key.mode, randomBytes(32, random));
      let sent = 0;
      for (let i = 0; i < 1_000; i++) {
        const real = wire.key.seal(ann.frame(loud()));
        const message = [
          () => randomBytes(1 + Math.floor(random() * 200), random),
          // Behind the header, so that it stays the speaker's.
          () => flipped(real, random, 12),
          () => real.subarray(0, Math.floor(random() * real.length)),
          () => stranger.seal(ann.frame(loud())),
          () => stranger.seal(ann.frame(loud(), { ssrc: Math.floor(random() * 2 ** 32) })),
          () => Buffer.concat([real.subarray(0, 12), Buffer.alloc(Math.floor(random() * 100))]),
          () => stranger.seal(ann.frame(loud(), { payloadType: Math.floor(random() * 128) })),
          () =>
            stranger.seal(
              ann.frame(loud(), { csrcs: [1, 2], padding: 3, extension: randomBytes(8, random) }),
            ),
        ][i % 8]!();
        if (message.length === 8) continue;
        wire.put(message);
        sent += 1;
      }
      await settle();
      await clock.advance(1_000);
      // Of unknown senders the last few are kept, for an announcement that may yet come.
      const kept = sent - causes(wire.counters);
      expect(kept).toBeGreaterThanOrEqual(0);
      expect(kept).toBeLessThanOrEqual(16 * 25);
      expect(frames()).toHaveLength(before);
      for (const cause of ['short', 'otherVersion', 'otherType', 'forged', 'unannounced'] as const) {
        expect(wire.counters[cause], cause).toBeGreaterThan(0);
      }
    },
  );

  it('packets of the speaker are heard among as many of a stranger, in order, without a gap', async () => {
    const random = seededRandom(9);
    for (let i = 0; i < 200; i++) {
      const real = wire.key.seal(ann.frame(loud()));
      wire.put(flipped(real, random, 12));
      wire.put(real);
      wire.put(real.subarray(0, 12 + Math.floor(random() * 20)));
      await clock.advance(20);
    }
    expect(frames()).toHaveLength(200);
    expect(frames().some(({ concealed }) => concealed)).toBe(false);
    expect(wire.counters).toEqual({ ...noReceiveCounters(), forged: 400 });
  });

  it('sealed frames that nobody can open are not heard', async () => {
    const random = seededRandom(4);
    wire.put(wire.key.seal(ann.frame(loud())));
    for (let i = 0; i < 100; i++) {
      const sealed = Buffer.concat([randomBytes(40, random), Buffer.from([0xfa, 0xfa])]);
      wire.put(wire.key.seal(ann.frame(sealed)));
    }
    await settle();
    expect(frames()).toHaveLength(1);
    expect(wire.counters).toEqual({ ...noReceiveCounters(), undecryptable: 100 });
  });
});

describe('inside intact packets', () => {
  it.each([1, 2, 3])(
    'what is no Opus is counted, and a guess is no louder than what was said: seed %i',
    async (seed) => {
      const random = seededRandom(seed);
      const kinds = [
        () => Buffer.alloc(0),
        // One frame of more than 1,275 bytes.
        () => Buffer.concat([Buffer.from([0xf8]), randomBytes(1_276, random)]),
        // Two frames of one length, in an odd number of bytes.
        () => Buffer.concat([Buffer.from([0xf9]), randomBytes(2 * Math.floor(random() * 50) + 1, random)]),
        // Two frames, the first of which is longer than the packet.
        () => Buffer.from([0xfa, 250, ...randomBytes(5, random)]),
        // No frames at all, and more than 120 ms of them.
        () => Buffer.from([0xfb, 0, ...randomBytes(5, random)]),
        () => Buffer.from([0xfb, 49, ...randomBytes(49, random)]),
      ];
      for (let i = 0; i < 600; i++) {
        wire.put(wire.key.seal(ann.frame(i % 2 === 0 ? loud() : kinds[(i >> 1) % kinds.length]!())));
        await clock.advance(20);
      }
      expect(wire.counters).toEqual({ ...noReceiveCounters(), undecodable: 300 });
      expect(frames()).toHaveLength(600);
      const saidDbfs = rmsDbfs(tone(20));
      for (const { pcm } of frames()) expect(rmsDbfs(pcm)).toBeLessThan(saidDbfs + LOUDER_DB);
    },
  );

  it('anything at all throws nothing, and the next word is heard', async () => {
    const random = seededRandom(5);
    for (let i = 0; i < 2_000; i++) {
      const payload =
        random() < 0.5 ? randomBytes(Math.floor(random() * 300), random) : flipped(loud(), random);
      const padding = random() < 0.2 ? Math.floor(random() * 256) : 0;
      const sequence = random() < 0.1 ? { sequence: Math.floor(random() * 0x10000) } : {};
      wire.put(wire.key.seal(ann.frame(payload, { padding, ...sequence })));
    }
    await clock.advance(10_000);
    events.length = 0;
    const start = { sequence: 30_000 };
    for (let i = 0; i < 60; i++) {
      wire.put(wire.key.seal(ann.frame(loud(), { sequence: start.sequence + i })));
      await clock.advance(20);
    }
    expect(
      frames()
        .slice(-5)
        .map(({ pcm }) => Math.round(rmsDbfs(pcm))),
    ).toEqual(Array(5).fill(Math.round(rmsDbfs(frames().at(-1)!.pcm))));
    expect(rmsDbfs(frames().at(-1)!.pcm)).toBeGreaterThan(-30);
    expect(clock.pending).toBe(0);
  });
});

describe('end-to-end encrypted', () => {
  it('broken seals and frames in clear are counted apart, and audio goes on', async () => {
    const random = seededRandom(6);
    const rig = await openRig();
    try {
      const ada = await rig.seat('Ada');
      const stay = await rig.join();
      ada.sendOpus(ada.encode(tone(20)));
      await rig.waitFor('the first frame', () => stay.frames(ada).length === 1);
      let broken = 0;
      let clear = 0;
      for (let i = 0; i < 300; i++) {
        const opus = ada.encode(tone(20));
        // Good ones in between, so that the encryption is not given up.
        if (i % 10 === 0) ada.sendOpus(opus);
        else if (random() < 0.5) {
          const sealed = ada.seat!.seal(opus);
          ada.sendOpus(Buffer.concat([flipped(sealed.subarray(0, -2), random), sealed.subarray(-2)]), {
            dave: false,
          });
          broken += 1;
        } else {
          ada.sendOpus(random() < 0.5 ? opus : randomBytes(60, random), { dave: false });
          clear += 1;
        }
        await rig.waitFor(
          'it to be counted',
          () => stay.counters.undecryptable + stay.counters.plaintext === broken + clear,
        );
      }
      expect(stay.counters).toMatchObject({
        undecryptable: broken,
        plaintext: clear,
        forged: 0,
        undecodable: 0,
      });
      expect(stay.frames(ada).filter(({ concealed }) => !concealed)).toHaveLength(31);
    } finally {
      await rig.close();
    }
  });
});
