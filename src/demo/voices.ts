/** The speech of the synthetic speakers, synthesised before the talk begins so that it costs the bot nothing. */
import { concatPcm } from '../audio/pcm.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { createEmbeddedFlite } from '../providers/tts/embedded-flite.ts';
import type { TtsConnection } from '../providers/tts/tts.ts';
import { CAST, type Line } from './script.ts';

export interface Spoken {
  /** 16 kHz mono, without pauses. */
  pcm: Int16Array;
  pauses: { atSample: number; ms: number }[];
}

/** One entry a line, in order. `onProgress` counts the lines that are done. */
export async function speakLines(
  lines: readonly Line[],
  clock: Clock,
  log: Log,
  onProgress: (done: number) => void,
): Promise<Spoken[]> {
  const connections = new Map<string, TtsConnection>();
  const { signal } = new AbortController();
  try {
    for (const { name, voice } of CAST) {
      connections.set(name, await createEmbeddedFlite({ clock, log, voice }).connect(signal));
    }
    const spoken: Spoken[] = [];
    for (const line of lines) {
      spoken.push(await speak(connections.get(line.speaker)!, line));
      onProgress(spoken.length);
    }
    return spoken;
  } finally {
    for (const connection of connections.values()) await connection.close();
  }
}

async function speak(voice: TtsConnection, { n, said, pause }: Line): Promise<Spoken> {
  if (!pause) return { pcm: await synthesise(voice, `line-${n}`, said), pauses: [] };
  const before = await synthesise(voice, `line-${n}-a`, pause.before);
  const after = await synthesise(voice, `line-${n}-b`, pause.after);
  return { pcm: concatPcm([before, after]), pauses: [{ atSample: before.length, ms: pause.ms }] };
}

async function synthesise(voice: TtsConnection, id: string, text: string): Promise<Int16Array> {
  const reply = voice.reply(id);
  reply.speak(text);
  reply.end();
  const parts: Int16Array[] = [];
  for await (const chunk of reply.audio) parts.push(chunk.pcm);
  return concatPcm(parts);
}
