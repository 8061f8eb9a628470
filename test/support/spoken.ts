/** Speech for the people of a test, by the embedded synthesiser. */
import { concatPcm } from '../../src/audio/pcm.ts';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { createEmbeddedFlite } from '../../src/providers/tts/embedded-flite.ts';

/** What a person says, at 16 kHz, in a woman's voice. */
export async function speech(text: string): Promise<Int16Array> {
  const flite = createEmbeddedFlite({ clock: systemClock, log: silentLog, voice: 'slt' });
  const connection = await flite.connect(new AbortController().signal);
  const reply = connection.reply('said');
  reply.speak(text);
  reply.end();
  const parts: Int16Array[] = [];
  for await (const { pcm } of reply.audio) parts.push(pcm);
  await connection.close();
  return concatPcm(parts);
}
