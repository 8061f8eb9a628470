/** The endpoint for whoever watches: its pages, what it says when the agent is not ready, and a port that is taken. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTelemetry, type Telemetry } from '../../src/telemetry/telemetry.ts';
import { turn } from '../latency/timelines.ts';
import { type LogLine, recordingLog } from '../support/recording-log.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const rooms = () => ({
  ...{ rooms: 1, speakers: 3, pingMs: null, framesIn: 7, framesOut: 9, badPackets: { forged: 2 } },
});
const models = { stt: 'a', llm: 'b', tts: 'c' };

let clock: VirtualClock;
let logged: LogLine[];
let telemetry: Telemetry;
const start = async (port = 0, host = '127.0.0.1') =>
  await startTelemetry({
    choice: { http: { host, port }, traces: null, metrics: null, notes: [] },
    ...{ clock, log: recordingLog(logged, () => {}) },
  });
beforeEach(async () => {
  clock = new VirtualClock();
  logged = [];
  telemetry = await start();
});
afterEach(async () => {
  await telemetry.stop();
});

async function get(path: string, init: RequestInit = {}) {
  const response = await fetch(`${telemetry.url}${path}`, init);
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

describe('/metrics', () => {
  it('holds what Prometheus reads', async () => {
    telemetry.attach({ models, rooms, checks: {} });
    telemetry.onTurn(turn());
    await clock.advance(250);
    const { status, type, text } = await get('/metrics');
    expect([status, type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    const gap = 'parley_response_gap_milliseconds_bucket{stt="embedded",llm="embedded",tts="embedded",le=';
    expect(text).toContain(`${gap}"400"} 0\n`);
    expect(text).toContain(`${gap}"450"} 1\n`);
    expect(text).toContain('parley_turns_total{outcome="missed",reason=""} 0\n');
    expect(text).toContain('parley_voice_bad_packets_total{cause="forged"} 2\n');
    expect(text).toContain('parley_speakers 3\n');
    expect(text).toContain('parley_ready 1\n');
    expect(text).not.toContain('parley_voice_ping');
  });

  it('is there before the agent is', async () => {
    expect((await get('/metrics')).text).toContain('parley_ready 0\n');
  });
});

describe('/healthz', () => {
  it('says that the process lives, ready or not', async () => {
    const { status, text } = await get('/healthz');
    expect(status).toBe(200);
    expect(text).toMatch(/^ok\nevent loop delay: /);
  });
});

describe('/readyz', () => {
  it('says what is missing until everything is there', async () => {
    expect(await get('/readyz')).toMatchObject({
      status: 503,
      text: 'not ready\ndiscord: Not logged in yet.\n',
    });
    const wrong: (string | null)[] = ['The key was refused.', null];
    telemetry.attach({ models, rooms, checks: { discord: () => null, providers: () => wrong.shift()! } });
    expect(await get('/readyz')).toMatchObject({
      ...{ status: 503, text: 'not ready\nproviders: The key was refused.\n' },
    });
    expect(await get('/readyz')).toMatchObject({ status: 200, text: 'ready\n' });
  });

  it('waits for no check for ever, and takes one that throws for a reason', async () => {
    const asked = Promise.withResolvers<void>();
    const store = async () => {
      asked.resolve();
      return await new Promise<null>(() => {});
    };
    const providers = async () => Promise.reject(new Error('No such host'));
    telemetry.attach({ models, rooms, checks: { store, providers } });
    const page = get('/readyz');
    await asked.promise;
    await clock.advance(1_000);
    const reasons = 'store: The check took longer than 1000 ms\nproviders: No such host\n';
    expect(await page).toMatchObject({ status: 503, text: `not ready\n${reasons}` });
  });
});

describe('the server', () => {
  it('has no other pages, and takes nothing in', async () => {
    expect((await get('/')).status).toBe(404);
    expect((await get('/__proto__')).status).toBe(404);
    expect((await get('/metrics', { method: 'POST', body: 'x' })).status).toBe(405);
    expect(await get('/healthz?a=b', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
  });

  it('is gone once telemetry stopped, and so is every timer', async () => {
    const { url } = telemetry;
    await telemetry.stop();
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
    expect(clock.pending).toBe(0);
    telemetry = await start();
  });

  it.each([
    ['127.0.0.1', /another one/],
    ['192.0.2.1', /METRICS_HOST/],
  ])('that cannot be had on %s is told with a remedy, and the agent goes on', async (host, remedy) => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const without = await start((other.address() as AddressInfo).port, host);
    expect(without.url).toBeNull();
    expect(logged.find(({ msg }) => msg === 'metrics are not served')?.remedy).toMatch(remedy);
    without.onTurn(turn());
    await without.stop();
    await new Promise((resolve) => other.close(resolve));
  });
});
