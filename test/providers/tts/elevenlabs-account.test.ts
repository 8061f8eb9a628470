import { once } from 'node:events';
import { inspect } from 'node:util';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/base/log.ts';
import type { SpawnWorker } from '../../../src/base/worker-host.ts';
import {
  createElevenLabsAccount,
  type ElevenLabsAccount,
} from '../../../src/providers/tts/elevenlabs-account.ts';
import { SkippingClock } from '../../support/skipping-clock.ts';
import { ELEVENLABS_KEY, ELEVENLABS_VOICE, LocalElevenLabs } from '../../support/vendors/elevenlabs.ts';
import { WorkerWatch } from '../support/workers.ts';

const never = new AbortController().signal;
const options = { log: silentLog, apiKey: ELEVENLABS_KEY };

// One worker for all of these, as the package takes seconds to load; so they build on each other.
describe('An account of ElevenLabs', () => {
  const clock = new SkippingClock();
  const watch = new WorkerWatch();
  let vendor: LocalElevenLabs;
  let account: ElevenLabsAccount;
  beforeAll(async () => {
    vendor = await LocalElevenLabs.start({}, clock);
    account = createElevenLabsAccount({ ...options, clock, baseUrl: vendor.baseUrl, spawn: watch.spawn });
  });
  afterAll(async () => {
    await account.close();
    await vendor.stop();
  });

  it('is asked by the vendor’s package in a worker, which is made for the first question', async () => {
    expect(watch.workers).toEqual([]);
    expect(await account.voices('', never)).toMatchObject([
      { id: ELEVENLABS_VOICE, name: 'George', category: 'premade', labels: { accent: 'british' } },
      { name: 'Sarah' },
    ]);
    expect(await account.voices(' sar ', never)).toMatchObject([{ name: 'Sarah' }]);
    expect(await account.voices(ELEVENLABS_VOICE, never)).toMatchObject([{ name: 'George' }]);
    expect(await account.models(never)).toEqual([{ id: 'eleven_flash_v2_5', name: 'Eleven Flash v2.5' }]);
    expect(await account.quota(never)).toEqual({
      ...{ tier: 'creator', used: 90_000, limit: 100_000, mayExceed: true, resetsAtMs: 1_790_000_000_000 },
    });
    expect(watch.workers).toHaveLength(1);
    for (const { headers } of vendor.requests) expect(headers['xi-api-key']).toBe(ELEVENLABS_KEY);
  });

  it.each([
    [
      { status: 429, word: 'system_busy' },
      { code: 'TTS_BUSY', retryable: true },
    ],
    [
      { status: 401, word: 'invalid_api_key' },
      { code: 'TTS_KEY', retryable: false },
    ],
    [
      { status: 401, word: 'missing_permissions' },
      { code: 'TTS_KEY', retryable: false },
    ],
    [
      { status: 502, word: 'html' },
      { code: 'TTS_BUSY', retryable: true },
    ],
  ])('tells %o, asking once, and without the key', async (refuse, expected) => {
    vendor.faults = { page: () => ({ refuse }) };
    const before = vendor.requests.length;
    const error: unknown = await account.quota(never).catch((thrown) => thrown);
    expect(error).toMatchObject(expected);
    expect(inspect(error, { depth: 9 })).not.toContain(ELEVENLABS_KEY);
    expect(vendor.requests).toHaveLength(before + 1);
  });

  it('waits no longer than 3 s, nor than whoever asks', async () => {
    vendor.faults = { page: () => ({ hang: true }) };
    const before = vendor.requests.length;
    const late = expect(account.quota(never)).rejects.toMatchObject({ code: 'TTS_TIMEOUT' });
    await vendor.until(() => vendor.requests.length > before);
    await clock.skip(3_000);
    await late;
    const reason = new Error('typed on');
    const controller = new AbortController();
    const stopped = expect(account.voices('a', controller.signal)).rejects.toBe(reason);
    controller.abort(reason);
    await stopped;
  });

  it('says that nobody is there', async () => {
    await vendor.stop();
    const failed = expect(account.models(never)).rejects;
    await failed.toMatchObject({ code: 'TTS_UNREACHABLE', retryable: true });
    vendor = await LocalElevenLabs.start({}, clock);
  });

  it('ends its worker when nobody has asked for a minute', async () => {
    const ended = once(watch.workers[0]!, 'exit');
    await clock.skip(60_000);
    await ended;
    expect(watch.workers).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });
});

describe('An account of ElevenLabs that nobody answers for', () => {
  /** Gets ready, and never says another word. */
  const workers: Worker[] = [];
  const spawnMute: SpawnWorker = () => {
    const source = `const { parentPort } = require('node:worker_threads');
      parentPort.on('message', () => {}); parentPort.postMessage({ type: 'ready' });`;
    workers.push(new Worker(source, { eval: true }));
    return workers.at(-1)!;
  };

  it('fails its questions when the worker dies, and when it is closed', async () => {
    const clock = new SkippingClock();
    const account = createElevenLabsAccount({ ...options, clock, spawn: spawnMute });
    account.warm();
    await once(workers[0]!, 'message');
    const dying = expect(account.quota(never)).rejects.toMatchObject({ code: 'TTS_ACCOUNT_DIED' });
    await workers[0]!.terminate();
    await dying;
    const closing = expect(account.quota(never)).rejects.toMatchObject({ code: 'TTS_CLOSED' });
    await account.close();
    await closing;
    await expect(account.quota(never)).rejects.toMatchObject({ code: 'TTS_CLOSED' });
    expect(clock.pending).toBe(0);
  });
});
