/** What the doctor says of models that are about to be turned off. */
import { expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { examineModels } from '../../src/doctor/models.ts';
import { embeddedChoice, type ProviderChoice } from '../../src/providers/choice.ts';
import { createProviders } from '../../src/providers/registry.ts';

const embedded = embeddedChoice('rms');

function findings(change: Partial<Record<keyof ProviderChoice, object>>) {
  const choice = { ...embedded };
  for (const stage of ['stt', 'llm', 'tts'] as const)
    Object.assign(choice, { [stage]: { ...embedded[stage], voice: null, apiKey: 'k', ...change[stage] } });
  const context = { clock: systemClock, log: silentLog, now: () => new Date(0), measured: () => null };
  return examineModels(
    choice,
    createProviders(
      { ...choice, ...(change.tts ? {} : { tts: embedded.tts }) },
      { ...context, names: () => [] },
    ),
  );
}

it('names the day and what to set instead', () => {
  expect(findings({ llm: { provider: 'anthropic', model: 'claude-sonnet-4-5-20250929' } })).toEqual([
    {
      ...{ what: 'Model: Answers', state: 'warns', found: 'claude-sonnet-4-5-20250929 ends on 2026-11-30' },
      remedy: 'Set LLM_MODEL to claude-sonnet-5-5 (or claude-haiku-5-5, which answers sooner).',
    },
  ]);
  expect(findings({ stt: { provider: 'openai', model: 'gpt-4o-mini-transcribe' } })).toMatchObject([
    { found: 'gpt-4o-mini-transcribe ends on 2027-02-26', remedy: 'Set STT_MODEL to gpt-transcribe.' },
  ]);
});

it('tells of the voice that OpenAI has no successor for', () => {
  expect(findings({ tts: { provider: 'openai' } })).toMatchObject([
    {
      what: 'Model: Voice',
      found: 'gpt-4o-mini-tts ends on 2027-01-06',
      remedy: expect.stringContaining('TTS_BASE_URL'),
    },
  ]);
});

it('has nothing to say of models that stay, nor of what a server of one’s own calls its models', () => {
  expect(findings({ llm: { provider: 'anthropic' }, stt: { provider: 'openai' } })).toEqual([]);
  const own = { provider: 'openai', baseUrls: ['http://127.0.0.1:1/v1'] };
  expect(findings({ stt: own, tts: own, llm: { ...own, model: 'gpt-4o' } })).toEqual([]);
});
