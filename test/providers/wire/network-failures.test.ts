import { describe, expect, it } from 'vitest';
import { ParleyError } from '../../../src/base/errors.ts';
import { isLostConnection, networkFailure } from '../../../src/providers/wire/network-failures.ts';

const thrown = (code: string) => Object.assign(new Error(`secret ${code}`), { code });

describe('A failure of the network', () => {
  it.each([
    ['ECONNRESET', 'TTS_CONNECTION_LOST', true],
    ['UND_ERR_SOCKET', 'TTS_CONNECTION_LOST', true],
    ['ENOTFOUND', 'TTS_UNREACHABLE', true],
    ['ECONNREFUSED', 'TTS_UNREACHABLE', true],
    ['UND_ERR_CONNECT_TIMEOUT', 'TTS_UNREACHABLE', true],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'TTS_UNTRUSTED', false],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'TTS_UNTRUSTED', false],
    ['UND_ERR_INVALID_ARG', 'TTS_FAILED', false],
  ])('is told as what it means: %s', (code, expected, retryable) => {
    const failure = networkFailure(thrown(code), 'api.test', 'TTS');
    expect(failure).toMatchObject({ code: expected, retryable });
    expect(failure.message).toContain('api.test');
    expect(failure.remedy).not.toBe('');
    // What a library says may quote what it was given.
    expect(failure.message).not.toContain('secret');
    expect(failure.cause).toBeUndefined();
  });

  it('is looked for inside of other errors', () => {
    const inside = new TypeError('fetch failed', { cause: thrown('ECONNRESET') });
    expect(isLostConnection(inside)).toBe(true);
    const both = new AggregateError([thrown('ECONNREFUSED'), thrown('ENETUNREACH')]);
    expect(networkFailure(both, 'api.test', 'LLM').code).toBe('LLM_UNREACHABLE');
    expect(networkFailure('nonsense', 'api.test', 'LLM').code).toBe('LLM_FAILED');
  });

  it('stays what it is when it is told already', () => {
    const told = new ParleyError('told', { code: 'LLM_CLOSED', remedy: 'none' });
    expect(networkFailure(told, 'api.test', 'TTS')).toBe(told);
  });
});
