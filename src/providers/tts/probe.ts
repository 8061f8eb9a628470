/** How fast a voice begins to speak, cold and warm: for those who check a set-up before it is used. */
import type { Clock } from '../../base/clock.ts';
import { withDeadline } from '../../base/deadline.ts';
import type { TextToSpeech, TtsConnection } from './tts.ts';

/** All in ms; of the whole way, from this machine. */
export interface VoiceProbe {
  /** Opening the connection. */
  connectMs: number;
  /** From before the connection was opened to the first audio. */
  coldMs: number;
  /** To the first audio of a second reply on the same connection. */
  warmMs: number;
}

/** A voice that can be tried out. */
export interface ProbedVoice extends TextToSpeech {
  /** Speaks two words twice, which costs that much. Rejects with the ParleyError that an answer would fail with. */
  probe(signal: AbortSignal): Promise<VoiceProbe>;
}

const PROBE_WITHIN_MS = 10_000;
const PROBE_TEXT = 'Hello there.';

export async function probeVoice(
  voice: TextToSpeech,
  clock: Clock,
  signal: AbortSignal,
): Promise<VoiceProbe> {
  const deadline = {
    ...{ clock, signal, afterMs: PROBE_WITHIN_MS, code: 'TTS_TIMEOUT' },
    what: `Trying the voice "${voice.name}"`,
    remedy: 'Check the network of this machine, and whether that service is up.',
  };
  return await withDeadline(deadline, async (ended) => {
    const beginMs = clock.now();
    const connection = await voice.connect(ended);
    const end = () => void connection.close().catch(() => {});
    ended.addEventListener('abort', end, { once: true });
    try {
      const connectMs = clock.now() - beginMs;
      await firstAudio(connection, 'probe 1');
      const coldMs = clock.now() - beginMs;
      const againMs = clock.now();
      await firstAudio(connection, 'probe 2');
      return { connectMs, coldMs, warmMs: clock.now() - againMs };
    } finally {
      ended.removeEventListener('abort', end);
      await connection.close();
    }
  });
}

async function firstAudio(connection: TtsConnection, id: string): Promise<void> {
  const reply = connection.reply(id);
  reply.speak(PROBE_TEXT);
  reply.end();
  try {
    for await (const { pcm } of reply.audio) if (pcm.length > 0) return;
  } finally {
    reply.cancel();
  }
}
