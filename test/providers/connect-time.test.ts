/** With an answer's beginning is told what will not be later: a connection that had to be opened, and the prompt's tokens. */
import { afterEach, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import type { LlmConnection } from '../../src/providers/llm/llm.ts';
import { createPresetLlm } from '../../src/providers/llm/presets.ts';
import { createElevenLabsScribe } from '../../src/providers/stt/elevenlabs-scribe.ts';
import { createOpenAiTranscriptions } from '../../src/providers/stt/openai-transcriptions.ts';
import type { SttConnection } from '../../src/providers/stt/stt.ts';
import { createElevenLabsSocket } from '../../src/providers/tts/elevenlabs-socket.ts';
import type { TtsConnection } from '../../src/providers/tts/tts.ts';
import { ANTHROPIC_KEY, startAnthropic } from '../support/vendors/anthropic.ts';
import { ELEVENLABS_KEY, ELEVENLABS_VOICE, LocalElevenLabs } from '../support/vendors/elevenlabs.ts';
import { ScribeVendor } from '../support/vendors/elevenlabs-scribe.ts';
import { TranscriptionVendor } from '../support/vendors/openai-transcriptions.ts';
import { toneSpeech } from '../support/vendors/tone-speech.ts';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});
const base = { clock: systemClock, log: silentLog };
const { signal } = new AbortController();

/** What the texts of one answer say of the connection. */
async function asked(connection: LlmConnection): Promise<(number | undefined)[]> {
  const messages = [{ role: 'user' as const, content: 'what time is it' }];
  const told: (number | undefined)[] = [];
  for await (const event of connection.stream({ system: '', messages, maxTokens: 20, signal })) {
    if (event.type === 'text') told.push(event.connectMs);
  }
  return told;
}

it('the opening for a language model', async () => {
  const vendor = await startAnthropic();
  open.push(() => vendor.close());
  const llm = createPresetLlm('anthropic', { ...base, apiKey: ANTHROPIC_KEY, baseUrls: [vendor.url] });
  const connection = await llm.connect(signal);
  open.push(() => connection.close());
  expect((await asked(connection)).every((told) => told === undefined)).toBe(true);
  vendor.dropConnections();
  await vendor.until(() => vendor.open === 0);
  const [first, ...others] = await asked(connection);
  expect(first).toBeGreaterThan(0);
  expect(others.every((told) => told === undefined)).toBe(true);
});

it('the prompt’s tokens, which are billed also when the answer is cut short', async () => {
  const vendor = await startAnthropic();
  open.push(() => vendor.close());
  const llm = createPresetLlm('anthropic', { ...base, apiKey: ANTHROPIC_KEY, baseUrls: [vendor.url] });
  const connection = await llm.connect(signal);
  open.push(() => connection.close());
  const messages = [{ role: 'user' as const, content: 'what time is it' }];
  const prompts: unknown[] = [];
  let inputTokens: number | null = null;
  for await (const event of connection.stream({ system: '', messages, maxTokens: 20, signal })) {
    if (event.type === 'text') prompts.push(event.prompt?.inputTokens);
    else ({ inputTokens } = event);
  }
  expect(inputTokens).toBeGreaterThan(0);
  expect(prompts).toEqual([inputTokens, ...prompts.slice(1).map(() => undefined)]);
});

it('the opening for a voice', async () => {
  // Its socket is lost, and the next handshake as well: who speaks then has to wait.
  const vendor = await LocalElevenLabs.start({ socket: (n) => (n === 1 ? { handshake: 'drop' } : {}) });
  open.push(() => vendor.stop());
  const keyed = { apiKey: ELEVENLABS_KEY, voiceId: ELEVENLABS_VOICE, baseUrl: vendor.baseUrl };
  const connection = await createElevenLabsSocket({ ...base, ...keyed }).connect(signal);
  open.push(() => connection.close());
  expect((await spoken(connection)).every((told) => told === undefined)).toBe(true);
  for (const socket of vendor.sockets) socket.terminate();
  await vendor.until(() => vendor.handshakes === 2);
  const [first, ...others] = await spoken(connection);
  expect(first).toBeGreaterThan(0);
  expect(others.every((told) => told === undefined)).toBe(true);
});

/** What it tells of an utterance, until its final. */
async function heard(connection: SttConnection): Promise<string[]> {
  const told: string[] = [];
  const final = Promise.withResolvers<void>();
  const recogniser = connection.openRecogniser({ id: '1', name: '!' }, (event) => {
    told.push(event.type);
    if (event.type === 'connected') {
      expect(event.atMs).toBeGreaterThan(sinceMs);
      expect(event.atMs).toBeLessThanOrEqual(systemClock.now());
    }
    if (event.type === 'final') final.resolve();
    if (event.type === 'error') final.reject(event.error);
  });
  const sinceMs = systemClock.now();
  recogniser.write(toneSpeech('one', 'two'));
  recogniser.commit();
  await final.promise;
  recogniser.close();
  return told;
}

it.each(['over sockets', 'over requests'])('the opening for a recogniser, %s', async (how) => {
  const vendor =
    how === 'over sockets'
      ? await ScribeVendor.listen({ apiKey: ELEVENLABS_KEY })
      : await TranscriptionVendor.listen();
  open.push(() => vendor.close());
  const at = { ...base, baseUrl: vendor.baseUrl };
  const stt =
    how === 'over sockets'
      ? createElevenLabsScribe({ ...at, apiKey: ELEVENLABS_KEY })
      : createOpenAiTranscriptions({ ...at, model: 'whisper' });
  const connection = await stt.connect(signal);
  open.push(() => connection.close());
  expect(await heard(connection)).not.toContain('connected');
  vendor.cut();
  await vendor.until(() => vendor.open === 0);
  const told = await heard(connection);
  expect(told.filter((type) => type === 'connected')).toHaveLength(1);
  expect(told[0]).toBe('connected');
});

async function spoken(connection: TtsConnection): Promise<(number | undefined)[]> {
  const reply = connection.reply('draft');
  reply.speak('It is noon.');
  reply.end();
  const told: (number | undefined)[] = [];
  for await (const { connectMs } of reply.audio) told.push(connectMs);
  return told;
}
