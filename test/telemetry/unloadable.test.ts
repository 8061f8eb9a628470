// @module-tag fault
/** A part of OpenTelemetry that cannot be loaded: told once, and the agent talks without it. */
import { expect, it, vi } from 'vitest';
import { startTelemetry } from '../../src/telemetry/telemetry.ts';
import { turn } from '../latency/timelines.ts';
import { type LogLine, recordingLog } from '../support/recording-log.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

vi.mock('@opentelemetry/exporter-prometheus', () => {
  throw new Error('no such package');
});

it('is told with a remedy', async () => {
  const logged: LogLine[] = [];
  const clock = new VirtualClock();
  const choice = { http: { host: '127.0.0.1', port: 0 }, traces: null, metrics: null, notes: [] };
  const telemetry = await startTelemetry({ choice, clock, log: recordingLog(logged, () => {}) });
  expect(logged.map(({ msg, remedy }) => [msg, remedy])).toEqual([
    ['there will be no telemetry', 'Run `npm ci`, then start again.'],
  ]);
  telemetry.onTurn(turn());
  await telemetry.stop();
  expect([telemetry.url, clock.pending]).toEqual([null, 0]);
});
