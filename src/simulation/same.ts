/** Whether two values of plain data and maps are the same, down to the last bit. */

/** The path of the first difference, as in "floor.turn.id"; null when there is none. */
export function firstDifference(a: unknown, b: unknown, path = 'value'): string | null {
  if (Object.is(a, b)) return null;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return path;
  if (a instanceof Map || b instanceof Map) {
    if (!(a instanceof Map && b instanceof Map) || a.size !== b.size) return path;
    return differenceAmong([...a], [...b], path);
  }
  if (Array.isArray(a) !== Array.isArray(b)) return path;
  return differenceAmong(Object.entries(a), Object.entries(b), path);
}

/** Order counts: what iterates over them would otherwise go another way. */
function differenceAmong(
  a: readonly (readonly [unknown, unknown])[],
  b: readonly (readonly [unknown, unknown])[],
  path: string,
): string | null {
  if (a.length !== b.length) return path;
  for (const [i, [key, value]] of a.entries()) {
    if (key !== b[i]![0]) return path;
    const difference = firstDifference(value, b[i]![1], `${path}.${String(key)}`);
    if (difference !== null) return difference;
  }
  return null;
}
