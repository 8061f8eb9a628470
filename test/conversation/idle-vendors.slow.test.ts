/** A conversation through real adapters that nobody spoke in for minutes: the next turn pays for no connection; a cold one is told. */
import { describe, expect, it } from 'vitest';
import { FRAME_SAMPLES } from '../../src/audio/pcm.ts';
import { silentLog } from '../../src/base/log.ts';
import { Conversation, type TurnReport } from '../../src/conversation/conversation.ts';
import type { Notices } from '../../src/conversation/notices.ts';
import type { EarsEvent } from '../../src/conversation/ports.ts';
import { DiscordMouth } from '../../src/discord/mouth/mouth.ts';
import type { Connections } from '../../src/provider-connections.ts';
import type { LanguageModel } from '../../src/providers/llm/llm.ts';
import { createPresetLlm } from '../../src/providers/llm/presets.ts';
import { createDeepgramFlux } from '../../src/providers/stt/deepgram-flux.ts';
import { createElevenLabsScribe } from '../../src/providers/stt/elevenlabs-scribe.ts';
import { createOpenAiTranscriptions } from '../../src/providers/stt/openai-transcriptions.ts';
import type { SpeechToText } from '../../src/providers/stt/stt.ts';
import { createElevenLabsSocket } from '../../src/providers/tts/elevenlabs-socket.ts';
import { createOpenAiSpeech } from '../../src/providers/tts/openai-speech.ts';
import { fakeProviders } from '../support/fake-providers.ts';
import { SkippingClock } from '../support/skipping-clock.ts';
import { ANTHROPIC_KEY, startAnthropic } from '../support/vendors/anthropic.ts';
import { FluxVendor } from '../support/vendors/deepgram-flux.ts';
import { ELEVENLABS_KEY, ELEVENLABS_VOICE, LocalElevenLabs } from '../support/vendors/elevenlabs.ts';
import { ScribeVendor } from '../support/vendors/elevenlabs-scribe.ts';
import type { HttpVendor } from '../support/vendors/http-vendor.ts';
import { OPENAI_KEY, startOpenAi } from '../support/vendors/openai-chat.ts';
import { LocalSpeechServer } from '../support/vendors/openai-speech.ts';
import { TranscriptionVendor } from '../support/vendors/openai-transcriptions.ts';
import { toneSpeech } from '../support/vendors/tone-speech.ts';

interface Vendors {
  connections: Connections;
  /** Closes the connections that vendors close when they are idle; resolves once they are. */
  dropIdle(): Promise<void>;
  /** The mind: how often its connection was opened or tried ahead. */
  readonly warmed: number;
  /** How often the voice's socket was opened; null for one that has none. */
  readonly voiceSockets: number | null;
  /** Cuts the recogniser's sockets; null for one that has none. */
  cutEars: (() => void) | null;
  close(): Promise<unknown>;
}

const { signal } = new AbortController();
const IDLE_MS = 125_000;
const STEP_MS = 2_500;
const ANSWER = 'It is noon.';

const base = (clock: SkippingClock) => ({ clock, log: silentLog });

interface EarsAndMind {
  ears: ScribeVendor | FluxVendor;
  stt: SpeechToText;
  mind: HttpVendor;
  llm: LanguageModel;
}

/** Sockets that are kept alive all the time; the mind's connection is opened anew when speech begins. */
async function speakingByElevenLabs(
  clock: SkippingClock,
  { ears, stt, mind, llm }: EarsAndMind,
): Promise<Vendors> {
  const voice = await LocalElevenLabs.start({}, clock);
  const tts = createElevenLabsSocket({
    ...{ ...base(clock), apiKey: ELEVENLABS_KEY, baseUrl: voice.baseUrl, voiceId: ELEVENLABS_VOICE },
  });
  return {
    connections: {
      stt: await stt.connect(signal),
      tts: await tts.connect(signal),
      llm: await llm.connect(signal),
    },
    dropIdle: async () => {
      mind.dropConnections();
      await mind.until(() => mind.open === 0);
    },
    get warmed() {
      return mind.warmed;
    },
    get voiceSockets() {
      return voice.handshakes;
    },
    cutEars: () => ears.cut(),
    close: () => Promise.all([ears.close(), voice.stop(), mind.close()]),
  };
}

async function elevenLabsAndAnthropic(clock: SkippingClock): Promise<Vendors> {
  const ears = await ScribeVendor.listen({ apiKey: ELEVENLABS_KEY, clock });
  const mind = await startAnthropic({ answer: () => ANSWER });
  return await speakingByElevenLabs(clock, {
    ...{ ears, mind },
    stt: createElevenLabsScribe({ ...base(clock), apiKey: ELEVENLABS_KEY, baseUrl: ears.baseUrl }),
    llm: createPresetLlm('anthropic', { ...base(clock), apiKey: ANTHROPIC_KEY, baseUrls: [mind.url] }),
  });
}

async function deepgramAndGroq(clock: SkippingClock): Promise<Vendors> {
  const ears = await FluxVendor.listen({ apiKey: 'dg-key', clock });
  const mind = await startOpenAi({ answer: () => ANSWER, kind: 'groq', models: ['openai/gpt-oss-120b'] });
  return await speakingByElevenLabs(clock, {
    ...{ ears, mind },
    stt: createDeepgramFlux({ ...base(clock), apiKey: 'dg-key', baseUrl: ears.baseUrl }),
    llm: createPresetLlm('groq', { ...base(clock), apiKey: OPENAI_KEY, baseUrls: [`${mind.url}/v1`] }),
  });
}

