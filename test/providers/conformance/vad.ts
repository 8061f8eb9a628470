/** What every voice activity detector does, whoever listens. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rmsDbfs, VOICED_DBFS } from '../../../src/audio/energy.ts';
import { FRAME_MS, FRAME_SAMPLES } from '../../../src/audio/pcm.ts';
import type { VadPool, VadSession, VoiceActivityDetector } from '../../../src/providers/vad/vad.ts';

/** @param speech 16 kHz mono with quiet before and after; the voice in it has no pause. */
export function vadConforms(
  name: string,
  create: () => VoiceActivityDetector,
  speech: () => Int16Array,
): void {
  describe(`${name} is a voice activity detector`, () => {
    let pool: VadPool;
    beforeAll(async () => {
      pool = await create().load();
    });
    afterAll(() => {
      pool.close();
    });

    /** What the detector says of each frame of `pcm`. */
    function judge(session: VadSession, pcm: Int16Array): boolean[] {
      const verdicts: boolean[] = [];
      for (let at = 0; at + FRAME_SAMPLES <= pcm.length; at += FRAME_SAMPLES)
        verdicts.push(session.accept(pcm.subarray(at, at + FRAME_SAMPLES)));
      return verdicts;
    }

    function withSession<T>(use: (session: VadSession) => T): T {
      const session = pool.take();
      try {
        return use(session);
      } finally {
        session.close();
      }
    }

    it('confirms speech soon after it begins and lets go soon after it ends', () => {
      const pcm = new Int16Array(speech().length + 16_000);
      pcm.set(speech());
      const loud = judgeByLevel(pcm);
      const verdicts = withSession((session) => judge(session, pcm));
      const onsetMs = (verdicts.indexOf(true) - loud.indexOf(true)) * FRAME_MS;
      const releaseMs = (verdicts.lastIndexOf(true) - loud.lastIndexOf(true)) * FRAME_MS;
      expect(onsetMs).toBeGreaterThanOrEqual(0);
      expect(onsetMs).toBeLessThanOrEqual(200);
      expect(releaseMs).toBeGreaterThanOrEqual(0);
      expect(releaseMs).toBeLessThanOrEqual(250);
    });

    it('hears no speech in silence', () => {
      expect(withSession((session) => judge(session, new Int16Array(16_000)))).not.toContain(true);
    });

    it('hears no speech in a hum', () => {
      const hum = Int16Array.from(
        { length: 16_000 },
        (_, i) => 6_000 * Math.sin((i * 2 * Math.PI * 120) / 16_000),
      );
      expect(withSession((session) => judge(session, hum))).not.toContain(true);
    });

    it('keeps two speakers apart', () => {
      const [ann, ben] = [pool.take(), pool.take()];
      const heard = { ann: false, ben: false };
      for (let at = 0; at + FRAME_SAMPLES <= speech().length; at += FRAME_SAMPLES) {
        heard.ann = ann.accept(speech().subarray(at, at + FRAME_SAMPLES)) || heard.ann;
        heard.ben = ben.accept(new Int16Array(FRAME_SAMPLES)) || heard.ben;
      }
      expect(heard).toEqual({ ann: true, ben: false });
      ann.close();
      ben.close();
    });

    it('forgets on reset, and when it goes to the next speaker', () => {
      const upToSpeech = speech().subarray(0, speech().length / 2);
      withSession((session) => {
        expect(judge(session, upToSpeech).at(-1)).toBe(true);
        session.reset();
        expect(session.accept(new Int16Array(FRAME_SAMPLES))).toBe(false);
        expect(judge(session, upToSpeech).at(-1)).toBe(true);
      });
      expect(withSession((session) => session.accept(new Int16Array(FRAME_SAMPLES)))).toBe(false);
    });

    it('hears nothing once closed', () => {
      const session = pool.take();
      session.close();
      expect(judge(session, speech())).not.toContain(true);
      session.close();
    });
  });
}

const judgeByLevel = (pcm: Int16Array): boolean[] =>
  Array.from(
    { length: Math.floor(pcm.length / FRAME_SAMPLES) },
    (_, i) => rmsDbfs(pcm, i * FRAME_SAMPLES, (i + 1) * FRAME_SAMPLES) >= VOICED_DBFS,
  );
