/** A hosted language model under test with a server of its vendor, and what must be left of both in the end. */
import { getEventListeners } from 'node:events';
import { afterEach, expect } from 'vitest';
import { ParleyError } from '../../../src/base/errors.ts';
import type { HostedModel, HostedModelOptions } from '../../../src/providers/llm/hosted-model.ts';
import type { LlmEvent, LlmRequest } from '../../../src/providers/llm/llm.ts';
import { type LogLine, recordingLog } from '../../support/recording-log.ts';
import type { Behaviour, Fault, HttpVendor } from '../../support/vendors/http-vendor.ts';
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
export const SAID = 'my secret diary';
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

/** To be called within a group of tests: rigs that are ended after each of them. */
export function rigsOf(hosted: HostedLlm) {
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
  /** Ends something else after the test. */
  const afterwards = (end: () => Promise<void>) => ends.push(end);
  return { begin, failureOf, afterwards };
}
