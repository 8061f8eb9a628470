import { describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/base/log.ts';
import { modelNotice } from '../../../src/providers/llm/model-notices.ts';
import {
  createPresetLlm,
  type LlmPreset,
  type LlmPresetName,
  llmPresets,
} from '../../../src/providers/llm/presets.ts';
import { type LogLine, recordingLog } from '../../support/recording-log.ts';
import { startAnthropic } from '../../support/vendors/anthropic.ts';
import { startOpenAi } from '../../support/vendors/openai-chat.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { textOf } from '../conformance/hosted-llm-rig.ts';

const KEY = 'key-of-a-test';
const names = Object.keys(llmPresets) as LlmPresetName[];
const options = () => ({ clock: new VirtualClock(), log: silentLog });

describe('The presets', () => {
  it.each(names)('name a current model, with notes that have a date: %s', (name) => {
    const preset: LlmPreset = llmPresets[name];
    expect(modelNotice(preset.model)).toBeNull();
    expect(preset.note).toMatch(/20\d\d-\d\d/);
    const model = createPresetLlm(name, { ...options(), apiKey: KEY });
    expect(model).toMatchObject({ name, model: preset.model });
    expect(model.addresses[0]).toMatch(/^http/);
  });

  it.each([
    ['aipaygent', 'https://api.aipaygent.xyz/v1/messages'],
    ['anthropic', 'https://api.anthropic.com/v1/messages'],
    ['groq', 'https://api.groq.com/openai/v1/chat/completions'],
    ['cerebras', 'https://api.cerebras.ai/v1/chat/completions'],
    ['openai', 'https://api.openai.com/v1/chat/completions'],
    ['ollama', 'http://127.0.0.1:11434/v1/chat/completions'],
    ['llamacpp', 'http://127.0.0.1:8080/v1/chat/completions'],
  ] as const)('know the address: %s', (name, address) => {
    expect(createPresetLlm(name, { ...options(), apiKey: KEY }).addresses).toEqual([address]);
  });

  it.each(names)('work against a server of their kind: %s', async (name) => {
    const preset: LlmPreset = llmPresets[name];
    const vendor =
      preset.api === 'anthropic'
        ? await startAnthropic({ key: KEY, auth: 'x-api-key' })
        : await startOpenAi({
            key: KEY,
            models: [preset.model],
            kind: preset.keyFrom === null ? 'local' : name === 'openai' ? 'openai' : 'groq',
          });
    const model = createPresetLlm(name, {
      ...options(),
      apiKey: preset.keyFrom ? KEY : '',
      baseUrls: [vendor.url],
    });
    expect(model.place).toBe('on this machine');
    const connection = await model.connect(new AbortController().signal);
    const { signal } = new AbortController();
    const messages = [{ role: 'user' as const, content: 'what time is it' }];
    const events = await Array.fromAsync(connection.stream({ system: '', messages, maxTokens: 50, signal }));
    expect(textOf(events)).toContain('noon');
    await connection.close();
    await vendor.close();
  });

  it('load the model of Ollama as soon as the room is joined', async () => {
    const vendor = await startOpenAi({ kind: 'local' });
    const connection = await createPresetLlm('ollama', { ...options(), baseUrls: [vendor.url] }).connect(
      new AbortController().signal,
    );
    await vendor.until(() => vendor.asked.length === 1);
    expect(vendor.asked[0]!.body).toMatchObject({
      model: 'llama3.2',
      max_tokens: 1,
      reasoning_effort: 'none',
    });
    await connection.close();
    await vendor.close();
  });

  it('stop loading when the room is left, without a word', async () => {
    const vendor = await startOpenAi({ kind: 'local', behaviour: () => ({ fault: 'silence' }) });
    const lines: LogLine[] = [];
    const log = recordingLog(lines, () => undefined);
    const model = createPresetLlm('ollama', { ...options(), log, baseUrls: [vendor.url] });
    const connection = await model.connect(new AbortController().signal);
    await vendor.until(() => vendor.asked.length === 1);
    await connection.close();
    await vendor.until(() => vendor.asked[0]!.cutOff);
    expect(lines).toEqual([]);
    await vendor.close();
  });

  it.each([
    ['groq', 'openai/gpt-oss-120b', { reasoning_effort: 'low', max_completion_tokens: 306 }],
    ['groq', 'qwen/qwen3.6-27b', { reasoning_effort: 'none', max_completion_tokens: 50 }],
    ['cerebras', 'qwen-3.8-27b', { reasoning_effort: 'none', max_completion_tokens: 50 }],
    ['openai', 'gpt-6-luna', { reasoning_effort: 'none', max_completion_tokens: 50 }],
    ['openai', 'gpt-5-mini', { reasoning_effort: 'minimal', max_completion_tokens: 1_074 }],
    ['openai', 'gpt-4o-mini', { max_completion_tokens: 50 }],
    ['llamacpp', 'default', { chat_template_kwargs: { enable_thinking: false }, max_tokens: 50 }],
  ] as const)('keep reasoning short: %s, %s', async (name, model, body) => {
    const vendor = await startOpenAi({ key: KEY, models: [model] });
    const hosted = createPresetLlm(name, { ...options(), apiKey: KEY, model, baseUrls: [vendor.url] });
    const connection = await hosted.connect(new AbortController().signal);
    const { signal } = new AbortController();
    const messages = [{ role: 'user' as const, content: 'what time is it' }];
    await Array.fromAsync(connection.stream({ system: '', messages, maxTokens: 50, signal })).catch(() => []);
    expect(vendor.asked[0]!.body).toMatchObject(body);
    expect(Object.hasOwn(vendor.asked[0]!.body!, 'reasoning_effort')).toBe('reasoning_effort' in body);
    await connection.close();
    await vendor.close();
  });

  it('say where a key is had, and where words go with another address', () => {
    expect(() => createPresetLlm('groq', { ...options(), apiKey: ' ' })).toThrow(
      expect.objectContaining({
        code: 'LLM_KEY_MISSING',
        remedy: expect.stringContaining('console.groq.com'),
      }),
    );
    const elsewhere = { ...options(), baseUrls: ['http://192.168.1.9:11434'] };
    expect(createPresetLlm('ollama', elsewhere).place).toBe('192.168.1.9');
    expect(createPresetLlm('ollama', options()).place).toBe('on this machine');
  });
});
