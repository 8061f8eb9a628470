/** The program talks through real vendors' protocols, led there by settings alone, as it does in the demo. */
import { afterEach, expect, it } from 'vitest';
import { ANTHROPIC_KEY, startAnthropic } from '../support/vendors/anthropic.ts';
import { ELEVENLABS_KEY, LocalElevenLabs } from '../support/vendors/elevenlabs.ts';
import { ScribeVendor } from '../support/vendors/elevenlabs-scribe.ts';
import type { Fault } from '../support/vendors/http-vendor.ts';
import { OPENAI_KEY, startOpenAi } from '../support/vendors/openai-chat.ts';
import { LocalSpeechServer } from '../support/vendors/openai-speech.ts';
import { TranscriptionVendor } from '../support/vendors/openai-transcriptions.ts';
import { SpokenScript } from '../support/vendors/script-ear.ts';
import { type VendorStage, vendorStage } from './vendor-stage.ts';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** To be closed in the end. */
async function opened<T>(starting: Promise<T>, close: (one: T) => Promise<unknown>): Promise<T> {
  const one = await starting;
  open.push(() => close(one));
  return one;
}

const SAID = ['what time is it', 'tell me a joke', 'flip a coin for me'];

async function talk(stage: VendorStage, script: SpokenScript): Promise<void> {
  const { loopback } = stage;
  for (const words of SAID) {
    script.say(words);
    const { audibleMs, lastVoicedMs } = await stage.say(words);
    expect(audibleMs, stage.program.stderr.slice(-3_000)).toBeGreaterThan(lastVoicedMs);
  }
  expect(loopback.privacyCode()).not.toBeNull();
  expect(loopback.room.stats).toMatchObject({ undecodable: 0, undecryptable: 0, plainWhileEncrypted: 0 });
  expect(await stage.stats()).toMatch(
    /^3 turns: 3 answered\n0 unanswered, 0 missed\nwithin 500 ms: .*\nfalse cut-offs: 0 /m,
  );
}

/** What the model was asked last in each request. */
const lastWords = (asked: readonly { body: Readonly<Record<string, unknown>> | null }[]): string[] =>
  asked.map(({ body }) => {
    const messages = body?.messages as { content: string }[];
    return messages.at(-1)!.content;
  });

it('hears and speaks by ElevenLabs and thinks by Anthropic', async () => {
  const script = new SpokenScript();
  const scribe = await opened(ScribeVendor.listen({ apiKey: ELEVENLABS_KEY, ear: script.ear }), (one) =>
    one.close(),
  );
  const voice = await opened(LocalElevenLabs.start(), (one) => one.stop());
  const mind = await opened(startAnthropic({ answer: () => 'Certainly. It is so.' }), (one) => one.close());
  const stage = await opened(
    vendorStage({
      ...{ ELEVENLABS_API_KEY: ELEVENLABS_KEY, ANTHROPIC_API_KEY: ANTHROPIC_KEY },
      ...{ STT_BASE_URL: scribe.baseUrl, TTS_BASE_URL: voice.baseUrl, LLM_BASE_URL: mind.url },
    }),
    (one) => one.stop(),
  );
  await talk(stage, script);
  const asked = lastWords(mind.asked);
  for (const words of SAID)
    expect(
      asked.some((one) => one.includes(words)),
      asked.join(' | '),
    ).toBe(true);
  const spoken = voice.messages.map(({ text }) => text);
  for (const clause of ['Certainly. ', 'It is so. '])
    expect(spoken.filter((text) => text === clause).length).toBeGreaterThanOrEqual(3);
  // The bill of what was used, drafts in vain included.
  expect(await stage.stats()).toMatch(/cost a turn: \$0\.00\d\d \(mean of 3\)\ncost today: \$0\.\d{4}/);
  const { stdout, stderr } = stage.program;
  expect(stdout).toContain('Speech to text: elevenlabs, scribe_v2_realtime, ElevenLabs, through 127.0.0.1');
  expect(stdout).toContain('Answers: anthropic, claude-haiku-5-5, on this machine');
  for (const secret of [ELEVENLABS_KEY, ANTHROPIC_KEY, stage.loopback.token]) {
    expect(stdout + stderr + stage.chat().join()).not.toContain(secret);
  }
  for (const words of [...SAID, 'Certainly']) expect(stderr).not.toContain(words);
});

