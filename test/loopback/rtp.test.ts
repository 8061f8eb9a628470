/** Transport encryption: what is sealed opens again in every RTP form, and only with its key. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ENCRYPTION_MODES, type RtpFrame, TransportKey } from '../../src/loopback/voice/rtp.ts';

const frame = (change: Partial<RtpFrame> = {}): RtpFrame => ({
  ssrc: 7,
  sequence: 65_535,
  timestamp: 4_294_967_000,
  marker: false,
  payloadType: 120,
  extension: null,
  padding: 0,
  payload: Buffer.from('payload'),
  ...change,
});

describe.each(ENCRYPTION_MODES)('%s', (mode) => {
  const key = new TransportKey(mode, randomBytes(32));
  const extension = Buffer.from([0x10, 0xff, 0x90, 0x00]);

  it.each([
    ['plain', frame(), 0x80],
    ['extension', frame({ extension }), 0x90],
    ['padding', frame({ padding: 9 }), 0xa0],
    ['extension and padding', frame({ extension, padding: 1, marker: true }), 0xb0],
  ])('carries a packet with %s', (_, sent, firstByte) => {
    const packet = key.seal(sent);
    expect(packet[0]).toBe(firstByte);
    expect(packet.includes('payload')).toBe(false);
    expect(key.open(packet)).toEqual(sent);
  });

  it('never uses a nonce twice', () => {
    const nonces = [key.seal(frame()), key.seal(frame())].map((packet) =>
      packet.subarray(-4).toString('hex'),
    );
    expect(nonces[0]).not.toBe(nonces[1]);
  });

  it.each([0, 9, 12, 31])('refuses %i bytes', (bytes) => {
    expect(() => key.open(Buffer.alloc(bytes, 0x80))).toThrow(/not an encrypted RTP packet/);
  });

  it('refuses another key, and a changed header', () => {
    const packet = key.seal(frame());
    expect(() => new TransportKey(mode, randomBytes(32)).open(packet)).toThrow();
    packet[3] = (packet[3] ?? 0) ^ 1;
    expect(() => key.open(packet)).toThrow();
  });
});
