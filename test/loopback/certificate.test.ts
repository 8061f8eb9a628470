/** The run-time certificate is one that TLS clients accept for localhost and 127.0.0.1, and for nothing else. */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { expect, it } from 'vitest';
import { type Certificate, makeCertificate } from '../../src/loopback/certificate.ts';

it('names localhost and 127.0.0.1, signs itself, and is valid for a month', () => {
  const certificate = new X509Certificate(makeCertificate(Date.UTC(2026, 10, 22)).certPem);
  expect(certificate.checkHost('localhost')).toBe('localhost');
  expect(certificate.checkHost('example.com')).toBeUndefined();
  expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(certificate.checkIP('127.0.0.2')).toBeUndefined();
  expect(certificate.ca).toBe(true);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.validFrom).toBe('Nov 21 00:00:00 2026 GMT');
  expect(certificate.validTo).toBe('Dec 22 00:00:00 2026 GMT');
});

it('is trusted beside those of other loopbacks in the same process', async () => {
  const [first, second] = [makeCertificate(), makeCertificate()];
  const ca = [first.certPem, second.certPem];
  expect(await connect(first, ca)).toBe('hello');
  expect(await connect(second, ca)).toBe('hello');
});

it.each([true, false])('is trusted by a TLS client: %s when it is its authority', async (trusted) => {
  const certificate = makeCertificate();
  const outcome = await connect(certificate, trusted ? [certificate.certPem] : undefined);
  expect(outcome).toBe(trusted ? 'hello' : 'DEPTH_ZERO_SELF_SIGNED_CERT');
});

/** What a TLS client that trusts `ca` gets from a server with this certificate: its greeting, or an error code. */
async function connect({ certPem, keyPem }: Certificate, ca: string[] | undefined): Promise<string> {
  const server = tls.createServer({ cert: certPem, key: keyPem }, (socket) => socket.end('hello'));
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = tls.connect({ port, host: '127.0.0.1', ...(ca ? { ca } : {}) });
  const outcome = await new Promise<string>((resolve) => {
    client.once('data', (data) => resolve(data.toString()));
    client.once('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)));
  });
  client.destroy();
  server.close();
  return outcome;
}
