/** Which voice speaks in which server: searched in the account, kept in the store, and the usual one without. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ParleyError } from '../src/base/errors.ts';
import { silentLog } from '../src/base/log.ts';
import { createLedger, type Ledger } from '../src/money/ledger.ts';
import { Meter } from '../src/money/meter.ts';
import type { AccountVoice } from '../src/providers/tts/elevenlabs-account.ts';
import type { TextToSpeech } from '../src/providers/tts/tts.ts';
import { createServerVoices, type ServerVoices } from '../src/server-voices.ts';
import { createGuildSettings } from '../src/store/guild-settings.ts';
import { type FakeProviders, fakeProviders, vendorError } from './support/fake-providers.ts';
import { settle, VirtualClock } from './support/virtual-clock.ts';

const VOICES: readonly AccountVoice[] = [
  { id: 'JBFqnCBsd6RMkjVDRZzb', name: 'George', labels: { accent: 'british', gender: 'male' } },
  { id: 'EXAVITQu4vr4xnSDxMaL', name: 'Sarah', labels: {} },
];

let clock: VirtualClock;
let asked: string[];
let answers: (search: string) => Promise<readonly AccountVoice[]>;
let made: string[];
let speakers: Map<string, FakeProviders['tts']>;
let told: string[];
let paid: number;
let usual: FakeProviders['tts'];
const never = new AbortController().signal;

const speakerOf = (id: string): FakeProviders['tts'] => {
  const speaker = speakers.get(id) ?? fakeProviders().tts;
  speakers.set(id, speaker);
  return speaker;
};
const named = (id: string): TextToSpeech => ({
  ...{ name: id, place: usual.place },
  connect: (signal) => speakerOf(id).connect(signal),
});

const service = { vendor: 'elevenlabs', model: 'eleven_flash_v2_5', here: false };
const ledger: Ledger = createLedger({
  ...{ nowUnixMs: () => 0, prices: {}, dailyCapUsd: null, earlier: null },
  onChange: ({ guilds }) => {
    paid = guilds.guild?.['elevenlabs/eleven_flash_v2_5']?.characters ?? 0;
  },
});

function open(account = true): ServerVoices {
  return createServerVoices({
    ...{ clock, log: silentLog, usual },
    stored: createGuildSettings({ clock, settings: [], save: async () => undefined }),
    account: account
      ? {
          voices: (search) => {
            asked.push(search);
            return answers(search);
          },
          close: async () => undefined,
        }
      : null,
    create: (id) => {
      made.push(id);
      return named(id);
    },
    meterOf: (guildId) => {
      const services = { stt: service, llm: service, tts: service };
      return new Meter({ guildId, ledger, services, onSpent: () => undefined });
    },
    tell: (guildId, text) => told.push(`${guildId}: ${text}`),
  });
}

beforeEach(() => {
  clock = new VirtualClock();
  [asked, made, told, speakers] = [[], [], [], new Map()];
  usual = fakeProviders().tts;
  answers = async (search) =>
    VOICES.filter(({ id, name }) => name.toLowerCase().includes(search.toLowerCase()) || id === search);
});
afterEach(() => expect(clock.pending).toBe(0));

it('proposes what fits, asks the vendor once for the same, and again when that is old', async () => {
  const voices = open();
  expect(await voices.propose('')).toEqual(['George (british, male)', 'Sarah']);
  expect(await voices.propose('geo')).toEqual(['George (british, male)']);
  await voices.propose(' Geo ');
  expect(asked).toEqual(['', 'geo']);
  await clock.advance(300_000);
  await voices.propose('geo');
  expect(asked).toEqual(['', 'geo', 'geo']);
});

it('proposes none rather than too late, or when the vendor refuses', async () => {
  const voices = open();
  answers = () => new Promise(() => undefined);
  const late = voices.propose('geo');
  await clock.advance(2_000);
  expect(await late).toEqual([]);
  answers = async () => {
    throw new Error('401');
  };
  expect(await voices.propose('geo')).toEqual([]);
});

it.each(['George (british, male)', 'george', 'JBFqnCBsd6RMkjVDRZzb'])(
  'speaks with the one that was set as %s, in that server alone, until it is given back',
  async (text) => {
    const voices = open();
    expect(await voices.set('guild', text)).toBe('George');
    expect([voices.current('guild'), voices.current('another')]).toEqual(['George', null]);
    expect(voices.of('guild').name).toBe('JBFqnCBsd6RMkjVDRZzb');
    expect([voices.of('another').name, voices.of('guild').name]).toEqual([
      ...[usual.name, 'JBFqnCBsd6RMkjVDRZzb'],
    ]);
    expect(made).toEqual(['JBFqnCBsd6RMkjVDRZzb']);
    await voices.reset('guild');
    expect(voices.of('guild').name).toBe(usual.name);
  },
);

it('has a word spoken before it takes a voice, on the bill of the server, and keeps the one before without', async () => {
  const voices = open();
  await voices.set('guild', 'Sarah');
  expect(paid).toBeGreaterThan(0);
  const error = vendorError('TTS_VOICE', false);
  const george = speakerOf('JBFqnCBsd6RMkjVDRZzb');
  george.script = { error };
  await expect(voices.set('guild', 'George')).rejects.toBe(error);
  george.script = { hangs: true };
  const late = expect(voices.set('guild', 'George')).rejects.toMatchObject({ code: 'DEADLINE' });
  await clock.advance(10_000);
  await late;
  expect([voices.current('guild'), voices.of('guild').name]).toEqual(['Sarah', 'EXAVITQu4vr4xnSDxMaL']);
  expect([george.connections.opened, george.connections.open]).toEqual([2, 0]);
});

it('goes back to the usual voice where the chosen one is refused later, tells it once, and takes it again when it speaks', async () => {
  const voices = open();
  await voices.set('guild', 'Sarah');
  const sarah = speakerOf('EXAVITQu4vr4xnSDxMaL');
  sarah.script = { error: vendorError('TTS_VOICE', false) };
  const connection = await voices.of('guild').connect(never);
  const say = async (clause: string) => {
    const reply = connection.reply('draft');
    reply.speak(clause);
    reply.end();
    for await (const _ of reply.audio);
  };
  await Promise.all([say('One.'), say('Two.')]);
  await say('Three.');
  expect(usual.clauses.map(({ clause }) => clause)).toEqual(['One.', 'Two.', 'Three.']);
  expect(told).toEqual([
    expect.stringMatching(/^guild: I cannot speak as Sarah.*Ask the vendor.*`\/voice set`/),
  ]);
  expect([voices.current('guild'), voices.of('guild').name]).toEqual([null, usual.name]);
  sarah.script = { toneMs: 120 };
  await voices.set('guild', 'Sarah');
  connection.warm();
  await settle();
  await say('Four.');
  expect(sarah.clauses.at(-1)?.clause).toBe('Four.');
  await connection.close();
});

it('names those that are near to one that there is not', async () => {
  const voices = open();
  await expect(voices.set('guild', 'geor')).rejects.toMatchObject({
    ...{ code: 'VOICE_UNKNOWN', remedy: 'Did you mean one of these: George (british, male)?' },
  });
  await expect(voices.set('guild', 'Zed')).rejects.toMatchObject({
    remedy: expect.stringContaining('shown while you type'),
  });
  expect(voices.current('guild')).toBeNull();
});

it('tells namesakes apart', async () => {
  const twins = ['aaaa', 'bbbb'].map((id) => ({ id, name: 'Ann', labels: {} }));
  answers = async () => [...twins, ...VOICES];
  const voices = open();
  const labels = ['Ann [aaaa]', 'Ann [bbbb]', 'George (british, male)', 'Sarah'];
  expect(await voices.propose('')).toEqual(labels);
  await expect(voices.set('guild', 'Ann')).rejects.toMatchObject({
    message: 'Several voices are called "Ann"',
    remedy: 'Did you mean one of these: Ann [aaaa], Ann [bbbb]?',
  });
  expect(await voices.set('guild', 'ann [bbbb]')).toBe('Ann');
  expect(voices.of('guild').name).toBe('bbbb');
  expect(asked).not.toContain('ann [bbbb]');
});

it('finds a voice that was added since it was last asked for', async () => {
  answers = async () => [];
  const voices = open();
  await voices.propose('George');
  answers = async () => VOICES;
  expect(await voices.set('guild', 'George')).toBe('George');
});

it('leaves the choice to the operator where another vendor speaks', async () => {
  const voices = open(false);
  expect(await voices.propose('geo')).toEqual([]);
  await expect(voices.set('guild', 'George')).rejects.toMatchObject({ code: 'VOICE_NO_CHOICE' });
  expect(voices.of('guild')).toBe(usual);
});

it('passes on why the account cannot be asked', async () => {
  const refused = new ParleyError('The key is refused', { code: 'TTS_KEY', remedy: 'Make another.' });
  answers = async () => {
    throw refused;
  };
  await expect(open().set('guild', 'George')).rejects.toBe(refused);
});