/** Requests alone: all three are opened anew when speech begins. */
async function openAi(clock: SkippingClock): Promise<Vendors> {
  const ears = await TranscriptionVendor.listen({ apiKey: OPENAI_KEY, clock });
  const voice = await LocalSpeechServer.start(clock);
  const mind = await startOpenAi({ answer: () => ANSWER });
  const keyed = { ...base(clock), apiKey: OPENAI_KEY };
  const connections = {
    stt: await createOpenAiTranscriptions({ ...keyed, model: 'whisper', baseUrl: ears.baseUrl }).connect(
      signal,
    ),
    tts: await createOpenAiSpeech({
      ...{ ...keyed, baseUrl: voice.baseUrl, model: 'kokoro', voice: 'alloy' },
    }).connect(signal),
    llm: await createPresetLlm('openai', { ...keyed, baseUrls: [`${mind.url}/v1`] }).connect(signal),
  };
  return {
    connections,
    dropIdle: async () => {
      ears.cut();
      for (const socket of voice.connections) socket.destroy();
      mind.dropConnections();
      await mind.until(() => mind.open === 0);
      await ears.until(() => ears.open === 0);
    },
    get warmed() {
      return mind.warmed;
    },
    voiceSockets: null,
    cutEars: null,
    close: () => Promise.all([ears.close(), voice.stop(), mind.close()]),
  };
}

async function converse(clock: SkippingClock, { stt, llm, tts }: Connections) {
  let listener: (event: EarsEvent) => void = () => undefined;
  let reported = Promise.withResolvers<TurnReport>();
  const ann = { id: 'ann', name: '!' };
  const notices: Notices = { sampleRate: 24_000, pcm: () => null };
  const mouth = new DiscordMouth(clock, { ready: () => true, send() {}, setSpeaking() {} });
  const conversation = new Conversation({
    ...{ clock, nowUnixMs: () => 0, log: silentLog, guildId: 'guild', channelId: 'channel' },
    ears: {
      listen: (next) => {
        listener = next;
        return () => undefined;
      },
      nameOf: () => ann.name,
      people: () => [ann],
    },
    ...{ mouth, vad: await fakeProviders().vad.load(), stt, llm, tts, notices },
    ...{ providerNames: { stt: 's', llm: 'l', tts: 't' }, systemPrompt: 'Be brief.', maxTokens: 150 },
    onTurn: (report) => reported.resolve(report),
    postText() {},
  });
  return {
    /** At the pace of speech. Resolves once the answer was spoken. */
    async say(pcm: Int16Array): Promise<TurnReport> {
      reported = Promise.withResolvers();
      const speakerId = ann.id;
      let dueMs = clock.now();
      for (let at = 0; at + FRAME_SAMPLES <= pcm.length; at += FRAME_SAMPLES) {
        const frame = pcm.subarray(at, at + FRAME_SAMPLES);
        listener({ type: 'frame', speakerId, pcm: frame, arrivedMs: clock.now(), concealed: false });
        dueMs += 20;
        await new Promise<void>((resolve) => clock.setTimer(dueMs - clock.now(), resolve));
      }
      listener({ type: 'talkEnded', speakerId, arrivedMs: clock.now() });
      return await reported.promise;
    },
    close: () => {
      conversation.close();
      mouth.close();
    },
  };
}

/** What was sent meanwhile has come, on both sides. */
async function deliver(): Promise<void> {
  for (let i = 0; i < 40; i++) await new Promise((resolve) => setImmediate(resolve));
}

describe.concurrent('two idle minutes', () => {
  it.each([
    ['ElevenLabs and Anthropic', elevenLabsAndAnthropic],
    ['Deepgram and Groq', deepgramAndGroq],
    ['OpenAI', openAi],
  ])('cost the next turn no connection: %s', async (_, open) => {
    const clock = new SkippingClock();
    const vendors = await open(clock);
    const talk = await converse(clock, vendors.connections);
    const first = await talk.say(toneSpeech('what', 'time', 'is', 'it'));
    expect(first).toMatchObject({ transcript: 'what time is it', record: { outcome: 'answered' } });
    for (let ms = 0; ms < IDLE_MS; ms += STEP_MS) {
      await clock.skip(STEP_MS);
      await deliver();
    }
    await vendors.dropIdle();
    const { warmed } = vendors;
    const { transcript, record } = await talk.say(toneSpeech('tell', 'me', 'the', 'time'));
    expect([transcript, record.outcome, record.audible]).toEqual(['tell me the time', 'answered', 'answer']);
    const { sttConnected, llmConnected, ttsConnected } = record.marks;
    expect({ sttConnected, llmConnected, ttsConnected }).toEqual({});
    // Opened anew when the speech began; the socket was kept all the time.
    expect(vendors.warmed).toBeGreaterThan(warmed);
    expect(vendors.voiceSockets ?? 1).toBe(1);
    if (vendors.cutEars) {
      vendors.cutEars();
      const { record: cold } = await talk.say(toneSpeech('tell', 'me', 'a', 'joke'));
      const { speechStarted, sttFinal } = cold.marks;
      expect(cold.outcome).toBe('answered');
      expect(cold.marks.sttConnected).toBeGreaterThan(speechStarted!);
      expect(cold.marks.sttConnected).toBeLessThan(sttFinal!);
    }
    talk.close();
    await Promise.all(Object.values(vendors.connections).map((connection) => connection.close()));
    await vendors.close();
  });
});
