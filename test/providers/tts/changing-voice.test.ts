/** A voice that is changed while a channel talks: from reply to reply, without a gap, and only to one that can be had. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import { createChangingVoice } from '../../../src/providers/tts/changing-voice.ts';
import { createElevenLabsSocket } from '../../../src/providers/tts/elevenlabs-socket.ts';
import type { TextToSpeech, TtsConnection } from '../../../src/providers/tts/tts.ts';
import { fakeProviders, vendorError } from '../../support/fake-providers.ts';
import { ELEVENLABS_KEY, ELEVENLABS_VOICE, LocalElevenLabs } from '../../support/vendors/elevenlabs.ts';
import { settle, VirtualClock } from '../../support/virtual-clock.ts';
import { chunksOf, ttsConforms } from '../conformance/tts.ts';

const never = new AbortController().signal;
const voice = () => fakeProviders().tts;
type Voice = ReturnType<typeof voice>;

let clock: VirtualClock;
let usual: Voice;
let other: Voice;
let wanted: TextToSpeech;
/** What is wanted once a voice was refused. */
let instead: TextToSpeech | null;
let refused: [TextToSpeech, string][];
let connection: TtsConnection;

beforeEach(async () => {
  clock = new VirtualClock();
  [usual, other] = [voice(), voice()];
  wanted = usual;
  [instead, refused] = [null, []];
  connection = await create().connect(never);
});
afterEach(async () => {
  await connection.close();
  expect([usual.connections.open, other.connections.open]).toEqual([0, 0]);
  expect(clock.pending).toBe(0);
});

const create = () =>
  createChangingVoice({
    ...{ clock, log: silentLog, wanted: () => wanted },
    onRefused: (voice, { code }) => {
      refused.push([voice, code]);
      wanted = instead ?? wanted;
    },
  });

function begin(clause: string) {
  const reply = connection.reply('draft');
  reply.speak(clause);
  return reply;
}

const said = ({ clauses }: Voice) => clauses.map(({ clause }) => clause);

describe('with a local ElevenLabs', () => {
  let vendor: LocalElevenLabs;
  beforeAll(async () => {
    vendor = await LocalElevenLabs.start();
  });
  afterAll(async () => {
    await vendor.stop();
  });

  ttsConforms('A voice that can be changed', () => {
    const { baseUrl } = vendor;
    const base = { clock: systemClock, log: silentLog, apiKey: ELEVENLABS_KEY, baseUrl };
    const made = createElevenLabsSocket({ ...base, voiceId: ELEVENLABS_VOICE });
    return createChangingVoice({ ...base, wanted: () => made, onRefused: () => undefined });
  });
});

it('ends what it says with the voice that began it, and says the rest with the new one', async () => {
  const first = begin('One,');
  wanted = other;
  connection.warm();
  await settle();
  first.speak('two.');
  const second = begin('Three.');
  expect([said(usual), said(other)]).toEqual([['One,', 'two.'], ['Three.']]);
  expect(usual.connections.open).toBe(1);
  first.end();
  await chunksOf(first);
  expect(usual.connections.open).toBe(0);
  second.end();
  expect(await chunksOf(second)).toHaveLength(1);
});

it('speaks as before until the new voice is there, and changes back as well', async () => {
  wanted = other;
  begin('One.').cancel();
  expect(said(usual)).toEqual(['One.']);
  await settle();
  begin('Two.').cancel();
  expect(said(other)).toEqual(['Two.']);
  wanted = usual;
  connection.warm();
  await settle();
  begin('Three.').cancel();
  expect([said(usual), said(other)]).toEqual([['One.', 'Three.'], ['Two.']]);
  expect(other.connections.open).toBe(0);
});

it('keeps the voice that it has while the new one cannot be connected, and tries again later', async () => {
  wanted = other;
  other.connections.next = vendorError('TTS_BUSY');
  connection.warm();
  await settle();
  begin('One.').cancel();
  expect(said(usual)).toEqual(['One.']);
  other.connections.next = 'opens';
  connection.warm();
  await settle();
  expect(other.connections.opened).toBe(0);
  await clock.advance(10_000);
  connection.warm();
  await settle();
  begin('Two.').cancel();
  expect(said(other)).toEqual(['Two.']);
});

async function speakAs(voice: Voice): Promise<void> {
  wanted = voice;
  connection.warm();
  await settle();
}

