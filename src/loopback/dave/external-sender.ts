/** The voice server's own signing key: the external sender that may propose members to an MLS group. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { u16, vector } from './mls.ts';

const CREDENTIAL_BASIC = 1;
const UNCOMPRESSED_POINT_BYTES = 65;

export interface ExternalSender {
  /** What op 25 carries: public key and credential. */
  readonly package: Buffer;
  sign(bytes: Buffer): Buffer;
}

export function createExternalSender(): ExternalSender {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  // The point is the tail of the SPKI encoding.
  const point = publicKey.export({ type: 'spki', format: 'der' }).subarray(-UNCOMPRESSED_POINT_BYTES);
  return {
    package: Buffer.concat([vector(point), u16(CREDENTIAL_BASIC), vector(Buffer.from('loopback'))]),
    sign: (bytes) => sign('sha256', bytes, privateKey),
  };
}
