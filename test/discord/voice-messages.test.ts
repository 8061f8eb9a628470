/** Whatever the voice gateway says, the process lives, the connection goes on listening, and the log has the cause. */
// @module-tag fault
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../../src/loopback/index.ts';
import { openRig, type Rig, type Stay } from './voice-rig.ts';
import { expectAudio, status } from './voice-steps.ts';

let rig: Rig;
let ada: Person;
let stay: Stay;
beforeAll(async () => {
  rig = await openRig();
  ada = await rig.seat('Ada');
  stay = await rig.join();
});
afterAll(async () => {
  await rig.close();
});

let lastSsrc = 700_000;

/** An announcement that comes after is heard: the connection is not deaf. */
async function expectListening(): Promise<void> {
  const { ssrcMap } = stay.voice.connection.receiver;
  lastSsrc += 1;
  const userId = String(lastSsrc);
  const heard = new Promise<void>((resolve) => {
    const look = ({ userId: known }: { userId: string }) => {
      if (known !== userId) return;
      ssrcMap.off('create', look);
      resolve();
    };
    ssrcMap.on('create', look);
  });
  rig.loopback.faults.sendVoice(
    JSON.stringify({ op: 5, d: { user_id: userId, ssrc: lastSsrc, speaking: 1 } }),
  );
  await heard;
}

const UNHANDLED = 'message of the voice gateway could not be handled';
const UNREADABLE = 'voice connection error';
const troubles = () => stay.logged.filter(({ msg }) => msg === UNHANDLED || msg === UNREADABLE);

/** Sends it, and resolves once the bot is well again; with what was logged of it. */
async function survives(message: string | Buffer) {
  const before = troubles().length;
  rig.loopback.faults.sendVoice(message);
  await expectListening();
  expect(stay.lost).toBeNull();
  expect(status(stay)).toBe('ready');
  // A message of the encryption may have it start anew.
  await rig.waitFor('the encryption', () => stay.voice.canSend);
  await rig.loopback.botReady(5_000);
  return troubles().slice(before);
}

const binary = (op: number, ...payload: number[]) => Buffer.from([0, 9, op, ...payload]);
const garbage = (op: number, bytes: number) =>
  Buffer.concat([Buffer.from([0, 9, op]), Buffer.alloc(bytes, 0xa5)]);

describe('a message of the voice gateway that cannot be handled is logged, and the next one is handled:', () => {
  it.each([
    ['null', 'null'],
    ['speaking without data', '{"op":5}'],
    ['hello without data', '{"op":8}'],
    ['somebody came, without data', '{"op":11}'],
    ['somebody came, without a list', '{"op":11,"d":{"user_ids":null}}'],
    ['somebody left, without data', '{"op":13}'],
    ['a transition without data', '{"op":21}'],
    ['an executed transition without data', '{"op":22}'],
    ['an epoch without data', '{"op":24}'],
    ['no bytes', Buffer.alloc(0)],
    ['one byte', Buffer.alloc(1)],
    ['two bytes', Buffer.alloc(2)],
    ['an external sender without data', binary(25)],
    ['an external sender that is garbage', garbage(25, 40)],
    ['proposals without data', binary(27)],
    ['proposals that are garbage', garbage(27, 40)],
    ['proposals that are 64 KB of garbage', garbage(27, 65_536)],
    ['proposals of an unknown kind', binary(27, 7, 0)],
    ['a commit without data', binary(29)],
    ['a welcome without data', binary(30)],
    ['a welcome with half a number', binary(30, 0)],
  ])('%s', async (_, message) => {
    const invalid = rig.loopback.log.count('dave.invalid');
    const logged = await survives(message);
    // What was binary may have been needed to follow the group.
    expect(rig.loopback.log.count('dave.invalid')).toBe(invalid + (typeof message === 'string' ? 0 : 1));
    expect(logged).toMatchObject([{ msg: UNHANDLED, err: { message: expect.any(String) } }]);
    expect(logged[0]?.broken).toBe(troubles().filter(({ msg }) => msg === UNHANDLED).length);
  });
});

describe('a message of the voice gateway that cannot be read is logged as an error of the connection:', () => {
  it.each([
    ['text that is no JSON', 'hello'],
    ['no text', ''],
    ['half an object', '{"op":5,'],
    ['a hundred thousand brackets', '['.repeat(100_000)],
  ])('%s', async (_, message) => {
    expect(await survives(message)).toMatchObject([
      { msg: UNREADABLE, err: { message: expect.any(String) } },
    ]);
  });
});

describe('a message of the voice gateway that means nothing here is passed over:', () => {
  it.each([
    ['a number', '5'],
    ['a list', '[]'],
    ['an unknown op', '{"op":99,"d":null}'],
    ['an op that is text', '{"op":"5","d":{"user_id":"1","ssrc":1}}'],
    ['ready, a second time', '{"op":2,"d":{}}'],
    ['a description, a second time', '{"op":4,"d":{}}'],
    ['resumed, though nothing broke', '{"op":9,"d":null}'],
    ['who left was never there', '{"op":13,"d":{"user_id":"1"}}'],
    ['an executed transition that nobody announced', '{"op":22,"d":{"transition_id":500}}'],
    ['64 KB of an unknown op', JSON.stringify({ op: 99, d: 'x'.repeat(65_536) })],
    ['an unknown binary op', garbage(99, 40)],
  ])('%s', async (_, message) => {
    expect(await survives(message)).toEqual([]);
  });
});

describe('a message of the encryption that cannot be followed has it start anew:', () => {
  it.each([
    ['a commit that is garbage', garbage(29, 40)],
    ['a welcome that is garbage', garbage(30, 40)],
  ])('%s', async (_, message) => {
    const before = rig.loopback.log.count('dave.invalid');
    expect(await survives(message)).toEqual([]);
    expect(rig.loopback.log.count('dave.invalid')).toBe(before + 1);
  });
});

it('after all of these messages audio flows both ways, over the first connection', async () => {
  await expectAudio(rig, stay, ada);
  expect(rig.loopback.log.count('voice.identify')).toBe(1);
  expect(rig.loopback.privacyCode()).toBe(stay.voice.connection.voicePrivacyCode);
});
