import { afterAll, beforeAll, describe } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import { createElevenLabsHttp } from '../../../src/providers/tts/elevenlabs-http.ts';
import { createElevenLabsSocket } from '../../../src/providers/tts/elevenlabs-socket.ts';
import { createOpenAiSpeech } from '../../../src/providers/tts/openai-speech.ts';
import {
  ELEVENLABS_KEY,
  ELEVENLABS_VOICE,
  type ElevenLabsFaults,
  LocalElevenLabs,
  type VendorRefusal,
} from '../../support/vendors/elevenlabs.ts';
import type { Break } from '../../support/vendors/elevenlabs-contexts.ts';
import { LocalSpeechServer, OPENAI_KEY, type SpeechFault } from '../../support/vendors/openai-speech.ts';
import { ttsConforms } from '../conformance/tts.ts';
import { ttsSurvives, type VoiceFault } from '../conformance/tts-faults.ts';

describe('with local vendors', () => {
  let elevenLabs: LocalElevenLabs;
  let speechServer: LocalSpeechServer;
  beforeAll(async () => {
    elevenLabs = await LocalElevenLabs.start();
    speechServer = await LocalSpeechServer.start();
  });
  afterAll(async () => {
    await Promise.all([elevenLabs.stop(), speechServer.stop()]);
  });

  const common = { clock: systemClock, log: silentLog };
  const account = { ...common, apiKey: ELEVENLABS_KEY, voiceId: ELEVENLABS_VOICE };
  const model = { model: 'kokoro', voice: 'af_heart' };

  ttsConforms('ElevenLabs over its socket', () =>
    createElevenLabsSocket({ ...account, baseUrl: elevenLabs.baseUrl }),
  );
  ttsConforms('ElevenLabs over HTTP', () =>
    createElevenLabsHttp({ ...account, baseUrl: elevenLabs.baseUrl }),
  );
  ttsConforms('The voice of a speech server', () =>
    createOpenAiSpeech({ ...common, ...model, baseUrl: speechServer.baseUrl }),
  );
});

const onlyFirst =
  <T extends object>(fault: T) =>
  (n: number): T | Record<string, never> =>
    n === 0 ? fault : {};

const refusals: Partial<Record<VoiceFault, VendorRefusal>> = {
  busy: { status: 429, word: 'too_many_concurrent_requests', retryAfterS: 1 },
  key: { status: 401, word: 'invalid_api_key' },
  quota: { status: 401, word: 'quota_exceeded' },
  down: { status: 503, word: 'html' },
};

const breaks: Partial<Record<VoiceFault, Break>> = {
  quota: { error: 'quota_exceeded', message: `No credits are left for ${ELEVENLABS_KEY}.`, code: 1008 },
  breaks: 'terminate',
  stalls: 'stall',
};

function socketFaults(fault: VoiceFault | null): ElevenLabsFaults {
  if (fault === null) return {};
  if (fault === 'slow') return { clause: () => ({ everyMs: 1 }) };
  if (fault === 'late') return { lateAudio: true };
  const how = breaks[fault];
  if (how) return { clause: onlyFirst({ breakAfter: { messages: fault === 'quota' ? 0 : 1, how } }) };
  if (fault === 'silent') return { clause: onlyFirst({ silent: true }) };
  if (fault === 'split') return { clause: () => ({ oddBytes: true }) };
  if (fault === 'quiet lead') return { clause: onlyFirst({ leadingSilenceMs: 200 }) };
  return { socket: onlyFirst({ refuse: refusals[fault]! }) };
}

const SLOW = { pieceBytes: 12_001, everyMs: 1 };

function streamFault(fault: VoiceFault | null): SpeechFault {
  if (fault === 'breaks') return { breakAfter: { pieces: 2, how: 'drop' } };
  if (fault === 'stalls') return { breakAfter: { pieces: 2, how: 'stall' } };
  if (fault === 'silent') return { breakAfter: { pieces: 0, how: 'stall' } };
  if (fault === 'split') return { pieceBytes: 1_001 };
  if (fault === 'quiet lead') return { leadingSilenceMs: 200 };
  return {};
}

ttsSurvives(
  'ElevenLabs over its socket',
  async ({ clock, log, fault }) => {
    const vendor = await LocalElevenLabs.start(socketFaults(fault), clock);
    return localElevenLabs(vendor, createElevenLabsSocket({ ...accountAt(vendor), clock, log }));
  },
  [ELEVENLABS_KEY],
);

ttsSurvives(
  'ElevenLabs over HTTP',
  async ({ clock, log, fault }) => {
    const refuse = fault && refusals[fault];
    const first = refuse ? { refuse } : (streamFault(fault) as object);
    const stream = fault === 'slow' ? () => SLOW : onlyFirst(first);
    const vendor = await LocalElevenLabs.start({ stream }, clock);
    return localElevenLabs(vendor, createElevenLabsHttp({ ...accountAt(vendor), clock, log }));
  },
  [ELEVENLABS_KEY],
);

ttsSurvives(
  'The voice of a speech server',
  async ({ clock, log, fault }) => {
    const vendor = await LocalSpeechServer.start(clock);
    const refused = fault && refusals[fault];
    const word = fault === 'quota' ? 'insufficient_quota' : refused?.word;
    const body = JSON.stringify({ error: { code: word, message: `Your key ${OPENAI_KEY} will not do.` } });
    const first = refused ? { refuse: { status: refused.status, body } } : streamFault(fault);
    vendor.fault = fault === 'slow' ? () => SLOW : onlyFirst(first);
    const server = { baseUrl: vendor.baseUrl, apiKey: OPENAI_KEY, model: 'kokoro', voice: 'af_heart' };
    return {
      tts: createOpenAiSpeech({ ...server, clock, log }),
      connections: () => vendor.connections.size,
      kill: () => {
        for (const connection of vendor.connections) connection.destroy();
      },
      stop: () => vendor.stop(),
    };
  },
  [OPENAI_KEY],
);

const accountAt = ({ baseUrl }: LocalElevenLabs) => ({
  ...{ baseUrl, apiKey: ELEVENLABS_KEY, voiceId: ELEVENLABS_VOICE },
});

function localElevenLabs(vendor: LocalElevenLabs, tts: ReturnType<typeof createElevenLabsSocket>) {
  return {
    tts,
    connections: () => vendor.connections.size,
    kill: () => {
      for (const connection of vendor.connections) connection.destroy();
    },
    stop: () => vendor.stop(),
  };
}
