/** Cuts the silence that a synthesiser puts around a clause, so that clauses join like words of one sentence. */
import { rmsDbfs, VOICED_DBFS } from '../../../audio/energy.ts';
import { SAMPLE_RATE } from '../../../audio/pcm.ts';

const BLOCK = SAMPLE_RATE / 100;
/** Kept before the first voiced 10 ms: soft onsets ("h", "f") lie below the voiced level for up to 40 ms. */
const LEAD_MS = 40;
/** Kept after the last voiced 10 ms: with the lead of the next clause it makes a pause of 100 ms. */
const TAIL_MS = 60;

/** The part of `pcm` (16 kHz) that sounds, with a short lead and tail; empty when nothing in it is voiced. */
export function trimClause(pcm: Int16Array): Int16Array {
  const blocks = Math.ceil(pcm.length / BLOCK);
  const voiced = (block: number) =>
    rmsDbfs(pcm, block * BLOCK, Math.min(pcm.length, (block + 1) * BLOCK)) >= VOICED_DBFS;
  let first = 0;
  while (first < blocks && !voiced(first)) first++;
  if (first === blocks) return new Int16Array(0);
  let last = blocks - 1;
  while (!voiced(last)) last--;
  const from = Math.max(0, first * BLOCK - (LEAD_MS * SAMPLE_RATE) / 1000);
  const to = Math.min(pcm.length, (last + 1) * BLOCK + (TAIL_MS * SAMPLE_RATE) / 1000);
  return pcm.slice(from, to);
}
