/** What a vendor says of an error, made fit for a message of ours. */

const MOST = 200;

/** Shortened, on one line, without the key. Empty when there is nothing to tell; else it begins with ": ". */
export function vendorWords(text: unknown, key: string): string {
  if (typeof text !== 'string') return '';
  const plain = text.replaceAll(/\s+/g, ' ').trim();
  const bare = key.length > 3 ? plain.replaceAll(key, '[withheld]') : plain;
  // Vendors quote keys, half blotted out.
  const safe = bare.replaceAll(/\b(sk|gsk|xi)[-_][\w*.-]{4,}/g, '[withheld]');
  if (safe === '') return '';
  return `: ${safe.length > MOST ? `${safe.slice(0, MOST)}...` : safe}`;
}

/** The object in a message of JSON; null when it is none. */
export function parsedObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

/** The text at this place, or an empty one. */
export function textOf(value: Readonly<Record<string, unknown>> | null, key: string): string {
  const text = value?.[key];
  return typeof text === 'string' ? text : '';
}