it.each(['TTS_VOICE', 'TTS_PLAN', 'TTS_MODEL'])(
  'says it all with another voice where the new one is refused as %s',
  async (code) => {
    await speakAs(other);
    other.script = { error: vendorError(code, false) };
    instead = usual;
    const [first, second] = [begin('One,'), begin('Two.')];
    first.speak('and.');
    for (const reply of [first, second]) reply.end();
    expect(await Promise.all([chunksOf(first), chunksOf(second)])).toMatchObject([
      [{ clause: 0 }, { clause: 1 }],
      [{ clause: 0 }],
    ]);
    expect(said(usual)).toEqual(['One,', 'and.', 'Two.']);
    expect(refused).toEqual([
      [other, code],
      [other, code],
    ]);
    expect([usual.connections.open, other.connections.open]).toEqual([1, 0]);
  },
);

it('fails as the voice does where that may pass, and where no other voice is wanted', async () => {
  await speakAs(other);
  instead = usual;
  other.script = { error: vendorError('TTS_VOICE', true) };
  await expect(chunksOf(begin('One.'))).rejects.toThrow('The vendor said no');
  other.script = { error: vendorError('TTS_KEY', false) };
  await expect(chunksOf(begin('Two.'))).rejects.toThrow('The vendor said no');
  expect(refused).toEqual([]);
  instead = null;
  other.script = { error: vendorError('TTS_VOICE', false) };
  await expect(chunksOf(begin('Three.'))).rejects.toThrow('The vendor said no');
  expect([refused, said(usual)]).toEqual([[[other, 'TTS_VOICE']], []]);
});

it('says nothing more of a reply that was cancelled while its voice was refused', async () => {
  await speakAs(other);
  other.script = { error: vendorError('TTS_VOICE', false) };
  instead = usual;
  usual.connections.next = 'hangs until aborted';
  const reply = begin('One.');
  const audio = chunksOf(reply);
  await settle();
  reply.cancel();
  await connection.close();
  expect(await audio).toEqual([]);
  expect(said(usual)).toEqual([]);
});

it('connects another voice where the first is refused already then', async () => {
  wanted = other;
  instead = usual;
  other.connections.next = vendorError('TTS_VOICE', false);
  const another = await create().connect(never);
  another.reply('draft').speak('One.');
  expect([said(usual), refused]).toEqual([['One.'], [[other, 'TTS_VOICE']]]);
  await another.close();
});

it('does not leave a voice open that came after the end', async () => {
  wanted = other;
  other.connections.next = 'hangs until aborted';
  connection.warm();
  await settle();
  await connection.close();
  expect(other.connections.opened).toBe(0);
});

it('closes a voice that came after the end all the same', async () => {
  const connected = Promise.withResolvers<void>();
  wanted = {
    ...{ name: other.name, place: other.place },
    async connect() {
      await connected.promise;
      return await other.connect(never);
    },
  };
  connection.warm();
  const closed = connection.close();
  connected.resolve();
  await closed;
  expect([other.connections.opened, other.connections.open]).toEqual([1, 0]);
});

it('counts what a voice was given until it is closed, and never less than before', async () => {
  let given = 0;
  const counting = (voice: Voice): TextToSpeech => ({
    ...{ name: voice.name, place: voice.place },
    async connect(signal) {
      const inner = await voice.connect(signal);
      const close = async () => {
        await inner.close();
        // What was cut off is known to be then.
        given += 4;
      };
      const counted = { ...inner, close };
      return Object.defineProperty(counted, 'givenCharacters', { get: () => given }) as TtsConnection;
    },
  });
  const uncounted: TextToSpeech = {
    ...{ name: other.name, place: other.place },
    connect: async (signal) => Object.assign(await other.connect(signal), { givenCharacters: 0 }),
  };
  wanted = counting(usual);
  const changing = await create().connect(never);
  given = 10;
  wanted = uncounted;
  changing.warm();
  const seen: (number | undefined)[] = [];
  for (let i = 0; i < 20; i++) {
    await Promise.resolve();
    seen.push(changing.givenCharacters);
  }
  expect(usual.connections.open).toBe(1);
  expect(seen).toEqual(seen.toSorted((a, b) => a! - b!));
  expect(seen.at(-1)).toBe(14);
  await changing.close();
  expect(changing.givenCharacters).toBe(14);
});

it('does not take a voice of another rate', async () => {
  const odd: TextToSpeech = {
    ...{ name: usual.name, place: usual.place },
    connect: async (signal) => Object.assign(await other.connect(signal), { sampleRate: 48_000 }),
  };
  wanted = odd;
  connection.warm();
  await settle();
  begin('One.').cancel();
  expect([said(usual), other.connections.open]).toEqual([['One.'], 0]);
});
