/** Which @discordjs/voice is installed, and whether its receiving side is one of the two that the shim knows. */
import * as installed from '@discordjs/voice';
import { ParleyError } from '../base/errors.ts';

/** What of the library tells its versions apart. */
export interface VoiceLibrary {
  version: string;
  VoiceReceiver?: { prototype: object };
  /** From the release after 0.19.2 on. */
  AudioPacket?: unknown;
}

/** What a receive stream gives out: bare Opus, or objects with the RTP numbers beside it. */
type ReceiveShape = 'buffers' | 'audioPackets';

const PINNED = '0.19.2';
/** How many arguments the members take that the shim stands in front of. */
const ARITY = {
  buffers: { parsePacket: 5, onUdpMessage: 1 },
  audioPackets: { parsePacket: 6, onUdpMessage: 1 },
} as const satisfies Record<ReceiveShape, Record<string, number>>;

/**
 * Throws a ParleyError unless the library is 0.19.2 or the release after it, whose number is not known yet: it is told by
 * what it exports and by its private members.
 */
export function assertSupportedVoiceVersion(library: VoiceLibrary = installed): void {
  const { version, AudioPacket } = library;
  const shape = typeof AudioPacket === 'function' ? 'audioPackets' : 'buffers';
  if (hasMembers(library, shape) && (shape === 'audioPackets' || version === PINNED)) return;
  throw new ParleyError(`@discordjs/voice ${version} is installed, but ${PINNED} is needed`, {
    code: 'VOICE_VERSION',
    remedy: 'Run `npm ci`, which installs the pinned version.',
  });
}

function hasMembers({ VoiceReceiver }: VoiceLibrary, shape: ReceiveShape): boolean {
  return Object.entries(ARITY[shape]).every(([name, arity]) => {
    const member: unknown = Reflect.get(VoiceReceiver?.prototype ?? {}, name);
    return typeof member === 'function' && member.length === arity;
  });
}
