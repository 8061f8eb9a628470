/** How the bot takes each way in which its voice connection may end: resumed, made anew with one request, or over for good. */
// @module-tag fault
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../../src/loopback/index.ts';
import { openRig, type Rig, type Stay } from './voice-rig.ts';
import { expectAudio, sends, status } from './voice-steps.ts';

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

/** Time enough for the connection to count as stable: the next request then leaves at once. */
const STABLE_MS = 10_100;

async function close(code: number): Promise<void> {
  await rig.clock.skip(STABLE_MS);
  const closes = rig.loopback.log.count('voice.close');
  rig.loopback.faults.closeVoice(code);
  await rig.waitFor('the close', () => rig.loopback.log.count('voice.close') > closes);
}

async function expectWell(): Promise<void> {
  await rig.waitFor('the encryption', () => status(stay) === 'ready' && stay.voice.canSend);
  await rig.loopback.botReady(5_000);
  expect(stay.lost).toBeNull();
}

const closeLines = (code: number) =>
  stay.logged.filter(({ msg, closeCode }) => msg === 'voice gateway closed' && closeCode === code);

describe('the voice connection is resumed, without a request, after', () => {
  it.each([
    [1000, 'goodbye'],
    [1001, 'going away'],
    [1006, 'no goodbye at all'],
    [1011, 'an error of the server'],
    [3000, 'a code that nobody documents'],
    [4015, 'a crash of the voice server'],
  ])('%i, %s', async (code) => {
    const before = sends(rig);
    const resumes = rig.loopback.log.count('voice.resume');
    await close(code);
    await rig.waitFor('the resume', () => rig.loopback.log.count('voice.resume') > resumes);
    await expectWell();
    expect(sends(rig)).toBe(before);
  });
});

describe('the voice connection is made anew with one request, and the code is logged, after', () => {
  it.each([
    [4001, 'an unknown op'],
    [4002, 'a payload that could not be decoded'],
    [4003, 'a message before identify'],
    [4004, 'a refused token'],
    [4005, 'a second identify'],
    [4006, 'an invalid session'],
    [4009, 'a session that timed out'],
    [4011, 'an unknown server'],
    [4012, 'an unknown protocol'],
    [4016, 'an unknown encryption mode'],
    [4020, 'a bad request'],
    [4999, 'a code that nobody documents'],
  ])('%i, %s', async (code) => {
    const before = sends(rig);
    await close(code);
    await rig.waitFor('the request', () => sends(rig) === before + 1);
    await expectWell();
    expect(sends(rig)).toBe(before + 1);
    expect(closeLines(code)).toHaveLength(1);
  });
});

it('after all of these closes audio flows both ways', async () => {
  await expectAudio(rig, stay, ada);
});
