/** What a collector gets of the turns, over a real connection: the trace of each, the metrics of all, and nobody's name. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { criticalPath } from '../../src/latency/critical-path.ts';
import type { TurnRecord } from '../../src/latency/timeline.ts';
import type { TelemetryChoice } from '../../src/telemetry/choice.ts';
import { BOUNDARIES_MS } from '../../src/telemetry/names.ts';
import { startTelemetry, type Telemetry } from '../../src/telemetry/telemetry.ts';
import { orderedMarks, randomFrom, serialMarks, turn, wildMarks } from '../latency/timelines.ts';
import { type LogLine, recordingLog } from '../support/recording-log.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { Collector, type SentSpan } from './collector.ts';

/** Nothing is sent by itself in the time of a test: `stop` sends it. */
const LATER_MS = 3_600_000;
const choice: TelemetryChoice = {
  http: null,
  traces: { share: 1, delayMs: LATER_MS, timeoutMs: 5_000, queueSize: 4_096, batchSize: 128 },
  metrics: { intervalMs: LATER_MS, timeoutMs: 5_000 },
  notes: [],
};
const rooms = () => ({
  ...{ rooms: 2, speakers: 5, pingMs: 31, framesIn: 100, framesOut: 60 },
  badPackets: { forged: 3, late: 0 },
});
const models = { stt: 'scribe_v2', llm: 'haiku-9', tts: 'flash' };

let collector: Collector;
let clock: VirtualClock;
let logged: LogLine[];
let telemetry: Telemetry;
beforeEach(async () => {
  collector = await new Collector().listen();
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.url);
  vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'x-team=voice');
  clock = new VirtualClock(20_000);
  logged = [];
  telemetry = await start(choice);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await collector.close();
});

async function start(chosen: TelemetryChoice): Promise<Telemetry> {
  const started = await startTelemetry({ choice: chosen, clock, log: recordingLog(logged, () => {}) });
  started.attach({ models, rooms, checks: {} });
  return started;
}

/** Records the turns and sends them, with all that was counted. */
async function send(...records: TurnRecord[]): Promise<void> {
  for (const record of records) telemetry.onTurn(record);
  await telemetry.stop();
}

/** A mark of a turn that was told at 1,700,000,000,000, when the clock said 20,000. */
const unixMs = (markMs: number) => markMs + 1_700_000_000_000 - 20_000;
const named = (name: string): SentSpan => {
  const found = collector.spans.filter((span) => span.name === name);
  expect(found.map((span) => span.name)).toEqual([name]);
  return found[0]!;
};
const point = (metric: string, attributes: Record<string, string> = {}) =>
  collector.points.find(
    (one) => one.metric === metric && JSON.stringify(one.attributes) === JSON.stringify(attributes),
  );

