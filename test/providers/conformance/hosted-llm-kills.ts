/** A hosted language model that is killed at any moment: every request ends, and nothing is left behind. */
import { describe, expect, it } from 'vitest';
import { ParleyError } from '../../../src/base/errors.ts';
import type { LlmEvent } from '../../../src/providers/llm/llm.ts';
import { seededRandom } from '../../support/random.ts';
import type { Behaviour } from '../../support/vendors/http-vendor.ts';
import { type HostedLlm, rig, textOf } from './hosted-llm-rig.ts';

/** How an answer is killed. Words counted from 0; bytes of the stream. */
type Kill =
  | { by: 'nothing' }
  | { by: 'vendor'; afterBytes: number }
  | { by: 'caller'; afterWords: number; stalled: boolean }
  | { by: 'reader'; afterWords: number }
  | { by: 'network'; afterWords: number };

const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;

export function hostedLlmSurvives(name: string, hosted: HostedLlm, seed: number): void {
  describe(`${name}, killed at 100 moments (seed ${seed})`, () => {
    it('ends each request in an answer or a reason, and leaves nothing', async () => {
      const random = seededRandom(seed);
      const upTo = (n: number) => Math.floor(random() * n);
      const kills = Array.from({ length: 100 }, (): Kill => {
        const chance = random();
        if (chance < 0.1) return { by: 'nothing' };
        if (chance < 0.5) return { by: 'vendor', afterBytes: upTo(4_000) };
        if (chance < 0.8) return { by: 'caller', afterWords: upTo(8), stalled: random() < 0.5 };
        if (chance < 0.9) return { by: 'reader', afterWords: 1 + upTo(8) };
        return { by: 'network', afterWords: upTo(8) };
      });
      const before = sockets();
      let kill: Kill = { by: 'nothing' };
      const behaviour = (): Behaviour => {
        if (kill.by === 'vendor') return { fault: { cutAfterBytes: kill.afterBytes } };
        return kill.by === 'caller' && kill.stalled ? { fault: 'stall' } : {};
      };
      const { vendor, connection, request, controllers, end } = await rig(hosted, behaviour);
      const reason = new Error('wrong guess');
      const outcomes: string[] = [];

      const run = async (one: Kill): Promise<string> => {
        const got: LlmEvent[] = [];
        const stream = connection.stream(request())[Symbol.asyncIterator]();
        const strike = () => {
          const words = got.filter(({ type }) => type === 'text').length;
          if (!('afterWords' in one) || words !== one.afterWords) return false;
          if (one.by === 'caller') controllers.at(-1)!.abort(reason);
          if (one.by === 'network') vendor.dropConnections();
          return one.by === 'reader';
        };
        try {
          for (;;) {
            const next = stream.next();
            const left = strike();
            const { done, value } = await next;
            if (left) {
              await stream.return?.();
              return 'left';
            }
            if (done) break;
            got.push(value);
          }
          expect(textOf(got)).toBe(hosted.answer);
          return 'answered';
        } catch (error) {
          if (error === reason) return 'aborted';
          expect(error).toBeInstanceOf(ParleyError);
          expect((error as ParleyError).remedy).not.toBe('');
          return (error as ParleyError).code;
        }
      };
      for (kill of kills) outcomes.push(await run(kill));

      for (const [i, { by }] of kills.entries()) {
        if (by === 'nothing') expect(outcomes[i]).toBe('answered');
        if (by === 'caller') expect(['aborted', 'answered']).toContain(outcomes[i]);
      }
      expect(new Set(outcomes).size).toBeGreaterThanOrEqual(4);
      await end();
      // Its own side of a connection closes a moment after the other.
      while (sockets() > before) await new Promise((resolve) => setImmediate(resolve));
    });
  });
}
