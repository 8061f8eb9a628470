/** A voice gateway that says anything at all: nothing ends the process, and audio flows again when it has stopped. */
// @module-tag fault
import { expect, it } from 'vitest';
import { seededRandom } from '../support/random.ts';
import { randomBytes, randomJson } from '../support/random-json.ts';
import { openRig } from './voice-rig.ts';
import { expectAudio, settled } from './voice-steps.ts';

const MESSAGES = 400;
/** All but 22: with the right number it has the bot speak in clear, as a voice server may well tell it to. */
const OPS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 18, 20, 21, 23, 24, 25, 26, 27, 31, 99];
const BINARY_OPS = [4, 5, 25, 26, 27, 28, 29, 30, 31, 99];
const FIELDS = [
  ...[
    'user_id',
    'user_ids',
    'ssrc',
    'speaking',
    'heartbeat_interval',
    'modes',
    'ip',
    'port',
    'mode',
    'secret_key',
  ],
  ...['dave_protocol_version', 'protocol_version', 'transition_id', 'epoch', 't', 'op', 'd', 'seq'],
];

it.each([1, 2])('400 random messages (seed %i)', async (seed) => {
  const random = seededRandom(seed);
  const rig = await openRig();
  try {
    const ada = await rig.seat('Ada');
    const stay = await rig.join();
    await expectAudio(rig, stay, ada);
    for (let i = 0; i < MESSAGES; i++) {
      const op = OPS[Math.floor(random() * OPS.length)];
      const binaryOp = BINARY_OPS[Math.floor(random() * BINARY_OPS.length)] ?? 0;
      const binary = Buffer.concat([
        Buffer.from([0, 9, binaryOp]),
        randomBytes(random, Math.floor(random() * 300)),
      ]);
      const text = JSON.stringify(
        random() < 0.2 ? randomJson(random, FIELDS) : { op, d: randomJson(random, FIELDS) },
      );
      rig.loopback.faults.sendVoice(random() < 0.3 ? binary : text);
      if (i % 20 === 0) await settled(rig);
    }
    for (let i = 0; i < 60 && !stay.voice.canSend; i++) {
      await rig.clock.skip(500);
      await settled(rig);
    }
    expect(stay.lost).toBeNull();
    // Speaking again says anew whose its number is.
    ada.announce();
    await expectAudio(rig, stay, ada);
    expect(stay.logged.some(({ broken }) => broken !== undefined)).toBe(true);
  } finally {
    await rig.close();
  }
});