describe('the trace of a turn', () => {
  it('spans the turn, with the work at the times it had', async () => {
    const marks = { ...serialMarks, llmDone: 11_000 };
    await send(turn({ marks, usage: { inputTokens: 10, outputTokens: 5 } }));
    const root = named('turn');
    expect(root).toMatchObject({
      ...{ startMs: unixMs(9_000), endMs: unixMs(12_000), kind: 2, failed: false },
      attributes: {
        ...{ 'parley.outcome': 'answered', 'parley.audible': 'answer', 'parley.speculation': 'off' },
        ...{ 'parley.false_cutoff': false, 'parley.model_calls': 1 },
      },
    });
    expect(root.parentSpanId ?? '').toBe('');
    expect(root.attributes['parley.response_gap.ms']).toBeCloseTo(432.2);
    const model = named('chat haiku-9');
    expect(model).toMatchObject({
      ...{ parentSpanId: root.spanId, traceId: root.traceId, startMs: unixMs(10_331), endMs: unixMs(11_000) },
      attributes: {
        ...{ 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'embedded' },
        ...{ 'gen_ai.request.model': 'haiku-9', 'gen_ai.request.stream': true },
        ...{ 'gen_ai.usage.input_tokens': 10, 'gen_ai.usage.output_tokens': 5 },
        'gen_ai.response.time_to_first_chunk': 0.019,
      },
    });
    expect(named('speech to text')).toMatchObject({ startMs: unixMs(10_300.4), endMs: unixMs(10_330.3) });
    expect(named('text to speech').attributes).toMatchObject({
      ...{ 'gen_ai.request.model': 'flash', 'parley.speculative': false },
    });
    expect(named('speaking')).toMatchObject({ startMs: unixMs(10_412), endMs: unixMs(12_000) });
  });

  it('tiles the response gap with what was waited for', async () => {
    await send(turn());
    const gap = named('response gap');
    expect([gap.startMs, gap.endMs]).toEqual([unixMs(10_000), unixMs(10_432.2)]);
    const waits = collector.spans.filter(({ parentSpanId }) => parentSpanId === gap.spanId);
    expect(waits.map(({ name }) => name)).toEqual(
      criticalPath(serialMarks).map(({ stage }) => `wait: ${stage}`),
    );
    const edges = [gap.startMs, ...waits.map(({ endMs }) => endMs)];
    for (const [i, { startMs }] of waits.entries()) expect(startMs).toBeCloseTo(edges[i]!, 2);
    expect(edges.at(-1)).toBeCloseTo(gap.endMs, 2);
  });

  it('shows what was done before the turn had ended', async () => {
    const marks = orderedMarks(() => 0.2, true);
    await send(turn({ marks, speculation: 'hit', endedAtUnixMs: 1_700_000_000_000 }));
    expect(named('chat haiku-9').attributes['parley.speculative']).toBe(true);
    expect(named('chat haiku-9').startMs).toBeLessThan(unixMs(marks.endOfTurn!));
    expect(named('end of turn').attributes).not.toHaveProperty('parley.speculative');
  });

  it('shows where an unanswered turn stopped', async () => {
    const { speechStarted, lastVoiced, endOfTurn, sttFinal, llmSent } = serialMarks;
    const marks = { speechStarted, lastVoiced, endOfTurn, sttFinal, llmSent } as TurnRecord['marks'];
    const providers = { stt: 'elevenlabs', llm: 'anthropic', tts: 'elevenlabs' };
    await send(turn({ ...{ marks, providers }, outcome: 'unanswered', reason: 'LLM_DOWN', audible: null }));
    expect(named('turn')).toMatchObject({ failed: true, attributes: { 'error.type': 'LLM_DOWN' } });
    expect(named('turn').attributes).not.toHaveProperty('parley.response_gap.ms');
    expect(named('chat haiku-9')).toMatchObject({
      ...{ failed: true, kind: 3, endMs: unixMs(20_000), attributes: { 'error.type': 'LLM_DOWN' } },
    });
    expect(collector.spans.map(({ name }) => name)).toEqual([
      ...['turn', 'end of turn', 'speech to text', 'chat haiku-9'],
    ]);
  });

  it.each([
    ['SPEAKER_LEFT', false],
    ['ROOM_CLOSED', false],
    ['TTS_FAILED', false],
    ['ANSWER_TIMEOUT', true],
    ['LLM_FAILED', true],
  ])(
    'calls a model of which no token came failed only where that was the reason: %s',
    async (reason, failed) => {
      const { speechStarted, lastVoiced, endOfTurn, sttFinal, llmSent } = serialMarks;
      const marks = { speechStarted, lastVoiced, endOfTurn, sttFinal, llmSent } as TurnRecord['marks'];
      await send(turn({ marks, outcome: 'unanswered', reason, audible: null }));
      expect(named('turn')).toMatchObject({ failed: true, attributes: { 'error.type': reason } });
      const model = named('chat haiku-9');
      expect(model).toMatchObject({ failed, endMs: named('turn').endMs });
      expect(model.attributes['error.type']).toBe(failed ? reason : undefined);
    },
  );

  it.each([
    ['SPEAKER_LEFT', false],
    ['STT_TIMEOUT', true],
  ])('shows a recogniser that was never done up to the end of the turn: %s', async (reason, failed) => {
    const { speechStarted, lastVoiced, endOfTurn } = serialMarks;
    const marks = { speechStarted, lastVoiced, endOfTurn } as TurnRecord['marks'];
    await send(turn({ marks, outcome: 'unanswered', reason, audible: null }));
    expect(named('speech to text')).toMatchObject({ failed, endMs: named('turn').endMs });
  });

  it.each([
    ['LLM_FAILED', true],
    ['TTS_FAILED', false],
  ])('says of the model whether it was the reason: %s', async (reason, failed) => {
    const { firstFrameOut: _, firstAudibleOut: __, done: ___, ...silent } = serialMarks;
    const marks = { ...silent, llmDone: 10_390 };
    await send(turn({ marks, outcome: 'unanswered', reason, audible: null }));
    const model = named('chat haiku-9');
    expect(model).toMatchObject({ failed, startMs: unixMs(10_331), endMs: unixMs(10_390) });
    expect(model.attributes['error.type']).toBe(failed ? reason : undefined);
    expect(model.attributes['gen_ai.response.time_to_first_chunk']).toBe(0.019);
  });

  it('ends the model with the turn when nobody knows when its stream ended', async () => {
    await send(turn());
    expect(named('chat haiku-9').endMs).toBe(named('turn').endMs);
  });

  it('is whole for marks that make no sense', async () => {
    const random = randomFrom(5);
    await send(...Array.from({ length: 200 }, () => turn({ marks: wildMarks(random) })));
    expect(collector.spans.filter(({ name }) => name === 'turn')).toHaveLength(200);
    for (const { startMs, endMs } of collector.spans) expect(endMs).toBeGreaterThanOrEqual(startMs);
    const traces = Map.groupBy(collector.spans, ({ traceId }) => traceId);
    expect(traces.size).toBe(200);
    for (const spans of traces.values())
      expect(spans.filter(({ parentSpanId }) => !parentSpanId)).toHaveLength(1);
  });

  it('is sent for as many turns as was asked', async () => {
    await telemetry.stop();
    telemetry = await start({ ...choice, traces: { ...choice.traces!, share: 0 } });
    await send(turn());
    expect(collector.spans).toEqual([]);
    expect(point('parley.turns', { outcome: 'answered', reason: '' })?.value).toBe(1);
  });
});

