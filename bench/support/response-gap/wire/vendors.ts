/** The vendors of one conversation, each behind its real adapter, on sockets of this machine; they delay as drawn. */
import type { Clock } from '../../../../src/base/clock.ts';
import { silentLog } from '../../../../src/base/log.ts';
import type { Connections } from '../../../../src/provider-connections.ts';
import { createAnthropicMessages } from '../../../../src/providers/llm/anthropic-messages.ts';
import type { HostedModelOptions } from '../../../../src/providers/llm/hosted-model.ts';
import type { LanguageModel } from '../../../../src/providers/llm/llm.ts';
import { createOpenAiChat } from '../../../../src/providers/llm/openai-chat.ts';
import { createElevenLabsScribe } from '../../../../src/providers/stt/elevenlabs-scribe.ts';
import { createElevenLabsSocket } from '../../../../src/providers/tts/elevenlabs-socket.ts';
import { ANTHROPIC_KEY, startAnthropic } from '../../../../test/support/vendors/anthropic.ts';
import {
  ELEVENLABS_KEY,
  ELEVENLABS_VOICE,
  LocalElevenLabs,
} from '../../../../test/support/vendors/elevenlabs.ts';
import { ScribeVendor } from '../../../../test/support/vendors/elevenlabs-scribe.ts';
import type { HttpVendor } from '../../../../test/support/vendors/http-vendor.ts';
import { OPENAI_KEY, startOpenAi } from '../../../../test/support/vendors/openai-chat.ts';
import type { ProfileName } from '../profiles.ts';
import type { ScriptedTurn } from '../script.ts';
import { TOKEN_MS, tokensOf } from '../tokens.ts';
import type { TurnDraws } from '../turn-draws.ts';
import { ScriptedScribe } from './scripted-scribe.ts';

export interface WireVendors {
  readonly connections: Connections;
  /** What will be said next, and how long each thing takes. */
  take(turn: ScriptedTurn, draws: TurnDraws): void;
  close(): Promise<void>;
}

const GROQ_MODEL = 'openai/gpt-oss-120b';
/** The shapes wait for a model as long as it takes, so this one does too. */
const PATIENCE_MS = 60_000;
/** Quicker than speech, as only the beginning of an answer is measured; sent at ten times that. */
const AUDIO = { characterMs: 20, charactersPerMessage: 10, everyMs: 20 };

/** @param profile decides which API the model is behind. */
export async function openVendors(profile: ProfileName, clock: Clock): Promise<WireVendors> {
  let script: { turn: ScriptedTurn; draws: TurnDraws } | null = null;
  const ear = new ScriptedScribe(clock);
  const written = {
    behaviour: () => ({ firstTokenMs: script?.draws.llm ?? 0, tokensPerSecond: 1000 / TOKEN_MS }),
    answer: () => (script ? tokensOf(script.turn.reply) : []),
  };
  const behindAnthropic = profile === 'claude';
  const scribe = await ScribeVendor.listen({ apiKey: ELEVENLABS_KEY, clock, script: () => ear.script });
  const model = behindAnthropic
    ? await startAnthropic(written)
    : await startOpenAi({ ...written, kind: 'groq', models: [GROQ_MODEL] });
  const voice = await LocalElevenLabs.start(
    // The network's share is added once, to the voice's first byte.
    { clause: () => ({ ...AUDIO, firstAudioMs: script ? script.draws.tts + script.draws.network : 0 }) },
    clock,
  );
  const common = { clock, log: silentLog };
  const scribeAdapter = createElevenLabsScribe({
    ...common,
    apiKey: ELEVENLABS_KEY,
    baseUrl: scribe.baseUrl,
  });
  const modelAdapter = adapterFor(model, behindAnthropic, { ...common, firstTokenMs: PATIENCE_MS });
  const voiceAdapter = createElevenLabsSocket({
    ...{ ...common, apiKey: ELEVENLABS_KEY, voiceId: ELEVENLABS_VOICE, baseUrl: voice.baseUrl },
  });
  const { signal } = new AbortController();
  const [stt, llm, tts] = await Promise.all([
    scribeAdapter.connect(signal),
    modelAdapter.connect(signal),
    voiceAdapter.connect(signal),
  ]);
  const connections = { stt, llm, tts };
  return {
    connections,
    take: (turn, draws) => {
      script = { turn, draws };
      ear.take(turn, draws);
    },
    close: async () => {
      await Promise.all(Object.values(connections).map((connection) => connection.close()));
      await Promise.all([scribe.close(), model.close(), voice.stop()]);
    },
  };
}

function adapterFor(model: HttpVendor, anthropic: boolean, options: HostedModelOptions): LanguageModel {
  const named = { name: 'wire', vendor: 'the stand-in', place: 'this machine', baseUrls: [model.url] };
  return anthropic
    ? createAnthropicMessages({
        ...{ ...options, ...named, auth: 'x-api-key', apiKey: ANTHROPIC_KEY, model: 'claude-haiku-4-5' },
      })
    : createOpenAiChat({ ...options, ...named, apiKey: OPENAI_KEY, model: GROQ_MODEL });
}
