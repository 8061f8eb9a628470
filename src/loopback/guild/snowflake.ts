/** Ids as Discord makes them: 42 bits of milliseconds since 2015, and a counter below. */

const EPOCH_MS = 1_420_070_400_000;
let counter = 0n;

/** A new id; ids made later compare greater. */
export function snowflake(): string {
  counter += 1n;
  return ((BigInt(Date.now() - EPOCH_MS) << 22n) + (counter & 0x3fffffn)).toString();
}
