/** The program talks through real vendors' protocols, led there by settings alone, as it does in the demo. */
import { afterEach, expect, it } from 'vitest';
import { ANTHROPIC_KEY, startAnthropic } from '../support/vendors/anthropic.ts';
import { ELEVENLABS_KEY, LocalElevenLabs } from '../support/vendors/elevenlabs.ts';
import { ScribeVendor } from '../support/vendors/elevenlabs-scribe.ts';
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
  expect(await stage.stats()).toContain('3 turns: 3 answered\n0 unanswered, 0 missed\nfalse cut-offs: 0');
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
