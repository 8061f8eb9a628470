/** What every language model adapter does, whoever answers. */
import { getEventListeners } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LanguageModel, LlmConnection, LlmEvent, LlmRequest } from '../../../src/providers/llm/llm.ts';

/** `question`: something that is answered with at least four words. */
export function llmConforms(name: string, create: () => LanguageModel, question: string): void {
  describe(`${name} is a language model adapter`, () => {
    let connection: LlmConnection;
    beforeAll(async () => {
      connection = await create().connect(new AbortController().signal);
    });
    afterAll(async () => {
      await connection.close();
    });

    const request = (more: Partial<LlmRequest> = {}): LlmRequest => ({
      system: 'You are brief.',
      messages: [{ role: 'user', content: question }],
      maxTokens: 100,
      signal: new AbortController().signal,
      ...more,
    });

    it('names itself and where it works', () => {
      expect(create().name).not.toBe('');
      expect(create().place).not.toBe('');
    });

    it('streams text in pieces, then says what it used', async () => {
      const events = await Array.fromAsync(connection.stream(request()));
      const texts = events.filter((event) => event.type === 'text').map(({ text }) => text);
      expect(texts.length).toBeGreaterThan(1);
      expect(texts).not.toContain('');
      expect(texts.join('').split(/\s+/).length).toBeGreaterThanOrEqual(4);
      expect(events.filter((event) => event.type === 'usage')).toHaveLength(1);
      const usage = events.at(-1) as Extract<LlmEvent, { type: 'usage' }>;
      expect(usage.inputTokens).toBeGreaterThan(0);
      expect(usage.outputTokens).toBeGreaterThan(0);
    });

    it('says no more than it may', async () => {
      const whole = await Array.fromAsync(connection.stream(request()));
      const short = await Array.fromAsync(connection.stream(request({ maxTokens: 2 })));
      const length = (events: LlmEvent[]) =>
        events.reduce((sum, event) => sum + (event.type === 'text' ? event.text.length : 0), 0);
      expect(length(short)).toBeGreaterThan(0);
      expect(length(short)).toBeLessThan(length(whole));
    });

    it('stops with the reason when it is aborted between two pieces', async () => {
      const controller = new AbortController();
      const reason = new Error('wrong guess');
      const stream = connection.stream(request({ signal: controller.signal }))[Symbol.asyncIterator]();
      await stream.next();
      controller.abort(reason);
      await expect(
        (async () => {
          while (!(await stream.next()).done);
        })(),
      ).rejects.toBe(reason);
    });

    it('does not begin once its signal is aborted', async () => {
      const reason = new Error('changed my mind');
      const stream = connection.stream(request({ signal: AbortSignal.abort(reason) }));
      await expect(Array.fromAsync(stream)).rejects.toBe(reason);
    });

    it('leaves nothing on the signal, however the answer ended', async () => {
      const { signal } = new AbortController();
      await Array.fromAsync(connection.stream(request({ signal })));
      for await (const event of connection.stream(request({ signal }))) {
        expect(event.type).toBe('text');
        break;
      }
      expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    });

    it('answers after one that was aborted, and after one that nobody read', async () => {
      const controller = new AbortController();
      const aborted = connection.stream(request({ signal: controller.signal }))[Symbol.asyncIterator]();
      await aborted.next();
      const pending = aborted.next();
      controller.abort(new Error('wrong guess'));
      await pending.catch(() => undefined);
      connection.stream(request());
      const events = await Array.fromAsync(connection.stream(request()));
      expect(events.at(-1)).toMatchObject({ type: 'usage' });
    });

    it('can be warmed at any time', async () => {
      connection.warm();
      const events = Array.fromAsync(connection.stream(request()));
      connection.warm();
      expect((await events).at(-1)).toMatchObject({ type: 'usage' });
    });

    it('answers two at once', async () => {
      const [one, two] = await Promise.all([
        Array.fromAsync(connection.stream(request())),
        Array.fromAsync(connection.stream(request())),
      ]);
      expect(one.at(-1)).toMatchObject({ type: 'usage' });
      expect(two.at(-1)).toMatchObject({ type: 'usage' });
    });

    it('does not connect once its signal is aborted', async () => {
      const reason = new Error('changed my mind');
      await expect(create().connect(AbortSignal.abort(reason))).rejects.toBe(reason);
    });
  });
}
