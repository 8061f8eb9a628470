/** From a vendor's base address to that of a socket. */
import { ParleyError } from '../../../base/errors.ts';

/** http and https count as ws and wss. Throws a ParleyError when the base is no web address. */
export function socketAddress(baseUrl: string, path: string, vendor: string): URL {
  const url = URL.parse(baseUrl);
  if (!url || !/^(ws|http)s?:$/.test(url.protocol)) {
    throw new ParleyError(`The address of ${vendor} is no web address`, {
      code: 'STT_ADDRESS',
      remedy: 'Set it to one that begins with https:// or wss://.',
    });
  }
  url.protocol = url.protocol.replace('http', 'ws');
  url.pathname = url.pathname.replace(/\/+$/, '') + path;
  return url;
}
