/** Turns as a busy server makes them in a month, for benchmarks of the store. */
import { seededRandom } from '../../src/base/seeded-random.ts';
import type { Marks, TurnRecord } from '../../src/latency/timeline.ts';

export const GUILD = '81384788765712384';
const DAY_MS = 86_400_000;

/** `count` turns that end evenly over the `days` before `untilUnixMs`; the n-th is always the same. */
export function turnMaker(count: number, days: number, untilUnixMs: number): (n: number) => TurnRecord {
  const random = seededRandom(1);
  const about = (medianMs: number) => medianMs * Math.exp(random() + random() + random() - 1.5);
  const everyMs = (days * DAY_MS) / count;
  return (n) => {
    const answered = n % 50 !== 0;
    return {
      ...{ id: `91384788765712384-${n}-1`, guildId: GUILD, channelId: '91384788765712384' },
      speakerId: String(70_000_000_000 + (n % 20)),
      endedAtUnixMs: Math.floor(untilUnixMs - (count - n) * everyMs),
      ...(answered
        ? { outcome: 'answered', reason: null, audible: 'answer' }
        : { outcome: 'unanswered', reason: 'LLM_FIRST_TOKEN_LATE', audible: 'notice' }),
      ...{ falseCutoff: n % 40 === 0, bargedIn: n % 25 === 0, falseBargeIns: 0, repeated: n % 30 === 0 },
      ...{ speculation: n % 5 === 0 ? 'miss' : 'hit', modelCalls: 1 },
      wasted: { tokens: n % 5 === 0 ? 12 : 0, characters: 0 },
      marks: marks(n * 3_000, about, answered),
      providers: { stt: 'elevenlabs', llm: 'groq', tts: 'elevenlabs' },
      usage: { inputTokens: 500, outputTokens: 40 },
      cost: { usage: USAGE, usd: 0.0086 },
    };
  };
}

const USAGE = {
  ...{ calls: 1, estimatedCalls: 0, inputTokens: 500, cachedInputTokens: 0, cacheWriteTokens: 0 },
  ...{ outputTokens: 40, characters: 160, audioMs: 5_000 },
};

function marks(atMs: number, about: (medianMs: number) => number, answered: boolean): Marks {
  const speechStarted = atMs - about(2_000);
  const repaired = atMs + about(3);
  const endOfTurn = repaired + about(200);
  const sttFinal = endOfTurn + about(80);
  const llmSent = sttFinal + 1;
  const begun = { speechStarted, lastVoiced: atMs, repaired, endOfTurn, sttFinal, llmSent };
  if (!answered) return { ...begun, done: llmSent + 2_000 };
  const llmFirstToken = llmSent + about(100);
  const firstClause = llmFirstToken + about(40);
  const ttsSent = firstClause + 1;
  const ttsFirstByte = ttsSent + about(120);
  const firstFrameOut = ttsFirstByte + 5;
  const firstAudibleOut = firstFrameOut + 20;
  const spoken = { llmFirstToken, firstClause, ttsSent, ttsFirstByte, firstFrameOut, firstAudibleOut };
  return { ...begun, ...spoken, done: firstAudibleOut + 3_000 };
}
