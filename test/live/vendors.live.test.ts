/** Real vendors, each whose key is set, through the real adapters: they hear, answer and speak within their deadlines. */
import { config as loadDotenv } from 'dotenv';
import { describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { loadConfig } from '../../src/config/config.ts';
import { KEYS } from '../../src/config/stages.ts';
import { embeddedChoice, type ProviderChoice } from '../../src/providers/choice.ts';
import { locate } from '../../src/providers/locate.ts';
import type { Providers } from '../../src/providers/providers.ts';
import { createProviders } from '../../src/providers/registry.ts';
import { hear, read, speak } from './stages.ts';

loadDotenv({ quiet: true });
// Nothing here asks Discord.
const { keyed, agentNames } = loadConfig({
  ...process.env,
  DISCORD_TOKEN: process.env.DISCORD_TOKEN || 'a.b.c',
});
const clock: Clock = systemClock;

if (keyed.length === 0) {
  const names = Object.values(KEYS).join(', ');
  process.stdout.write(`No vendor was asked: no key is set. Set one or more in .env: ${names}.\n`);
}

/** The vendor's own adapter for that stage, at the nearest of its addresses. */
async function providersOf(
  stage: keyof ProviderChoice,
  choices: Partial<ProviderChoice>,
): Promise<Providers> {
  const wanted: ProviderChoice = { ...embeddedChoice('rms'), [stage]: choices[stage] };
  const { choice } = await locate(wanted, { clock, log: silentLog });
  return createProviders(choice, {
    ...{ clock, log: silentLog, now: () => new Date(), measured: () => null, names: () => agentNames },
  });
}

const tell = (what: string, ms: number) => process.stdout.write(`${what} ${Math.round(ms)} ms\n`);

describe.each(Object.entries(KEYS))('%s', (vendor, setting) => {
  const found = keyed.find((one) => one.vendor === vendor);
  if (!found) {
    it.skip(`is not asked: ${setting} is not set`, () => undefined);
    return;
  }
  const { stt, llm, tts } = found.choices;

  it.runIf(stt)('hears a synthesised phrase', async () => {
    const providers = await providersOf('stt', found.choices);
    const { words, finalMs } = await hear(providers.stt, clock);
    for (const word of ['lights', 'kitchen']) expect(words).toContain(word);
    tell(`${vendor}: final transcript after the commit`, finalMs);
  });

  it.runIf(llm)('streams an answer', async () => {
    const providers = await providersOf('llm', found.choices);
    const { text, pieces, firstMs, outputTokens } = await read(providers.llm, clock);
    expect(text.toLowerCase()).toContain('seven');
    expect(pieces).toBeGreaterThan(1);
    expect(outputTokens).toBeGreaterThan(0);
    tell(`${vendor}: first token`, firstMs);
  });

  it.runIf(tts)('streams speech', async () => {
    const providers = await providersOf('tts', found.choices);
    const { voicedMs, pieces, firstMs } = await speak(providers.tts, clock);
    expect(voicedMs).toBeGreaterThan(500);
    expect(pieces).toBeGreaterThan(1);
    tell(`${vendor}: first audio`, firstMs);
  });
});
