/** Speech for tests of providers: synthesised once, with a little room noise around it. */

import { throughRoom } from '../../../bench/support/room.ts';
import { synthesise } from '../../../src/providers/tts/flite/flite.ts';
import type { FliteVoice } from '../../../src/providers/tts/flite/voices.ts';

/** 16 kHz mono, through Opus, 200 ms of noise at -60 dBFS before and after. */
export function spoken(text: string, voice: FliteVoice = 'slt'): Int16Array {
  const room = { colour: 'white', noiseDbfs: -60, seed: text.length, leadMs: 200, tailMs: 200 } as const;
  return throughRoom(synthesise(text, voice), room);
}
