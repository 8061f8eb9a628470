/** `npm run test:live` against vendors on this machine: who is asked, who is not and why, and how it ends. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { KEYS } from '../../src/config/stages.ts';
import { ANTHROPIC_KEY, startAnthropic } from '../support/vendors/anthropic.ts';
import { ELEVENLABS_KEY, LocalElevenLabs } from '../support/vendors/elevenlabs.ts';
import { ScribeVendor } from '../support/vendors/elevenlabs-scribe.ts';
import { OPENAI_KEY, startOpenAi } from '../support/vendors/openai-chat.ts';
import { LocalSpeechServer } from '../support/vendors/openai-speech.ts';
import { TranscriptionVendor } from '../support/vendors/openai-transcriptions.ts';
import { SpokenScript } from '../support/vendors/script-ear.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Blank counts as not set, whatever .env has. */
const NO_KEYS = Object.fromEntries(Object.values(KEYS).map((name) => [name, ' ']));

async function live(env: Record<string, string>): Promise<{ code: number | null; stdout: string }> {
  const child = spawn('npm', ['run', '--silent', 'test:live'], {
    cwd: ROOT,
    env: { ...process.env, NO_COLOR: '1', ...NO_KEYS, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const code = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [stdout] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, stdout };
}

it('asks those whose key is set to hear, to answer and to speak, and names the keys of the others', async () => {
  const script = new SpokenScript();
  script.say('turn on the lights in the kitchen');
  const ears = await ScribeVendor.listen({ apiKey: ELEVENLABS_KEY, ear: script.ear });
  const voice = await LocalElevenLabs.start();
  const mind = await startAnthropic({ answer: () => 'One, two, three, four, five, six, seven, eight.' });
  const env = {
    ...{ ELEVENLABS_API_KEY: ELEVENLABS_KEY, ANTHROPIC_API_KEY: ANTHROPIC_KEY },
    ...{ STT_BASE_URL: ears.baseUrl, TTS_BASE_URL: voice.baseUrl, LLM_BASE_URL: mind.url },
  };
  const good = await live(env);
  expect(good.code, good.stdout).toBe(0);
  expect(good.stdout).toMatch(/✓.* elevenlabs > hears a synthesised phrase/);
  expect(good.stdout).toMatch(/✓.* elevenlabs > streams speech/);
  expect(good.stdout).toMatch(/✓.* anthropic > streams an answer/);
  expect(good.stdout).toMatch(/↓.* groq > is not asked: GROQ_API_KEY is not set/);
  expect(good.stdout).toMatch(/^elevenlabs: first audio \d+ ms$/m);
  expect(ears.busiest.audioMs).toBeGreaterThan(1_000);
  expect(mind.asked).toHaveLength(1);
  expect(voice.messages.map((message) => message.text)).toContain('It is seven. ');

  await Promise.all([ears.close(), voice.stop(), mind.close()]);
});

it('fails where a vendor refuses, and asks for all the rest', async () => {
  const script = new SpokenScript();
  script.say('turn on the lights in the kitchen');
  const ears = await TranscriptionVendor.listen({ apiKey: OPENAI_KEY, ear: script.ear });
  const voice = await LocalSpeechServer.start();
  const mind = await startOpenAi({ key: 'sk-another' });
  const { code, stdout } = await live({
    ...{ STT: 'openai', LLM: 'openai', TTS: 'openai', OPENAI_API_KEY: OPENAI_KEY },
    ...{ STT_BASE_URL: ears.baseUrl, TTS_BASE_URL: voice.baseUrl, LLM_BASE_URL: `${mind.url}/v1` },
  });
  expect(code).toBe(1);
  expect(stdout).toMatch(/✓.* openai > hears a synthesised phrase/);
  expect(stdout).toMatch(/✓.* openai > streams speech/);
  expect(stdout).toMatch(/×.* openai > streams an answer/);
  expect(stdout).toMatch(/↓.* elevenlabs > is not asked: ELEVENLABS_API_KEY is not set/);
  expect(stdout).not.toContain(OPENAI_KEY);
  await Promise.all([ears.close(), voice.stop(), mind.close()]);
});

it('asks nobody without a key, says so, and is content', async () => {
  const { code, stdout } = await live({});
  expect(code, stdout).toBe(0);
  expect(stdout).toContain(
    'No vendor was asked: no key is set. Set one or more in .env: ELEVENLABS_API_KEY, ',
  );
  for (const [vendor, name] of Object.entries(KEYS))
    expect(stdout).toContain(`${vendor} > is not asked: ${name} is not set`);
});
