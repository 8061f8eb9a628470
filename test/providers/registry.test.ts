import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { createProviders } from '../../src/providers/registry.ts';

const context = { clock: systemClock, log: silentLog, now: () => new Date(0), measured: () => null };
const embedded = { stt: 'embedded', llm: 'embedded', tts: 'embedded', voice: 'slt' };

describe('createProviders', () => {
  it('makes what the settings name', () => {
    const { stt, llm, tts, vad } = createProviders(embedded, context);
    for (const { name } of [stt, llm, tts, vad]) expect(name).toBe('embedded');
  });

  it.each([
    ['stt', 'STT'],
    ['llm', 'LLM'],
    ['tts', 'TTS'],
  ])('names the known providers for an unknown %s', (kind, setting) => {
    expect(() => createProviders({ ...embedded, [kind]: 'telepathy' }, context)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('telepathy'),
        remedy: expect.stringMatching(new RegExp(`Set ${setting}.*embedded`)),
      }),
    );
  });

  it('names the known voices for an unknown one', () => {
    expect(() => createProviders({ ...embedded, voice: 'morgan' }, context)).toThrow(
      expect.objectContaining({ remedy: expect.stringContaining('awb') }),
    );
  });
});
