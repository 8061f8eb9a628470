/** A full channel, three real voices at once, the real recogniser and detector: everybody's words come under the right name. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { RECOGNISER_LIMITS } from '../../src/conversation/recognisers.ts';
import type { Person } from '../../src/loopback/index.ts';
import { embeddedChoice } from '../../src/providers/choice.ts';
import { plainWords } from '../../src/providers/plain-words.ts';
import { createProviders } from '../../src/providers/registry.ts';
import type { SpeechToText } from '../../src/providers/stt/stt.ts';
import { synthesise } from '../../src/providers/tts/flite/flite.ts';
import type { FliteVoice } from '../../src/providers/tts/flite/voices.ts';
import { type DetectorPool, POOL_DEFAULTS } from '../../src/providers/vad/detector-pool.ts';
import { type Bot, startBot } from '../support/bot.ts';

const PEOPLE = 25;
const VOICES = ['slt', 'rms', 'awb'] as const satisfies readonly FliteVoice[];
/** Each round three others talk: more people in all than recognisers may be open. */
const ROUNDS = [
  ['what time is it', 'tell me a joke', 'how fast are you'],
  ['roll the dice please', 'what is the capital of france', 'good morning parley'],
  ['do you remember my name', 'sing us a little song', 'can you hear me now'],
  ['will it rain tomorrow', 'thank you very much', 'flip a coin for me'],
] as const;
const SETTLED_WITHIN_MS = 30_000;
const TURNS_WITHIN_MS = 60_000;

let bot: Bot;
let pool: DetectorPool;
let recognisers: { open: number; most: number };
beforeEach(async () => {
  const context = { clock: systemClock, log: silentLog, now: () => new Date() };
  const real = createProviders(embeddedChoice('rms'), { ...context, measured: () => null, names: () => [] });
  recognisers = { open: 0, most: 0 };
  bot = await startBot({
    providers: {
      stt: counting(real.stt),
      vad: {
        name: real.vad.name,
        load: async () => {
          pool = (await real.vad.load()) as DetectorPool;
          return pool;
        },
      },
    },
  });
});
afterEach(async () => {
  await bot.stop();
});

/** The same recogniser, with a count of those that are open. */
function counting(stt: SpeechToText): SpeechToText {
  return {
    ...{ name: stt.name, place: stt.place, earlyCommit: stt.earlyCommit },
    async connect(signal) {
      const connection = await stt.connect(signal);
      return {
        warm: () => connection.warm(),
        close: () => connection.close(),
        openRecogniser(speaker, listener) {
          const recogniser = connection.openRecogniser(speaker, listener);
          recognisers.open += 1;
          recognisers.most = Math.max(recognisers.most, recognisers.open);
          return {
            write: (pcm) => recogniser.write(pcm),
            commit: () => recogniser.commit(),
            reset: () => recogniser.reset(),
            close: () => {
              recognisers.open -= 1;
              recogniser.close();
            },
          };
        },
      };
    },
  };
}

interface Talk {
  person: Person;
  pcm: Int16Array;
}

/** They talk at the same time; resolves with the words that came under each name. Empty: not understood. */
async function heardAtOnce(talks: readonly Talk[]): Promise<string[]> {
  const before = bot.reports.length;
  const textsOf = ({ person }: Talk) =>
    bot.reports
      .slice(before)
      .filter(({ record }) => record.speakerId === person.id)
      .map(({ transcript }) => plainWords(transcript));
  await Promise.all(talks.map(({ person, pcm }) => person.say(pcm, { client: 'voiceActivity' })));
  await bot.waitFor('their turns', () => talks.every((talk) => textsOf(talk).length > 0), TURNS_WITHIN_MS);
  return talks.map((talk) => [...new Set(textsOf(talk))].filter(Boolean).join(' / '));
}

it('tells three voices apart in a channel of 25', async () => {
  const speech = ROUNDS.map((phrases) => phrases.map((text, i) => synthesise(text, VOICES[i]!)));
  const crowd: Person[] = [await bot.joined('P0')];
  for (let i = 1; i < PEOPLE; i++) {
    const person = bot.loopback.addPerson({ name: `P${i}` });
    person.moveTo(bot.lounge);
    crowd.push(person);
  }
  await bot.loopback.botReady(SETTLED_WITHIN_MS);
  expect({ detectors: pool.size, recognisers: recognisers.open }).toEqual({
    ...{ detectors: POOL_DEFAULTS.atStart, recognisers: 0 },
  });
  // A machine that stalls may swallow the first sound of a phrase, which then is not understood: one round is said again.
  let mayRepeat = true;
  for (const [round, phrases] of ROUNDS.entries()) {
    const talks = speech[round]!.map((pcm, i) => ({ person: crowd[round * VOICES.length + i]!, pcm }));
    let heard = await heardAtOnce(talks);
    if (mayRepeat && heard.includes('')) {
      mayRepeat = false;
      heard = await heardAtOnce(talks);
    }
    expect(heard).toEqual(phrases);
  }
  const talked = crowd.slice(0, ROUNDS.length * VOICES.length).map(({ id }) => id);
  expect(bot.reports.filter(({ record }) => !talked.includes(record.speakerId))).toEqual([]);
  expect(recognisers.most).toBeLessThanOrEqual(RECOGNISER_LIMITS.most);
  expect(pool.size).toBe(POOL_DEFAULTS.atStart);
  for (const person of crowd) person.leaveVoice();
  await bot.caughtUp();
  expect(recognisers.open).toBe(0);
});
