/** The bot as it is watched: what its endpoint says from login to the end, and the traces that a collector gets. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Bot, type BotOptions, startBot } from '../support/bot.ts';
import { vendorError } from '../support/fake-providers.ts';
import { Collector } from '../telemetry/collector.ts';

let bot: Bot;
afterEach(async () => {
  vi.unstubAllEnvs();
  await bot.stop();
});

async function start(env: Record<string, string> = { METRICS_PORT: '0' }, options: BotOptions = {}) {
  bot = await startBot({ env, ...options });
}

async function get(path: string) {
  const response = await fetch(`${bot.app.metricsUrl}${path}`);
  return { status: response.status, text: await response.text() };
}

/** The sum over the series of a metric that have these labels. */
async function metric(name: string, labels = ''): Promise<number> {
  const lines = (await get('/metrics')).text.split('\n').filter((line) => line.startsWith(name));
  const values = lines.filter((line) => line.includes(labels)).map((line) => Number(line.split(' ').at(-1)));
  return values.reduce((sum, value) => sum + value, 0);
}

it('counts turns, rooms, people and frames as they are', async () => {
  await start();
  expect((await get('/healthz')).status).toBe(200);
  expect(await get('/readyz')).toEqual({ status: 200, text: 'ready\n' });
  expect(await metric('parley_rooms')).toBe(0);
  const ada = await bot.joined();
  await bot.seat('Grace');
  await bot.turn(ada);
  bot.fakes.llm.scripts.push({ error: vendorError('LLM_DOWN') });
  await bot.turn(ada);
  await bot.clock.skip(300);
  expect(await metric('parley_turns_total', 'outcome="answered"')).toBe(1);
  expect(await metric('parley_turns_total', 'reason="LLM_DOWN"')).toBe(1);
  expect(await metric('parley_response_gap_milliseconds_count', 'llm="fake-llm"')).toBe(1);
  expect(await metric('parley_rooms')).toBe(1);
  expect(await metric('parley_speakers')).toBe(2);
  const heard = await metric('parley_voice_frames_total', 'direction="in"');
  // Two tones of 200 ms.
  expect(heard).toBeGreaterThanOrEqual(20);
  await bot.command(ada, 'leave');
  await bot.waitFor('the bot to leave', () => bot.loopback.botVoiceChannelId() === null);
  expect(await metric('parley_rooms')).toBe(0);
  // What was counted stays.
  expect(await metric('parley_voice_frames_total', 'direction="in"')).toBeGreaterThanOrEqual(heard);
  expect(await metric('parley_voice_frames_total', 'direction="out"')).toBeGreaterThanOrEqual(6);
  await bot.stopApp();
  expect(bot.clock.pending).toBe(0);
});

describe('/readyz', () => {
  it('tells of providers that could not be connected, until they could', async () => {
    await start();
    const ada = await bot.seat('Ada', { admin: true });
    bot.fakes.tts.connections.next = vendorError('TTS_KEY');
    await bot.command(ada, 'join');
    expect(await get('/readyz')).toEqual({ status: 503, text: 'not ready\nproviders: The vendor said no\n' });
    expect(await metric('parley_ready')).toBe(0);
    bot.fakes.tts.connections.next = 'opens';
    await bot.command(ada, 'join');
    expect((await get('/readyz')).status).toBe(200);
  });

  it('tells that the store does not work', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'parley-watched-'));
    await start({ METRICS_PORT: '0', DATA_DIR: dataDir }, { realStore: true });
    expect((await get('/readyz')).text).toBe('ready\n');
    const file = new Database(join(dataDir, 'parley.db'));
    file.exec('drop table consent');
    file.close();
    expect(await get('/readyz')).toMatchObject({ status: 503, text: expect.stringContaining('\nstore: ') });
    await bot.stopApp();
    await rm(dataDir, { recursive: true });
  });

  it('tells that the connection to Discord is lost', async () => {
    await start();
    bot.loopback.faults.revokeToken();
    await bot.app.gone;
    expect(await get('/readyz')).toEqual({ status: 503, text: 'not ready\ndiscord: Not connected.\n' });
  });
});

it('talks on without an endpoint when the port is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  await start({ METRICS_PORT: String((other.address() as { port: number }).port) });
  expect(bot.app.metricsUrl).toBeNull();
  await bot.joined();
  other.close();
});

it('sends a trace of a turn at the latest when it ends', async () => {
  const collector = await new Collector().listen();
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.url);
  await start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  const ada = await bot.joined();
  const beforeMs = Date.now();
  const { record } = (await bot.turn(ada)).report;
  await bot.stopApp();
  const root = collector.spans.find(({ name }) => name === 'turn')!;
  expect(root.startMs).toBeLessThan(root.endMs);
  expect(root.startMs).toBeGreaterThan(beforeMs - 1_000);
  expect(root.endMs).toBeLessThanOrEqual(Date.now());
  const { marks } = record;
  expect(root.endMs - root.startMs).toBeCloseTo(marks.done! - marks.speechStarted!, 1);
  const model = collector.spans.find(({ name }) => name === 'chat fake-llm')!;
  expect(model.attributes).toMatchObject({
    'gen_ai.usage.output_tokens': 5,
    'gen_ai.provider.name': 'fake-llm',
  });
  const sent = collector.bodies.join('\n');
  for (const secret of [bot.loopback.guildId, bot.lounge, ada.id, 'Ada', 'what time is it', 'noon'])
    expect(sent).not.toContain(secret);
  await collector.close();
});
