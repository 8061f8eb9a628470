import { describe, expect, it } from 'vitest';
import { elevenLabsError, elevenLabsRefusal } from '../../../src/providers/wire/elevenlabs-errors.ts';

describe('What ElevenLabs says is wrong', () => {
  it.each([
    [401, 'invalid_api_key', 'TTS_KEY', false],
    [401, 'quota_exceeded', 'TTS_QUOTA', false],
    [401, 'detected_unusual_activity', 'TTS_ACCOUNT', false],
    [401, 'missing_permissions', 'TTS_KEY', false],
    [402, 'whatever', 'TTS_QUOTA', false],
    [404, 'voice_not_found', 'TTS_VOICE', false],
    [400, 'voice_not_found', 'TTS_VOICE', false],
    [400, 'model_not_found', 'TTS_MODEL', false],
    [400, 'max_character_limit_exceeded', 'TTS_TEXT', false],
    [403, 'output_format_not_allowed', 'TTS_PLAN', false],
    [429, 'too_many_concurrent_requests', 'TTS_BUSY', true],
    [429, 'system_busy', 'TTS_BUSY', true],
    [503, '<html>', 'TTS_BUSY', true],
    [1008, 'max_active_conversations', 'TTS_CONTEXTS', true],
    [1008, 'input_timeout_exceeded', 'TTS_IDLE', true],
    [1006, '', 'TTS_CONNECTION_LOST', true],
    [1011, 'internal', 'TTS_CONNECTION_LOST', true],
    [1008, 'voice_id_does_not_exist', 'TTS_VOICE', false],
    [1008, 'A voice with voice_id x1 does not exist.', 'TTS_VOICE', false],
    [1008, 'Invalid API key', 'TTS_KEY', false],
    [1008, 'a new word', 'TTS_FAILED', false],
    [599, 'a new word', 'TTS_FAILED', true],
    [418, 'teapot', 'TTS_FAILED', false],
  ])('%i %s is %s', (status, text, code, retryable) => {
    const error = elevenLabsError({ status, text }, 'TTS');
    expect(error).toMatchObject({ code, retryable });
    expect(error.remedy).not.toBe('');
  });

  it('is told without the vendor’s own text', () => {
    const body = JSON.stringify({
      detail: { status: 'new_word', message: 'Key sk_123 may not say "hello".' },
    });
    const { message, remedy, code } = elevenLabsRefusal({ status: 400, body }, 'STT');
    expect(code).toBe('STT_FAILED');
    expect(message + remedy).not.toMatch(/sk_123|hello/);
  });
});