it('hears, thinks and speaks by the protocols of OpenAI', async () => {
  const script = new SpokenScript();
  // What was asked in the middle of an utterance is not told again at its end.
  const ear = script.ear();
  const ears = await opened(TranscriptionVendor.listen({ apiKey: OPENAI_KEY, ear: () => ear }), (one) =>
    one.close(),
  );
  const voice = await opened(LocalSpeechServer.start(), (one) => one.stop());
  const mind = await opened(startOpenAi({ answer: () => 'Certainly. It is so.' }), (one) => one.close());
  const stage = await opened(
    vendorStage({
      ...{ STT: 'openai', TTS: 'openai', OPENAI_API_KEY: OPENAI_KEY },
      ...{ STT_BASE_URL: ears.baseUrl, TTS_BASE_URL: voice.baseUrl, LLM_BASE_URL: `${mind.url}/v1` },
    }),
    (one) => one.stop(),
  );
  await talk(stage, script);
  const asked = lastWords(mind.asked);
  for (const words of SAID)
    expect(
      asked.some((one) => one.includes(words)),
      asked.join(' | '),
    ).toBe(true);
  expect(voice.requests.map(({ body }) => body.input)).toContain('It is so.');
  const { stdout, stderr } = stage.program;
  expect(stdout).toContain('Speech to text: openai, whisper-1, on this machine');
  expect(stdout + stderr + stage.chat().join()).not.toContain(OPENAI_KEY);
});

it('gets over every way in which AiPayGent may answer', { tags: ['fault'] }, async () => {
  const unpaid = {
    ...{ error: 'Payment required', unlock: 'https://api.aipaygent.xyz/buy' },
    x402: { version: 2, networks: [{ network: 'base', amount: '6000', asset: 'USDC', decimals: 6 }] },
  };
  const limited = { error: 'rate_limited', retry_after_seconds: 1 };
  const lost = { error: 'not_found', message: 'No such endpoint', discover: '/discover' };
  const ways: readonly { fault?: Fault; ends: string }[] = [
    { ends: 'answered' },
    { fault: 'json', ends: 'answered' },
    {
      fault: { status: 402, body: unpaid, headers: { 'x-price-usdc': '0.006' } },
      ends: 'LLM_PAYMENT_REQUIRED',
    },
    { fault: { status: 404, body: lost }, ends: 'LLM_NO_SUCH_ROUTE' },
    { fault: 'html', ends: 'LLM_NOT_AN_API' },
    { fault: { status: 429, body: limited, headers: { 'retry-after': '1' } }, ends: 'LLM_RATE_LIMITED' },
  ];
  const key = 'apk_planted_0123456789';
  const script = new SpokenScript();
  const scribe = await opened(ScribeVendor.listen({ apiKey: ELEVENLABS_KEY, ear: script.ear }), (one) =>
    one.close(),
  );
  const mind = await opened(
    startAnthropic({
      ...{ key, auth: 'x-api-key', answer: () => 'Certainly. It is so.' },
      behaviour: (index) => ways[index] ?? {},
    }),
    (one) => one.close(),
  );
  const stage = await opened(
    vendorStage({
      ...{ AIPAYGENT_API_KEY: key, LLM_BASE_URL: mind.url, SPECULATION: 'off' },
      ...{ ELEVENLABS_API_KEY: ELEVENLABS_KEY, STT_BASE_URL: scribe.baseUrl, TTS: 'embedded' },
    }),
    (one) => one.stop(),
  );
  for (const [index, { ends }] of ways.entries()) {
    script.say('tell me a joke');
    const { audibleMs, lastVoicedMs } = await stage.say('tell me a joke');
    // The answer, or the apology.
    expect(audibleMs, ends).toBeGreaterThan(lastVoicedMs);
    expect(mind.asked, ends).toHaveLength(index + 1);
    if (ends !== 'answered') expect(await stage.stats(), ends).toContain(`1 × ${ends}`);
  }
  expect(await stage.stats()).toContain('6 turns: 2 answered\n4 unanswered, 0 missed');
  const { stdout, stderr } = stage.program;
  expect(stderr).toContain('LLM_PAYMENT_REQUIRED');
  expect(stdout + stderr + stage.chat().join()).not.toContain(key);
});
