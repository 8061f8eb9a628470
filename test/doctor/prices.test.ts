/** The doctor does about prices what `npm start` will do, and names what nobody knows the price of. */
import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { examinePrices } from '../../src/doctor/prices.ts';
import { fakeProviders } from '../support/fake-providers.ts';

const examined = (env: Record<string, string> = {}, place?: string) => {
  const { llm, ...others } = fakeProviders();
  const named = { name: 'openai', place: place ?? 'elsewhere', model: 'my-model', connect: llm.connect };
  const free = { place: 'on this machine' };
  const providers = { ...others, stt: { ...others.stt, ...free }, tts: { ...others.tts, ...free } };
  const config = loadConfig({ DISCORD_TOKEN: 'bm90.dGhl.b25l', ...env });
  // Only names and places are looked at.
  return examinePrices(config, { ...providers, llm: named } as unknown as Parameters<
    typeof examinePrices
  >[1]);
};

it('warns of a service without a price', async () => {
  expect(await examined()).toMatchObject({
    ...{ state: 'warns', remedy: expect.stringContaining('PRICES_FILE') },
    found: 'nobody knows what openai/my-model costs: /latency stats tells no bill',
  });
});

it('fails with a daily cap that could not be kept', async () => {
  expect(await examined({ DAILY_CAP_USD: '2' })).toMatchObject({
    ...{ state: 'fails', found: 'DAILY_CAP_USD cannot be kept: nobody knows what openai/my-model costs' },
  });
});

it('fails with a file that cannot be read', async () => {
  expect(await examined({ PRICES_FILE: '/nowhere/prices.json' })).toMatchObject({
    ...{ state: 'fails', found: 'The file of prices cannot be read' },
  });
});

it('is content with what runs on this machine', async () => {
  expect(await examined({ DAILY_CAP_USD: '2' }, 'on this machine')).toMatchObject({ state: 'ok' });
});
