/** Whole addresses of an API, from what people write as its base address; and keys as they may be sent. */
import { ParleyError } from '../../base/errors.ts';

/**
 * Whole addresses from base addresses: "https://api.anthropic.com", "https://api.anthropic.com/v1" and
 * "https://api.anthropic.com/v1/messages" are the same. Throws a ParleyError for what is no address.
 * @param tail "messages": comes last. @param prefixed after another path comes "v1" and the tail, else the tail alone.
 */
export function endpoints(bases: readonly string[], tail: string, prefixed: boolean): URL[] {
  if (bases.length === 0) throw badAddress('missing');
  return bases.map((base) => {
    const url = parsed(base);
    const path = url.pathname.replace(/\/+$/, '');
    const versioned = /\/v1$/.test(path) || (path !== '' && !prefixed);
    if (!path.endsWith(`/${tail}`)) url.pathname = `${path}${versioned ? '' : '/v1'}/${tail}`;
    return url;
  });
}

/** Where both APIs tell of one model: beside the tail of its whole address. */
export function modelPage(address: URL, tail: string, model: string): URL {
  const page = new URL(address);
  page.pathname = `${page.pathname.replace(/\/+$/, '').slice(0, -tail.length)}models/${encodeURIComponent(model)}`;
  return page;
}

function parsed(base: string): URL {
  const url = URL.canParse(base.trim()) ? new URL(base.trim()) : null;
  if (!url || !['http:', 'https:'].includes(url.protocol)) throw badAddress('not an http address');
  if (url.username || url.password) throw badAddress('given with a name or a password in it');
  url.hash = '';
  return url;
}

const badAddress = (what: string): ParleyError =>
  new ParleyError(`The address of a language model is ${what}`, {
    code: 'LLM_BAD_ADDRESS',
    remedy: 'Give its base address, such as https://api.anthropic.com, and the key as a setting of its own.',
  });

/** The key as it is sent; throws a ParleyError for one that no header can carry. */
export function usableKey(key: string | undefined, vendor: string): string {
  const trimmed = key?.trim() ?? '';
  if (/^[\x21-\x7e]*$/.test(trimmed)) return trimmed;
  throw new ParleyError(`The key of ${vendor} holds spaces or other characters that no key has`, {
    code: 'LLM_KEY_MALFORMED',
    remedy: 'Copy the key again, alone and whole.',
  });
}
