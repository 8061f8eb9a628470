/** How every language model behind HTTP keeps its connections, and which of its addresses it asks. */
import { describe, expect, it } from 'vitest';
import { recordingLog } from '../../support/recording-log.ts';
import type { Behaviour, Fault } from '../../support/vendors/http-vendor.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { type HostedLlm, rigsOf, SAID, textOf } from './hosted-llm-rig.ts';

export function hostedLlmKeepsConnections(name: string, hosted: HostedLlm): void {
  describe(`${name} keeps its connections`, () => {
    const { begin, failureOf, afterwards } = rigsOf(hosted);

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
      afterwards(async () => {
        await connection.close();
        await other.close();
      });
      const request = { system: '', messages: [{ role: 'user' as const, content: SAID }], maxTokens: 100 };
      const { signal } = new AbortController();
      expect(textOf(await Array.fromAsync(connection.stream({ ...request, signal })))).toBe(hosted.answer);
      expect(other.asked).toHaveLength(1);
    });
  });
}
