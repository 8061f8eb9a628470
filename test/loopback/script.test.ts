/** What a client sends around speech: look-back, open gate or held key, silence frames, gaps, the room's noise. */
import { describe, expect, it } from 'vitest';
import { levelDbfs } from '../../src/loopback/level.ts';
import { planSpeech, planTone, type ScriptFrame } from '../../src/loopback/person/script.ts';
import { seededRandom } from '../../src/loopback/random.ts';
import { tone } from './support.ts';

const random = () => seededRandom(1);

/** `4n 10V 5s` for four frames of noise, ten voiced, five of silence; `-` for frames not sent. */
function outline(script: readonly ScriptFrame[]): string {
  const letters = script.map(({ kind, voiced }) =>
    kind === 'audio' ? (voiced ? 'V' : 'n') : kind === 'silence' ? 's' : '-',
  );
  return (letters.join('').match(/(.)\1*/g) ?? []).map((run) => `${run.length}${run[0]}`).join(' ');
}

const speech = tone(300, 200);

describe('a voice-activity client', () => {
  it('sends 80 ms before the voice, 200 ms after it, then five silence frames', () => {
    expect(outline(planSpeech(speech, 'voiceActivity', [], random()))).toBe('4n 10V 10n 5s');
  });

  it('keeps its gate open over a short pause', () => {
    const pauses = [{ atSample: 1600, ms: 200 }];
    expect(outline(planSpeech(speech, 'voiceActivity', pauses, random()))).toBe('4n 5V 10n 5V 10n 5s');
  });

  it('closes its gate in a long pause, and sends nothing until it opens again', () => {
    const pauses = [{ atSample: 1600, ms: 600 }];
    expect(outline(planSpeech(speech, 'voiceActivity', pauses, random()))).toBe(
      '4n 5V 10n 5s 11- 4n 5V 10n 5s',
    );
  });

  it('breaks off its silence frames when the voice comes back', () => {
    const pauses = [{ atSample: 1600, ms: 340 }];
    expect(outline(planSpeech(speech, 'voiceActivity', pauses, random()))).toBe('4n 5V 10n 3s 4n 5V 10n 5s');
  });

  it('does not send the silence at the end of the given speech', () => {
    const padded = new Int16Array(speech.length + 16_000);
    padded.set(speech);
    expect(outline(planSpeech(padded, 'voiceActivity', [], random()))).toBe('4n 10V 10n 5s');
  });
});

it('a push-to-talk client holds its key through pauses and lets go 60 ms after the last voice', () => {
  const pauses = [{ atSample: 1600, ms: 600 }];
  expect(outline(planSpeech(speech, 'pushToTalk', pauses, random()))).toBe('4n 5V 30n 5V 3n 5s');
});

it('lies on room noise of -62 dBFS, and is the same for the same seed', () => {
  const script = planSpeech(speech, 'pushToTalk', [], random());
  expect(levelDbfs(script[0]?.pcm ?? new Int16Array(1))).toBeCloseTo(-62, 0);
  expect(planSpeech(speech, 'pushToTalk', [], random())).toEqual(script);
});

it('refuses speech without a voice', () => {
  expect(() => planSpeech(new Int16Array(16_000), 'pushToTalk', [], random())).toThrow(/no voiced frame/);
});

it('counts a frame as voiced from -45 dBFS', () => {
  const quiet = tone(300, 100).map((sample) => Math.round(sample / 50));
  expect(levelDbfs(quiet)).toBeLessThan(-45);
  expect(() => planSpeech(quiet, 'pushToTalk', [], random())).toThrow(/no voiced frame/);
  const loud = quiet.map((sample) => sample * 3);
  expect(levelDbfs(loud)).toBeGreaterThan(-45);
  expect(outline(planSpeech(loud, 'pushToTalk', [], random()))).toBe('4n 5V 3n 5s');
});

it('plans a tone without noise or gate', () => {
  const script = planTone(100, 440);
  expect(outline(script)).toBe('5V 5s');
  expect(levelDbfs(script[0]?.pcm ?? new Int16Array(1))).toBeCloseTo(-20, 0);
});
