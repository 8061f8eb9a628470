/** What every language model behind HTTP does when its vendor, or what lies between, misbehaves. */
import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { ParleyError } from '../../../src/base/errors.ts';
import {
  BETWEEN_TOKENS_MS,
  FIRST_TOKEN_MS,
  type HostedModel,
  type HostedModelOptions,
  PROBE_TOKEN_MS,
} from '../../../src/providers/llm/hosted-model.ts';
import type { LlmEvent, LlmRequest } from '../../../src/providers/llm/llm.ts';
import { type LogLine, recordingLog } from '../../support/recording-log.ts';
import { type Behaviour, type Fault, type HttpVendor, PAGE } from '../../support/vendors/http-vendor.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

export interface HostedLlm {
  /** A server of that vendor. */
  start(behaviour: (index: number) => Behaviour): Promise<HttpVendor>;
  /** The adapter under test, at these base addresses. */
  create(baseUrls: readonly string[], options: HostedModelOptions): HostedModel;
  /** What the server answers when nothing is wrong. */
  answer: string;
  key: string;
}

/** Must not come up in any error or log. */
const SAID = 'my secret diary';
const SYSTEM = 'You are a butler who is brief.';

export const textOf = (events: readonly LlmEvent[]): string =>
  events.map((event) => (event.type === 'text' ? event.text : '')).join('');

/** One server, one adapter, one connection; `end` closes them and looks for what is left. */
export async function rig(
  hosted: HostedLlm,
  behaviour: (index: number) => Behaviour,
  more: HttpVendor[] = [],
) {
  const vendor = await hosted.start(behaviour);
  const clock = new VirtualClock();
  const lines: LogLine[] = [];
  const log = recordingLog(lines, () => undefined);
  const model = hosted.create(
    [vendor, ...more].map(({ url }) => url),
    { clock, log },
  );
  const connection = await model.connect(new AbortController().signal);
  const controllers: AbortController[] = [];
  const request = (): LlmRequest => {
    const controller = new AbortController();
    controllers.push(controller);
    return {
      ...{ system: SYSTEM, maxTokens: 100, signal: controller.signal },
      messages: [{ role: 'user', content: SAID }],
    };
  };
  const ask = async (got: LlmEvent[] = []): Promise<LlmEvent[]> => {
    for await (const event of connection.stream(request())) got.push(event);
    return got;
  };
  const end = async () => {
    await connection.close();
    for (const one of [vendor, ...more]) {
      await one.until(() => one.open === 0);
      await one.close();
    }
    expect(clock.pending).toBe(0);
    expect(controllers.flatMap(({ signal }) => getEventListeners(signal, 'abort'))).toEqual([]);
    const written = JSON.stringify(lines);
    for (const secret of [hosted.key, SAID, SYSTEM]) expect(written).not.toContain(secret);
  };
  return { vendor, clock, lines, model, connection, request, ask, end, controllers };
}

/** All that an operator may get to see of it. */
const shown = (error: ParleyError): string =>
  [error.message, error.remedy, error.stack, String(error.cause), JSON.stringify(error)].join('\n');

