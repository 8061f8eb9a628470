/** Tries one provider on its own endpoint, and measures it. */
import type { Clock } from '../base/clock.ts';
import { withDeadline } from '../base/deadline.ts';
import type { Providers } from '../providers/providers.ts';
import { type Finding, failed } from './report.ts';

export const STAGES = { stt: 'Speech to text', llm: 'Answers', tts: 'Voice' } as const;
export type Stage = keyof typeof STAGES;

const PROBE_WITHIN_MS = 30_000;

/** @param way what was measured of the way there; may be empty. Never rejects. */
export async function examineStage(
  stage: Stage,
  providers: Providers,
  way: string,
  clock: Clock,
): Promise<Finding> {
  const { name, model, place } = providers[stage];
  const what = STAGES[stage];
  const found = [name, ...(model ? [model] : []), place, ...(way ? [way] : [])].join(', ');
  const deadline = { clock, afterMs: PROBE_WITHIN_MS, what: `Trying ${name}`, remedy: 'Check the network.' };
  try {
    const figures = await withDeadline(deadline, (signal) => probe(stage, providers, clock, signal));
    return { what, state: 'ok', found, remedy: null, ...figures };
  } catch (error) {
    const failure = failed(what, error);
    return { ...failure, found: `${name}: ${failure.found}` };
  }
}

async function probe(
  stage: Stage,
  { stt, llm, tts }: Providers,
  clock: Clock,
  signal: AbortSignal,
): Promise<{ coldMs?: number; warmMs?: number }> {
  if (stage === 'stt' && stt.probe) return { coldMs: (await stt.probe(signal)).tookMs };
  const voiceOrMind = stage === 'llm' ? llm : tts;
  if (stage !== 'stt' && voiceOrMind.probe) {
    const { coldMs, warmMs } = await voiceOrMind.probe(signal);
    return { coldMs, warmMs };
  }
  const beganMs = clock.now();
  const connection = await { stt, llm, tts }[stage].connect(signal);
  const coldMs = clock.now() - beganMs;
  await connection.close();
  return { coldMs };
}
