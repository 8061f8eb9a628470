/** Recogniser and synthesiser at work, as in a talk that never pauses: two speakers heard in real time, one voice. */
import { concatPcm, FRAME_MS, FRAME_SAMPLES } from '../../src/audio/pcm.ts';
import type { Clock, Timer } from '../../src/base/clock.ts';
import type { Log } from '../../src/base/log.ts';
import { phrases } from '../../src/providers/llm/embedded-responder.ts';
import { createEmbeddedSoundswallower } from '../../src/providers/stt/embedded-soundswallower.ts';
import { createEmbeddedFlite } from '../../src/providers/tts/embedded-flite.ts';
import { createEmbeddedSilero } from '../../src/providers/vad/embedded-silero.ts';

export interface Busy {
  /** How much work was done. */
  stop(): Promise<{ framesHeard: number; clausesSpoken: number }>;
}

const SPEAKERS = 2;
const COMMIT_EVERY_FRAMES = 150;

export async function keepBusy(clock: Clock, log: Log): Promise<Busy> {
  const { signal } = new AbortController();
  const stt = await createEmbeddedSoundswallower({ clock, log, phrases: phrases() }).connect(signal);
  const tts = await createEmbeddedFlite({ clock, log }).connect(signal);
  const vad = await createEmbeddedSilero({ clock, log }).load();
  let running = true;
  let clausesSpoken = 0;
  let framesHeard = 0;
  let speech: Int16Array = new Int16Array(FRAME_SAMPLES);
  const speak = async () => {
    for (let i = 0; running; i++) {
      const reply = tts.reply(`busy-${i}`);
      reply.speak(phrases()[i % phrases().length]!);
      reply.end();
      const parts: Int16Array[] = [];
      for await (const chunk of reply.audio) parts.push(chunk.pcm);
      speech = concatPcm(parts);
      clausesSpoken += 1;
    }
  };
  const speaking = speak();
  const speakers = Array.from({ length: SPEAKERS }, (_, i) => ({
    recogniser: stt.openRecogniser({ id: `${i}`, name: `${i}` }, () => {}),
    detector: vad.take(),
    at: 0,
  }));
  let dueMs = clock.now();
  let timer: Timer | null = null;
  const tick = () => {
    for (const speaker of speakers) {
      if (speaker.at + FRAME_SAMPLES > speech.length) speaker.at = 0;
      const frame = new Int16Array(FRAME_SAMPLES);
      frame.set(speech.subarray(speaker.at, speaker.at + FRAME_SAMPLES));
      speaker.at += FRAME_SAMPLES;
      speaker.detector.accept(frame);
      speaker.recogniser.write(frame);
      framesHeard += 1;
      if (framesHeard % COMMIT_EVERY_FRAMES === 0) speaker.recogniser.commit();
    }
    dueMs += FRAME_MS;
    timer = clock.setTimer(dueMs - clock.now(), tick);
  };
  tick();
  return {
    stop: async () => {
      running = false;
      timer?.cancel();
      await speaking;
      for (const { recogniser, detector } of speakers) {
        recogniser.close();
        detector.close();
      }
      await stt.close();
      await tts.close();
      vad.close();
      return { framesHeard, clausesSpoken };
    },
  };
}
