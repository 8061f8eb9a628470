/** The table of prices: dated, sourced, found by model, and changed by a file of one's own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { costOf, nanosOf, usdOfNanos } from '../../src/money/amount.ts';
import { assertPriced, createLedger } from '../../src/money/ledger.ts';
import { loadPrices } from '../../src/money/price-file.ts';
import { isFree, PRICES, type Rates, ratesOf } from '../../src/money/prices.ts';
import { servicesOf } from '../../src/money/services.ts';
import { NO_USAGE, type Usage } from '../../src/money/usage.ts';
import { embeddedChoice, type ProviderChoice } from '../../src/providers/choice.ts';
import { llmPresets } from '../../src/providers/llm/presets.ts';
import { createProviders } from '../../src/providers/registry.ts';

const costUsd = (usage: Usage, rates: Rates): number => usdOfNanos(nanosOf(costOf(usage, rates)));

describe('the table of prices', () => {
  it('gives a date and a source for each, and no price below nothing', () => {
    for (const [name, { asOf, source, ...rates }] of Object.entries(PRICES)) {
      expect(name).toMatch(/^[a-z]+\/.+/);
      expect(asOf, name).toMatch(/^20\d\d-\d\d(-\d\d)?$/);
      expect(source.length, name).toBeGreaterThan(5);
      for (const rate of Object.values(rates)) expect(rate, name).toBeGreaterThanOrEqual(0);
    }
  });

  it('knows a model by its dated id as well, and takes no other for it', () => {
    const haiku = ratesOf({ vendor: 'anthropic', model: 'claude-haiku-4-5' });
    expect(haiku).not.toBeNull();
    expect(ratesOf({ vendor: 'anthropic', model: 'claude-haiku-4-5-20251001' })).toBe(haiku);
    expect(ratesOf({ vendor: 'openai', model: 'gpt-6-luna-2026-09-22' })).toBe(PRICES['openai/gpt-6-luna']);
    expect(ratesOf({ vendor: 'openai', model: 'gpt-6-luna-fast' })).toBeNull();
    expect(ratesOf({ vendor: 'acme', model: 'claude-haiku-4-5' })).toBeNull();
    expect(ratesOf({ vendor: 'ollama', model: 'anything' })).toBe(PRICES['ollama/*']);
  });

  it('takes what runs on this machine for free, unless it may only pass on what a vendor bills', () => {
    const here = { here: true };
    const local = ratesOf({ vendor: 'openai', model: 'Systran/faster-whisper-small.en', ...here });
    expect(local && isFree(local)).toBe(true);
    expect(ratesOf({ vendor: 'openai', model: 'Systran/faster-whisper-small.en' })).toBeNull();
    const proxied = { vendor: 'anthropic', model: 'claude-haiku-5-5', ...here };
    expect(ratesOf(proxied)).toBe(PRICES['anthropic/claude-haiku-5-5']);
    expect(ratesOf(proxied, { 'anthropic/*': { perCall: 1 } })).toEqual({ perCall: 1 });
  });

  it('knows every model that a vendor is asked for unless told otherwise', () => {
    const choice = (stage: 'stt' | 'llm', provider: string): ProviderChoice => {
      const embedded = embeddedChoice('rms');
      return { ...embedded, [stage]: { ...embedded[stage], provider, apiKey: 'k' } };
    };
    const context = { clock: systemClock, log: silentLog, now: () => new Date(0), measured: () => null };
    const priced = (stage: 'stt' | 'llm', provider: string) =>
      ratesOf(servicesOf(createProviders(choice(stage, provider), { ...context, names: () => [] }))[stage]);
    for (const preset of Object.keys(llmPresets)) expect(priced('llm', preset), preset).not.toBeNull();
    for (const ear of ['elevenlabs', 'deepgram', 'openai']) expect(priced('stt', ear), ear).not.toBeNull();
  });

  it('bills cached tokens at their own price, and as others where there is none', () => {
    const usage = {
      ...NO_USAGE,
      inputTokens: 1_000_000,
      cachedInputTokens: 250_000,
      cacheWriteTokens: 250_000,
    };
    expect(costUsd(usage, { inputPerMillion: 4, cachedInputPerMillion: 0.4, cacheWritePerMillion: 5 })).toBe(
      3.35,
    );
    expect(costUsd(usage, { inputPerMillion: 4 })).toBe(4);
    expect(costUsd({ ...NO_USAGE, calls: 3 }, { perCall: 0.5 })).toBe(1.5);
    expect(costUsd({ ...NO_USAGE, audioMs: 1_800_000 }, { perAudioHour: 0.5 })).toBe(0.25);
  });

  it('adds up without a rest: three thirds of a bill are the bill', () => {
    const rates = { perAudioHour: 0.39, inputPerMillion: 0.1, perThousandCharacters: 0.07 };
    const third = { ...NO_USAGE, audioMs: 20, inputTokens: 7, characters: 11 };
    const all = { ...NO_USAGE, audioMs: 60, inputTokens: 21, characters: 33 };
    expect(3n * costOf(third, rates)).toBe(costOf(all, rates));
    expect(nanosOf(costOf({ ...NO_USAGE, audioMs: 20 }, rates))).toBe(2_166);
  });
});

describe('a file of prices', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'parley-prices-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));
  const load = (text: string) => {
    writeFileSync(join(dir, 'prices.json'), text);
    return loadPrices(join(dir, 'prices.json'));
  };

  it('adds to the table and replaces in it', async () => {
    const own = {
      'anthropic/claude-haiku-5-5': { inputPerMillion: 9 },
      'acme/*': { perCall: 1, asOf: '2026' },
    };
    const prices = await load(JSON.stringify(own));
    expect(ratesOf({ vendor: 'anthropic', model: 'claude-haiku-5-5' }, prices)).toEqual({
      inputPerMillion: 9,
    });
    expect(ratesOf({ vendor: 'acme', model: 'one' }, prices)).toMatchObject({ perCall: 1 });
    expect(ratesOf({ vendor: 'openai', model: 'gpt-6-luna' }, prices)).toBe(PRICES['openai/gpt-6-luna']);
    expect(await loadPrices(null)).toBe(PRICES);
  });

  it.each([
    ['not json', 'is no JSON'],
    ['{"haiku": {}}', 'is wrong at haiku'],
    ['{"a/b": {"inputPerMillion": -1}}', 'a/b > inputPerMillion'],
    ['{"a/b": {"input": 1}}', 'a/b'],
    ['{"a/b": {"perCall": 0.0000005}}', 'perCall: has more than six decimals'],
    ['[]', 'is wrong at its top'],
  ])('of %s is refused', async (text, words) => {
    await expect(load(text)).rejects.toMatchObject({
      code: 'PRICES_FILE',
      message: expect.stringContaining(words),
    });
  });

  it('that is not there is refused', async () => {
    await expect(loadPrices(join(dir, 'none.json'))).rejects.toMatchObject({ code: 'PRICES_FILE' });
  });
});

describe('a cap', () => {
  const ledger = (dailyCapUsd: number | null) =>
    createLedger({ nowUnixMs: () => 0, prices: PRICES, dailyCapUsd, earlier: null, onChange() {} });
  const known = { vendor: 'embedded', model: 'embedded' };
  const unknown = { vendor: 'acme', model: 'one' };

  it('needs the price of everything', () => {
    expect(() => assertPriced(ledger(1), [known, unknown])).toThrow(/nobody knows what acme\/one costs/);
    assertPriced(ledger(1), [known]);
    assertPriced(ledger(null), [known, unknown]);
  });
});
