import { once } from 'node:events';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/base/log.ts';
import {
  createElevenLabsAccount,
  type ElevenLabsAccount,
  type ElevenLabsAccountOptions,
} from '../../../src/providers/tts/elevenlabs-account.ts';
import { SkippingClock } from '../../support/skipping-clock.ts';
import { ELEVENLABS_KEY, ELEVENLABS_VOICE, LocalElevenLabs } from '../../support/vendors/elevenlabs.ts';
import { WorkerWatch } from '../support/workers.ts';

const never = new AbortController().signal;

let clock: SkippingClock;
let vendor: LocalElevenLabs;
let watch: WorkerWatch;
let account: ElevenLabsAccount;

const create = (more: Partial<ElevenLabsAccountOptions> = {}) =>
  createElevenLabsAccount({
    ...{ clock, log: silentLog, apiKey: ELEVENLABS_KEY, baseUrl: vendor.baseUrl, spawn: watch.spawn },
    ...more,
  });

beforeEach(async () => {
  clock = new SkippingClock();
  vendor = await LocalElevenLabs.start({}, clock);
  watch = new WorkerWatch();
  account = create();
});
afterEach(async () => {
  await account.close();
  await vendor.stop();
  expect(clock.pending).toBe(0);
});

describe('An account of ElevenLabs', () => {
  it('is asked by the vendor’s package in a worker, which is made for the first question', async () => {
    expect(watch.workers).toEqual([]);
    expect(await account.voices('', never)).toMatchObject([
      { id: ELEVENLABS_VOICE, name: 'George', category: 'premade', labels: { accent: 'british' } },
      { name: 'Sarah' },
    ]);
    expect(await account.voices(' sar ', never)).toMatchObject([{ name: 'Sarah' }]);
    expect(await account.models(never)).toEqual([{ id: 'eleven_flash_v2_5', name: 'Eleven Flash v2.5' }]);
    expect(await account.quota(never)).toEqual({
      ...{ tier: 'creator', used: 90_000, limit: 100_000, mayExceed: true, resetsAtMs: 1_790_000_000_000 },
    });
    expect(watch.workers).toHaveLength(1);
    for (const { headers } of vendor.requests) expect(headers['xi-api-key']).toBe(ELEVENLABS_KEY);

    const ended = once(watch.workers[0]!, 'exit');
    await clock.skip(60_000);
    await ended;
  });

  it('says what is wrong, without a second try, and without the key', async () => {
    vendor.faults = { page: () => ({ refuse: { status: 429, word: 'system_busy' } }) };
    await expect(account.models(never)).rejects.toMatchObject({ code: 'TTS_BUSY', retryable: true });
    expect(vendor.requests).toHaveLength(1);
    vendor.faults = {
      page: (n) => ({
        refuse: n === 1 ? { status: 401, word: 'invalid_api_key' } : { status: 502, word: 'html' },
      }),
    };
    const error: unknown = await account.quota(never).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'TTS_KEY', retryable: false });
    expect(inspect(error, { depth: 9 })).not.toContain(ELEVENLABS_KEY);
    await expect(account.quota(never)).rejects.toMatchObject({ code: 'TTS_BUSY' });
    vendor.faults = { page: () => ({ hang: true }) };
    const late = expect(account.quota(never)).rejects.toMatchObject({ code: 'TTS_TIMEOUT' });
    await vendor.until(() => vendor.requests.length === 4);
    await clock.skip(3_000);
    await late;
    const reason = new Error('typed on');
    const controller = new AbortController();
    const stopped = expect(account.voices('a', controller.signal)).rejects.toBe(reason);
    controller.abort(reason);
    await stopped;
  });

  it('fails its questions when the worker dies or the account is closed', async () => {
    vendor.faults = { page: () => ({ hang: true }) };
    const dying = expect(account.quota(never)).rejects.toMatchObject({ code: 'TTS_ACCOUNT_DIED' });
    await vendor.until(() => vendor.requests.length === 1);
    await watch.killNewest();
    await dying;
    const closing = expect(account.quota(never)).rejects.toMatchObject({ code: 'TTS_CLOSED' });
    await vendor.until(() => vendor.requests.length === 2);
    await account.close();
    await closing;
    await expect(account.quota(never)).rejects.toMatchObject({ code: 'TTS_CLOSED' });
  });

  it('says that nobody is there', async () => {
    const lost = create({ baseUrl: 'http://127.0.0.1:1' });
    await expect(lost.models(never)).rejects.toMatchObject({ code: 'TTS_UNREACHABLE', retryable: true });
    await lost.close();
  });
});
