/** Whether two values of plain data and maps are the same, down to the last bit. */

/** The path of the first difference, as in "floor.turn.id"; null when there is none. Order counts, in maps too. */
export function firstDifference(a: unknown, b: unknown, path = 'value'): string | null {
  if (Object.is(a, b)) return null;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return path;
  if (a instanceof Map && b instanceof Map) return firstDifference([...a], [...b], path);
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  let fields = 0;
  for (const key in left) {
    fields += 1;
    if (Object.is(left[key], right[key])) continue;
    const difference = firstDifference(left[key], right[key], `${path}.${key}`);
    if (difference !== null) return difference;
  }
  for (const _key in right) fields -= 1;
  return fields === 0 && Array.isArray(a) === Array.isArray(b) ? null : path;
}
