/** What every language model behind HTTP makes of its vendor's answers, good and bad ones. */
import { describe, expect, it } from 'vitest';
import {
  BETWEEN_TOKENS_MS,
  FIRST_TOKEN_MS,
  PROBE_TOKEN_MS,
} from '../../../src/providers/llm/hosted-model.ts';
import type { LlmEvent } from '../../../src/providers/llm/llm.ts';
import { type Fault, PAGE } from '../../support/vendors/http-vendor.ts';
import { type HostedLlm, rigsOf, SAID, textOf } from './hosted-llm-rig.ts';

export function hostedLlmConforms(name: string, hosted: HostedLlm): void {
  describe(`${name} is a hosted language model`, () => {
    const { begin, failureOf } = rigsOf(hosted);

    it.each<Fault>(['split', 'crlf', 'thinking', 'endless'])(
      'says the answer all the same: %s',
      async (fault) => {
        const { ask } = await begin(fault);
        const events = await ask();
        expect(textOf(events)).toBe(hosted.answer);
        expect(events.at(-1)).toMatchObject({ type: 'usage' });
      },
    );

    it('says an answer that was not streamed in sentences', async () => {
      const { ask } = await begin('json');
      const events = await ask();
      expect(textOf(events)).toBe(hosted.answer);
      const pieces = events.filter(({ type }) => type === 'text');
      expect(pieces.map((event) => textOf([event]))).toEqual(hosted.answer.match(/\S[^.?]*[.?]\s*/g));
      expect(events.at(-1)).toMatchObject({ type: 'usage' });
    });

    it.each<[Fault, string, boolean]>([
      ['only thinking', 'LLM_ONLY_THOUGHT', false],
      ['refusal', 'LLM_REFUSED', false],
      ['empty', 'LLM_EMPTY', true],
      ['html', 'LLM_NOT_AN_API', false],
      ['reset', 'LLM_CONNECTION_LOST', true],
      [{ cutAfterBytes: 30 }, 'LLM_CONNECTION_LOST', true],
      [{ status: 200, body: '{"content": "half of' }, 'LLM_TRUNCATED', true],
      [{ status: 200, body: { hello: 1 } }, 'LLM_BAD_STREAM', false],
      [{ status: 200, body: 'data: nonsense\n\n' }, 'LLM_BAD_STREAM', false],
      [
        { status: 400, body: { error: { type: 'invalid_request_error', message: `No: ${SAID}` } } },
        'LLM_BAD_REQUEST',
        false,
      ],
      [{ status: 401, body: { error: { message: 'bad key' } } }, 'LLM_KEY_REFUSED', false],
      [
        { status: 402, body: { error: 'Payment required', x402: { version: 2, networks: [] } } },
        'LLM_PAYMENT_REQUIRED',
        false,
      ],
      [{ status: 403, body: '' }, 'LLM_FORBIDDEN', false],
      [
        { status: 404, body: { error: 'not_found', message: 'No such route', discover: '/discover' } },
        'LLM_NO_SUCH_ROUTE',
        false,
      ],
      [{ status: 404, body: PAGE }, 'LLM_NO_SUCH_ROUTE', false],
      [{ status: 307, headers: { location: 'https://elsewhere.test/v1' } }, 'LLM_REDIRECTED', false],
      [
        { status: 429, body: { error: { code: 'insufficient_quota', message: 'You exceeded your quota' } } },
        'LLM_NO_CREDIT',
        false,
      ],
      [{ status: 429, headers: { 'retry-after': '7' } }, 'LLM_RATE_LIMITED', true],
      [{ status: 500, body: { error: { message: 'Internal' } } }, 'LLM_SERVER_ERROR', true],
      [{ status: 502, headers: { 'content-type': 'text/html' }, body: PAGE }, 'LLM_SERVER_ERROR', true],
      [
        { status: 503, body: { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } } },
        'LLM_LOADING',
        true,
      ],
      [
        { status: 529, body: { error: { type: 'overloaded_error', message: 'Overloaded' } } },
        'LLM_OVERLOADED',
        true,
      ],
    ])('ends in a reason and a remedy: %j', async (fault, code, retryable) => {
      const { ask } = await begin(fault);
      expect(await failureOf(ask())).toMatchObject({ code, retryable });
    });

    it.each<[Fault, RegExp]>([
      ['truncated', /^LLM_TRUNCATED$/],
      ['cut', /^LLM_(CONNECTION_LOST|TRUNCATED)$/],
      ['late error event', /^LLM_(OVERLOADED|SERVER_ERROR)$/],
    ])('gives what came before it failed: %s', async (fault, code) => {
      const { ask } = await begin(fault);
      const got: LlmEvent[] = [];
      const failure = await failureOf(ask(got));
      expect(failure.code).toMatch(code);
      expect(failure.retryable).toBe(true);
      // What comes in one piece with the end of the connection is lost with it.
      if (fault !== 'cut') expect(textOf(got)).not.toBe('');
      expect(hosted.answer.startsWith(textOf(got))).toBe(true);
    });

    it('reports an error that comes first in the stream', async () => {
      const { ask } = await begin('error event');
      expect(await failureOf(ask())).toMatchObject({ retryable: true });
    });

    it.each<Fault>(['silence', 'stall after first event'])(
      'waits so long for the first word: %s',
      async (fault) => {
        const { ask, vendor, clock } = await begin(fault);
        const failing = failureOf(ask());
        await vendor.until(() => vendor.asked.length === 1);
        await clock.advance(FIRST_TOKEN_MS - 1);
        expect(vendor.asked[0]!.cutOff).toBe(false);
        await clock.advance(1);
        expect(await failing).toMatchObject({ code: 'LLM_FIRST_TOKEN_LATE', retryable: true });
        await vendor.until(() => vendor.asked[0]!.cutOff);
      },
    );

    it('waits so long for the next word', async () => {
      const { connection, request, clock } = await begin('stall');
      const stream = connection.stream(request())[Symbol.asyncIterator]();
      await stream.next();
      await stream.next();
      const rest = failureOf(
        (async () => {
          while (!(await stream.next()).done);
        })(),
      );
      await clock.advance(BETWEEN_TOKENS_MS);
      expect(await rest).toMatchObject({ code: 'LLM_STALLED', retryable: true });
    });

    it('is not late for one who listens slowly', async () => {
      const { connection, request, clock } = await begin(() => ({ tokensPerSecond: 500 }));
      const events: LlmEvent[] = [];
      for await (const event of connection.stream(request())) {
        events.push(event);
        await clock.advance(FIRST_TOKEN_MS + BETWEEN_TOKENS_MS);
      }
      expect(textOf(events)).toBe(hosted.answer);
    });
    it('can be probed: a cold and a warm first token', async () => {
      const { model, vendor } = await begin();
      const before = vendor.asked.length;
      const outcome = await model.probe(new AbortController().signal);
      expect(outcome.coldMs).toBeGreaterThanOrEqual(0);
      expect(outcome.warmMs).toBeGreaterThanOrEqual(0);
      expect(outcome.usage!.outputTokens).toBeGreaterThan(0);
      // Some models that reason refuse a lower limit.
      for (const { body } of vendor.asked.slice(before))
        expect(Number(body!.max_tokens ?? body!.max_completion_tokens)).toBeGreaterThanOrEqual(16);
      expect(vendor.asked).toHaveLength(before + 2);
    });

    it('is probed with patience', async () => {
      const { model, vendor, clock } = await begin('silence');
      let ended = false;
      const failing = failureOf(model.probe(new AbortController().signal)).finally(() => {
        ended = true;
      });
      await vendor.until(() => vendor.asked.length === 1);
      await clock.advance(PROBE_TOKEN_MS - 1);
      expect(ended).toBe(false);
      await clock.advance(1);
      expect(await failing).toMatchObject({ code: 'LLM_FIRST_TOKEN_LATE' });
    });

    it('fails a probe with the reason', async () => {
      const { model } = await begin({ status: 401, body: { error: { message: 'no' } } });
      const failure = await failureOf(model.probe(new AbortController().signal));
      expect(failure.code).toBe('LLM_KEY_REFUSED');
      const reason = new Error('changed my mind');
      await expect(model.probe(AbortSignal.abort(reason))).rejects.toBe(reason);
    });
  });
}