describe('the metrics', () => {
  it('hold every figure of the turns, in buckets around half a second', async () => {
    const late = { ...serialMarks, firstAudibleOut: 10_532.2 };
    await send(turn(), turn({ marks: late }));
    const vendors = { stt: 'embedded', llm: 'embedded', tts: 'embedded' };
    const gap = point('parley.response_gap.milliseconds', vendors)!;
    expect(gap.boundaries).toEqual(BOUNDARIES_MS);
    // 432.2 is below 450, 532.2 below 550.
    expect(gap.buckets).toEqual([0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0]);
    expect(gap.sum).toBeCloseTo(964.4);
    expect(point('parley.pipeline.milliseconds', vendors)?.count).toBe(2);
    expect(point('parley.prompt.milliseconds', vendors)?.count).toBe(2);
    expect(
      point('parley.stage.milliseconds', { stage: 'languageModel', vendor: 'embedded' })?.sum,
    ).toBeCloseTo(38);
    const waits = collector.points.filter(({ metric }) => metric === 'parley.wait.milliseconds');
    expect(waits.reduce((sum, one) => sum + one.sum!, 0)).toBeCloseTo(964.4);
  });

  it('count quality, speculation and money', async () => {
    const usage = {
      calls: 2,
      estimatedCalls: 1,
      inputTokens: 700,
      cachedInputTokens: 0,
      cacheWriteTokens: 0,
    };
    const spent = { ...usage, outputTokens: 60, characters: 240, audioMs: 5_000 };
    await send(
      turn({
        ...{ falseCutoff: true, bargedIn: true, falseBargeIns: 2, repeated: true, speculation: 'miss' },
        ...{ modelCalls: 3, wasted: { tokens: 12, characters: 40 }, cost: { usage: spent, usd: 0.25 } },
      }),
      turn({ outcome: 'missed', audible: null, marks: {}, cost: { usage: spent, usd: null } }),
      turn({ outcome: 'unanswered', reason: 'LLM_DOWN', audible: 'notice', speculation: 'hit' }),
      turn({ outcome: 'unanswered', reason: 'said by Ada: my secret', audible: null }),
    );
    const totals = Object.fromEntries(
      collector.points
        .filter(({ value }) => value !== undefined)
        .map(({ metric, attributes, value }) => [[metric, ...Object.values(attributes)].join(' '), value]),
    );
    expect(totals).toMatchObject({
      ...{ 'parley.turns answered ': 1, 'parley.turns missed ': 1, 'parley.turns unanswered LLM_DOWN': 1 },
      ...{ 'parley.turns unanswered OTHER': 1, 'parley.turns unanswered ': 0 },
      ...{
        'parley.false_cutoffs': 1,
        'parley.barge_ins': 1,
        'parley.false_barge_ins': 2,
        'parley.repeats': 1,
      },
      ...{ 'parley.speculations miss': 1, 'parley.speculations hit': 1, 'parley.model_calls embedded': 6 },
      ...{ 'parley.wasted_tokens embedded': 12, 'parley.wasted_characters embedded': 40 },
      ...{ 'parley.tokens embedded input': 1_400, 'parley.tokens embedded output': 120 },
      ...{ 'parley.characters embedded': 480, 'parley.heard_audio.milliseconds embedded': 10_000 },
      ...{ 'parley.cost.usd': 0.25, 'parley.unpriced_turns': 1 },
    });
  });

  it('tell the state of the rooms and the process', async () => {
    await send();
    expect(point('parley.rooms')?.value).toBe(2);
    expect(point('parley.speakers')?.value).toBe(5);
    expect(point('parley.voice.ping.milliseconds')?.value).toBe(31);
    expect(point('parley.voice.bad_packets', { cause: 'forged' })?.value).toBe(3);
    expect(point('parley.voice.frames', { direction: 'out' })?.value).toBe(60);
    expect(point('parley.memory.bytes', { kind: 'resident' })?.value).toBeGreaterThan(1e7);
  });
});

