/** Which versions of @discordjs/voice the agent starts with: the pinned one, and one with the next receiver. */
import * as installed from '@discordjs/voice';
import { describe, expect, it } from 'vitest';
import { assertSupportedVoiceVersion, type VoiceLibrary } from '../../src/discord/voice-version.ts';

class Receiver {
  parsePacket(_b: unknown, _m: unknown, _n: unknown, _k: unknown, _u: unknown): void {}
  onUdpMessage(_message: unknown): void {}
}
class NextReceiver {
  parsePacket(_b: unknown, _m: unknown, _n: unknown, _k: unknown, _u: unknown, _s: unknown): void {}
  onUdpMessage(_message: unknown): void {}
}
class AudioPacket {}
const pinned = { version: '0.19.2', VoiceReceiver: Receiver };
const next = { version: '0.20.0', VoiceReceiver: NextReceiver, AudioPacket };

describe('the agent starts with', () => {
  it.each<[string, VoiceLibrary]>([
    ['the installed version', installed],
    ['0.19.2', pinned],
    ['the release after it', next],
    ['the release after it by another number', { ...next, version: '1.0.0' }],
  ])('%s', (_, library) => {
    expect(() => assertSupportedVoiceVersion(library)).not.toThrow();
  });
});

describe('the agent does not start, and says what to do, with', () => {
  it.each<[string, VoiceLibrary]>([
    ['an older version', { ...pinned, version: '0.18.0' }],
    ['a later version that gives out bare packets', { ...pinned, version: '0.19.3' }],
    ['a later version with another receiver', { ...next, VoiceReceiver: Receiver }],
    ['a later version without what the shim stands in front of', { ...next, VoiceReceiver: AudioPacket }],
    ['a later version without a receiver', { version: '2.0.0', AudioPacket }],
    ['a changed 0.19.2', { ...pinned, VoiceReceiver: NextReceiver }],
  ])('%s', (_, library) => {
    expect(() => assertSupportedVoiceVersion(library)).toThrow(
      expect.objectContaining({
        code: 'VOICE_VERSION',
        message: expect.stringContaining(library.version),
        remedy: expect.stringMatching(/npm ci/),
      }),
    );
  });
});
