/** Careful looks into what a server sent, which may be of any shape. */

type Unknowns = Readonly<Record<string, unknown>>;

export const isRecord = (value: unknown): value is Unknowns =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Undefined when it is not JSON. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The object at this place, or an empty one. */
export function recordAt(value: unknown, key: string): Unknowns {
  const inner = isRecord(value) ? value[key] : undefined;
  return isRecord(inner) ? inner : {};
}

/** The text at this place, or an empty one. */
export function textAt(value: unknown, key: string): string {
  const inner = isRecord(value) ? value[key] : undefined;
  return typeof inner === 'string' ? inner : '';
}

/** The list at this place, or an empty one. */
export function listAt(value: unknown, key: string): readonly unknown[] {
  const inner = isRecord(value) ? value[key] : undefined;
  return Array.isArray(inner) ? inner : [];
}

/** The whole number, 0 or more, at this place; undefined when there is none. */
export function countAt(value: unknown, key: string): number | undefined {
  const inner = isRecord(value) ? value[key] : undefined;
  return typeof inner === 'number' && Number.isInteger(inner) && inner >= 0 ? inner : undefined;
}
