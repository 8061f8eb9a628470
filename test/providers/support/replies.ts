/** All that the embedded responder can say, but for chance numbers and names. */
import { intents } from '../../../src/providers/llm/phrases/index.ts';
import { replyOf } from '../../../src/providers/llm/reply.ts';

const AT = new Date(2026, 10, 23, 10, 45);

/** Every fixed reply, and computed ones for some instants, chances and figures; all different. */
export function everyReply(): string[] {
  const said = intents.flatMap(({ phrases, reply }) => {
    if (typeof reply !== 'function') return [reply].flat();
    return phrases.flatMap((content) =>
      [0, 0.3, 0.6, 0.99].map((chance) =>
        replyOf([{ role: 'user', content }], {
          now: () => AT,
          measured: () =>
            chance < 0.5
              ? null
              : {
                  p50Ms: 280 + 100 * chance,
                  n: Math.round(40 * chance),
                  falseCutoffs: Math.round(3 * chance),
                },
          random: () => chance,
        }),
      ),
    );
  });
  return [...new Set(said)];
}