export function hostedLlmConforms(name: string, hosted: HostedLlm): void {
  describe(`${name} is a hosted language model`, () => {
    let ends: (() => Promise<void>)[] = [];
    afterEach(async () => {
      const all = ends;
      ends = [];
      for (const end of all) await end();
    });
    const begin = async (fault?: Fault | ((index: number) => Behaviour), more?: HttpVendor[]) => {
      const behaviour = typeof fault === 'function' ? fault : () => (fault ? { fault } : {});
      const one = await rig(hosted, behaviour, more);
      ends.push(one.end);
      return one;
    };
    /** The failure of an answer, which is fit to be shown. */
    const failureOf = async (answer: Promise<unknown>): Promise<ParleyError> => {
      const error = await answer.then(
        () => null,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(ParleyError);
      const failure = error as ParleyError;
      expect(failure.code).toMatch(/^LLM_/);
      expect(failure.remedy).not.toBe('');
      for (const secret of [hosted.key, SAID, SYSTEM]) expect(shown(failure)).not.toContain(secret);
      return failure;
    };

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

    it('leaves a vendor alone for as long as it asks', async () => {
      const limited: Behaviour = { fault: { status: 429, headers: { 'retry-after': '7' } } };
      const { ask, vendor, clock } = await begin((index) => (index === 0 ? limited : {}));
      await failureOf(ask());
      expect(await failureOf(ask())).toMatchObject({ code: 'LLM_RATE_LIMITED', retryable: true });
      expect(vendor.asked).toHaveLength(1);
      await clock.advance(7_000);
      expect(textOf(await ask())).toBe(hosted.answer);
    });

    it.each<Fault>([
      'reset',
      'html',
      'error event',
      { status: 402, body: { error: 'Payment required', x402: {} } },
      { status: 404, body: { error: 'not_found' } },
      { status: 503 },
    ])('asks at the next address before the first word, and then stays there: %j', async (fault) => {
      const other = await hosted.start(() => ({}));
      const { ask, vendor } = await begin(fault, [other]);
      expect(textOf(await ask())).toBe(hosted.answer);
      const first = vendor.asked.length;
      expect(textOf(await ask())).toBe(hosted.answer);
      expect(vendor.asked).toHaveLength(first);
      expect(other.asked).toHaveLength(2);
    });

    it('does not begin anew elsewhere in the middle of an answer', async () => {
      const other = await hosted.start(() => ({}));
      const { ask } = await begin('truncated', [other]);
      await failureOf(ask());
      expect(other.asked).toHaveLength(0);
    });

    /** One answer, and until there is a connection to spare. */
    const settled = async (behaviour?: (index: number) => Behaviour) => {
      const one = await begin(behaviour);
      await one.ask();
      await one.vendor.until(() => one.vendor.warmed === 2);
      // Connections are free once their last reply was read.
      await one.clock.advance(0);
      return { ...one, connections: one.vendor.connections };
    };

    it('keeps its connections, and one to spare', async () => {
      const { ask, vendor, connections } = await settled();
      expect(connections).toBeGreaterThanOrEqual(2);
      for (let i = 0; i < 5; i++) await ask();
      expect(vendor.connections).toBe(connections);
      expect(vendor.warmed).toBe(2);
    });

    it('has a connection ready whenever an answer was cut off', async () => {
      const stalls = (index: number): Behaviour => (index % 2 === 1 ? { fault: 'stall' } : {});
      const { connection, ask, vendor, request, controllers } = await settled(stalls);
      for (let index = 1; index < 9; index += 2) {
        const stream = connection.stream(request())[Symbol.asyncIterator]();
        await stream.next();
        const next = stream.next().then(async () => await stream.next());
        controllers.at(-1)!.abort(new Error('wrong guess'));
        await expect(next).rejects.toThrow('wrong guess');
        await vendor.until(() => vendor.asked[index]!.cutOff);
        const { connections } = vendor;
        expect(textOf(await ask())).toBe(hosted.answer);
        expect(vendor.asked[index + 1]!.connection).toBeLessThan(connections);
        // One to spare is opened while that answer comes.
        await vendor.until(() => vendor.open >= 2);
      }
    });

    it('cuts off an answer that nobody reads on', async () => {
      const { connection, vendor, request } = await begin('stall');
      for await (const event of connection.stream(request())) {
        expect(event.type).toBe('text');
        break;
      }
      await vendor.until(() => vendor.asked[0]!.cutOff);
    });

    it('does not notice that idle connections were closed', async () => {
      const { ask, vendor } = await settled();
      vendor.dropConnections();
      expect(textOf(await ask())).toBe(hosted.answer);
    });

    it('tries a connection that was idle for long, before it is needed', async () => {
      const { connection, vendor, clock } = await settled();
      connection.warm();
      await clock.advance(31_000);
      expect(vendor.warmed).toBe(2);
      connection.warm();
      await vendor.until(() => vendor.warmed === 3);
    });

    it('ends what is under way when it is closed', async () => {
      const { connection, ask, vendor } = await begin('stall');
      const failing = failureOf(ask());
      await vendor.until(() => vendor.asked.length === 1);
      await connection.close();
      expect((await failing).code).toMatch(/^LLM_(CLOSED|CONNECTION_LOST)$/);
      expect(await failureOf(ask())).toMatchObject({ code: 'LLM_CLOSED' });
    });

    it('says which host cannot be reached', async () => {
      const gone = await hosted.start(() => ({}));
      const { url } = gone;
      await gone.close();
      const options = { clock: new VirtualClock(), log: recordingLog([], () => undefined) };
      const connecting = hosted.create([url], options).connect(new AbortController().signal);
      const failure = await failureOf(connecting);
      expect(failure.code).toBe('LLM_UNREACHABLE');
      expect(failure.message).toContain(new URL(url).host);
    });

    it('connects to the address that is there', async () => {
      const gone = await hosted.start(() => ({}));
      const other = await hosted.start(() => ({}));
      const urls = [gone.url, other.url];
      await gone.close();
      const options = { clock: new VirtualClock(), log: recordingLog([], () => undefined) };
      const connection = await hosted.create(urls, options).connect(new AbortController().signal);
      ends.push(async () => {
        await connection.close();
        await other.close();
      });
      const request = { system: '', messages: [{ role: 'user' as const, content: SAID }], maxTokens: 100 };
      const { signal } = new AbortController();
      expect(textOf(await Array.fromAsync(connection.stream({ ...request, signal })))).toBe(hosted.answer);
      expect(other.asked).toHaveLength(1);
    });

    it('can be probed: a cold and a warm first token', async () => {
      const { model, vendor } = await begin();
      const before = vendor.asked.length;
      const outcome = await model.probe(new AbortController().signal);
      expect(outcome.coldMs).toBeGreaterThanOrEqual(0);
      expect(outcome.warmMs).toBeGreaterThanOrEqual(0);
      expect(outcome.usage?.outputTokens).toBe(2);
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
