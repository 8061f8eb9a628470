import { describe, expect, it } from 'vitest';
import { rmsDbfs, VOICED_DBFS } from '../../../src/audio/energy.ts';
import { doubleRate } from '../../../src/providers/tts/flite/double-rate.ts';
import { synthesise } from '../../../src/providers/tts/flite/flite.ts';
import { trimClause } from '../../../src/providers/tts/flite/trim.ts';
import { FLITE_VOICES, fliteVoice } from '../../../src/providers/tts/flite/voices.ts';

describe('synthesise', () => {
  it.each(FLITE_VOICES)('speaks with the voice %s, at 16 kHz', (voice) => {
    const pcm = synthesise('Hello there.', voice);
    expect(pcm.length).toBeGreaterThan(8_000);
    expect(pcm.length).toBeLessThan(24_000);
    expect(rmsDbfs(pcm)).toBeGreaterThan(VOICED_DBFS);
  });

  it('says the same words in the same way each time, and other voices differently', () => {
    expect(synthesise('Good morning.', 'rms')).toEqual(synthesise('Good morning.', 'rms'));
    expect(synthesise('Good morning.', 'rms')).not.toEqual(synthesise('Good morning.', 'awb'));
  });

  it('reads typographic marks as their plain kin', () => {
    expect(synthesise('It’s “fine” – really…', 'kal16')).toEqual(
      synthesise('It\'s "fine" , really...', 'kal16'),
    );
    expect(synthesise('Café', 'kal16')).toEqual(synthesise('Cafe', 'kal16'));
  });

  it('takes a text for words, never for an option', () => {
    expect(synthesise('-voice rms', 'slt').length).toBeGreaterThan(8_000);
  });

  it.each(['', '   ', '...', '🎉', '日本'])('is silent where there is nothing to say: "%s"', (text) => {
    expect(synthesise(text, 'slt')).toHaveLength(0);
  });
});

describe('fliteVoice', () => {
  it('knows every voice, and names them for an unknown one', () => {
    for (const voice of FLITE_VOICES) expect(fliteVoice(voice)).toBe(voice);
    expect(() => fliteVoice('morgan')).toThrow(
      expect.objectContaining({ code: 'TTS_UNKNOWN_VOICE', remedy: expect.stringContaining('slt, rms') }),
    );
  });
});

describe('trimClause', () => {
  const tone = (ms: number) =>
    Int16Array.from({ length: ms * 16 }, (_, i) => 8_000 * Math.sin((i * 2 * Math.PI * 300) / 16_000));

  it('keeps 40 ms before the sound and 60 ms after it', () => {
    const pcm = new Int16Array(16 * 700);
    pcm.set(tone(300), 16 * 200);
    const trimmed = trimClause(pcm);
    expect(trimmed).toHaveLength(16 * (40 + 300 + 60));
    expect(trimmed.subarray(16 * 40, 16 * 340)).toEqual(tone(300));
  });

  it('keeps a pause within the sound', () => {
    const pcm = new Int16Array(16 * 500);
    pcm.set(tone(100), 0);
    pcm.set(tone(100), 16 * 400);
    expect(trimClause(pcm)).toHaveLength(16 * 500);
  });

  it('leaves nothing of silence', () => {
    expect(trimClause(new Int16Array(4_000))).toHaveLength(0);
    expect(trimClause(new Int16Array(0))).toHaveLength(0);
  });
});

describe('doubleRate', () => {
  const sine = (rate: number, hz: number, samples: number) =>
    Int16Array.from({ length: samples }, (_, i) =>
      Math.round(10_000 * Math.sin((2 * Math.PI * hz * i) / rate)),
    );

  it('keeps every sample and puts one between each two', () => {
    const pcm = sine(8_000, 400, 400);
    const doubled = doubleRate(pcm);
    expect(doubled).toHaveLength(800);
    expect(doubled.filter((_, i) => i % 2 === 0)).toEqual(pcm);
  });

  it.each([300, 1_000, 2_500])('gives a tone of %i Hz as at the higher rate', (hz) => {
    const doubled = doubleRate(sine(8_000, hz, 400)).subarray(100, 700);
    const wanted = sine(16_000, hz, 800).subarray(100, 700);
    const off = doubled.map((sample, i) => sample - wanted[i]!);
    expect(rmsDbfs(off)).toBeLessThan(rmsDbfs(wanted) - 30);
  });

  it('does not wrap around at full scale', () => {
    const square = Int16Array.from({ length: 64 }, (_, i) => (i % 16 < 8 ? 32_767 : -32_768));
    for (const [i, sample] of doubleRate(square).entries()) {
      if (i % 32 > 2 && i % 32 < 13) expect(sample).toBeGreaterThan(20_000);
    }
  });
});