it('tells nobody apart: no id, name or word of a turn leaves, whatever they are', async () => {
  const random = randomFrom(11);
  const secret = () => `private${Math.floor(random() * 1e12)}`;
  const said: string[] = [];
  const records = Array.from({ length: 100 }, () => {
    const [id, guildId, channelId, speakerId, words] = [
      secret(),
      secret(),
      secret(),
      secret(),
      secret(),
    ] as const;
    said.push(id, guildId, channelId, speakerId, words);
    const marks = random() < 0.5 ? orderedMarks(random, true) : wildMarks(random);
    const outcome = random() < 0.5 ? 'answered' : 'unanswered';
    return turn({
      ...{ id, guildId, channelId, speakerId, marks, outcome },
      reason: random() < 0.5 ? words : null,
    });
  });
  await send(...records);
  expect(collector.spans.length).toBeGreaterThan(500);
  const sent = collector.bodies.join('\n');
  expect(sent).not.toContain('private');
  expect(said.filter((one) => sent.includes(one))).toEqual([]);
  const labels = new Set(collector.points.flatMap(({ attributes }) => Object.keys(attributes)));
  for (const label of labels) expect(label).not.toMatch(/guild|channel|speaker|user|name/);
});

describe('the collector', () => {
  it('learns who sends, and gets the headers that it asks for', async () => {
    await send(turn());
    expect(collector.resource['service.name']).toBe('parley');
    expect(collector.resource).not.toHaveProperty('host.name');
    expect(Object.keys(collector.resource).filter((key) => key.startsWith('process'))).toEqual([]);
    expect(collector.headers[0]).toMatchObject({ 'x-team': 'voice' });
  });

  it('is told the name that the standard variable gives', async () => {
    await telemetry.stop();
    vi.stubEnv('OTEL_SERVICE_NAME', 'parley-eu');
    telemetry = await start(choice);
    await send(turn());
    expect(collector.resource['service.name']).toBe('parley-eu');
  });
});

it('records a turn a while after it, and many of them not at once', async () => {
  const counted = vi.spyOn(clock, 'setTimer');
  for (let i = 0; i < 20; i++) telemetry.onTurn(turn());
  expect(counted).toHaveBeenCalledTimes(1);
  const before = clock.pending;
  await clock.advance(249);
  expect(counted).toHaveBeenCalledTimes(1);
  await clock.advance(1);
  // Eight of them; twelve wait for two more turns of the timer.
  expect(counted).toHaveBeenCalledTimes(2);
  await clock.advance(40);
  expect(counted).toHaveBeenCalledTimes(3);
  expect(clock.pending).toBe(before - 1);
  await telemetry.stop();
  expect(collector.spans.filter(({ name }) => name === 'turn')).toHaveLength(20);
  expect(clock.pending).toBe(0);
});
