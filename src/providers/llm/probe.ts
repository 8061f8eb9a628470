/** Tries a hosted model out: whether key and model are accepted, and how soon its first token comes. */
import type { Clock } from '../../base/clock.ts';
import { ParleyError } from '../../base/errors.ts';
import type { LlmConnection, LlmEvent } from './llm.ts';

export interface ProbeOutcome {
  /** Which of the addresses answered. */
  address: string;
  /** To the first token over a connection that had to be opened first, in ms. */
  coldMs: number;
  /** The same over the connection that was then open: what a conversation gets. */
  warmMs: number;
  /** Of both requests together; null when the server did not tell. */
  usage: { inputTokens: number; outputTokens: number } | null;
}

/** The least that every model takes: some that reason refuse a lower limit. */
const MAX_TOKENS = 16;
/** So short an answer may be cut off before its first word: these only say that the model began. */
const BEGAN = ['LLM_ONLY_THOUGHT', 'LLM_EMPTY'];

/** @param connect a connection of which nothing is open yet. */
export async function probeModel(
  signal: AbortSignal,
  clock: Clock,
  connect: () => LlmConnection & { readonly address: string },
): Promise<ProbeOutcome> {
  signal.throwIfAborted();
  const connection = connect();
  try {
    const cold = await firstToken(connection, clock, signal);
    const warm = await firstToken(connection, clock, signal);
    const usages = [cold.usage, warm.usage].filter((usage) => usage !== null);
    const sum = (tokens: 'inputTokens' | 'outputTokens') =>
      usages.reduce((all, usage) => all + usage[tokens], 0);
    return {
      ...{ address: connection.address, coldMs: cold.ms, warmMs: warm.ms },
      usage:
        usages.length === 2 ? { inputTokens: sum('inputTokens'), outputTokens: sum('outputTokens') } : null,
    };
  } finally {
    await connection.close();
  }
}

async function firstToken(connection: LlmConnection, clock: Clock, signal: AbortSignal) {
  const startedMs = clock.now();
  let ms: number | null = null;
  let usage: Extract<LlmEvent, { type: 'usage' }> | null = null;
  const request = { system: 'Answer in one word.', messages: [{ role: 'user' as const, content: 'Hello.' }] };
  try {
    for await (const event of connection.stream({ ...request, maxTokens: MAX_TOKENS, signal })) {
      ms ??= clock.now() - startedMs;
      if (event.type === 'usage') usage = event;
    }
  } catch (error) {
    if (!(error instanceof ParleyError) || !BEGAN.includes(error.code) || !usage) throw error;
  }
  return { ms: ms ?? clock.now() - startedMs, usage };
}
