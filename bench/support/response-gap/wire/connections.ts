/** What a turn pays for connections: an answer over none, over one that is open, and over one that was idle for 10 s. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { systemClock } from '../../../../src/base/clock.ts';
import { silentLog } from '../../../../src/base/log.ts';
import { percentile } from '../../../../src/latency/percentile.ts';
import { createOpenAiChat } from '../../../../src/providers/llm/openai-chat.ts';
import { createElevenLabsSocket } from '../../../../src/providers/tts/elevenlabs-socket.ts';
import {
  ELEVENLABS_KEY,
  ELEVENLABS_VOICE,
  LocalElevenLabs,
} from '../../../../test/support/vendors/elevenlabs.ts';
import { OPENAI_KEY, startOpenAi } from '../../../../test/support/vendors/openai-chat.ts';

/** Medians, in ms from the request to the first token, or to the first audio. */
export interface ConnectionCosts {
  coldMs: number;
  warmMs: number;
  afterIdleMs: number;
}

const REPEATS = 5;
const IDLE_MS = 10_000;
/** As TCP and TLS 1.3 take where a round trip takes 40 ms. */
const SET_UP_MS = 80;
/** The medians of the profile `best`. */
const FIRST_TOKEN_MS = 98;
const FIRST_AUDIO_MS = 175;
const TEXT = 'Sure, I can do that.';

/** Takes about twelve seconds. */
export async function measureConnections(): Promise<{ model: ConnectionCosts; voice: ConnectionCosts }> {
  const [model, voice] = await Promise.all([repeated(modelCosts), repeated(voiceCosts)]);
  return { model, voice };
}

async function repeated(measure: () => Promise<ConnectionCosts>): Promise<ConnectionCosts> {
  const all = await Promise.all(Array.from({ length: REPEATS }, measure));
  const median = (key: keyof ConnectionCosts) => {
    const sorted = all.map((costs) => costs[key]).toSorted((a, b) => a - b);
    return Number(percentile(sorted, 50).toFixed(1));
  };
  return { coldMs: median('coldMs'), warmMs: median('warmMs'), afterIdleMs: median('afterIdleMs') };
}

async function modelCosts(): Promise<ConnectionCosts> {
  const vendor = await startOpenAi({
    behaviour: () => ({ firstTokenMs: FIRST_TOKEN_MS, tokensPerSecond: 100 }),
    answer: () => TEXT,
  });
  const door = await FarDoor.open(vendor.url);
  const model = createOpenAiChat({
    ...{ clock: systemClock, log: silentLog, name: 'wire', vendor: 'the stand-in', place: 'this machine' },
    ...{ baseUrls: [door.url], apiKey: OPENAI_KEY, model: 'gpt-6-luna' },
    dialect: { limit: 'max_completion_tokens', extra: () => ({}), reasoningTokens: () => 0 },
  });
  const { signal } = new AbortController();
  const connection = await model.connect(signal);
  const ask = async () => {
    const askedMs = systemClock.now();
    let firstMs: number | null = null;
    const messages = [{ role: 'user' as const, content: 'Book a table.' }];
    for await (const event of connection.stream({ system: '', messages, maxTokens: 50, signal }))
      if (event.type === 'text') firstMs ??= systemClock.now();
    return firstMs! - askedMs;
  };
  try {
    return await inOrder(ask, door);
  } finally {
    await connection.close();
    await door.close();
    await vendor.close();
  }
}

async function voiceCosts(): Promise<ConnectionCosts> {
  const vendor = await LocalElevenLabs.start({ clause: () => ({ firstAudioMs: FIRST_AUDIO_MS }) });
  const door = await FarDoor.open(vendor.baseUrl);
  const voice = createElevenLabsSocket({
    ...{ clock: systemClock, log: silentLog, apiKey: ELEVENLABS_KEY, voiceId: ELEVENLABS_VOICE },
    baseUrl: door.url,
  });
  const connection = await voice.connect(new AbortController().signal);
  const ask = async () => {
    const askedMs = systemClock.now();
    let firstMs: number | null = null;
    const reply = connection.reply('draft');
    reply.speak(TEXT);
    reply.end();
    for await (const _ of reply.audio) firstMs ??= systemClock.now();
    return firstMs! - askedMs;
  };
  try {
    return await inOrder(ask, door);
  } finally {
    await connection.close();
    await door.close();
    await vendor.stop();
  }
}

/** Nobody says beforehand that a request will come, as a room does when somebody begins to speak. */
async function inOrder(ask: () => Promise<number>, door: FarDoor): Promise<ConnectionCosts> {
  await ask();
  const warmMs = await ask();
  await door.drop();
  const coldMs = await ask();
  await new Promise<void>((resolve) => systemClock.setTimer(IDLE_MS, resolve));
  return { coldMs, warmMs, afterIdleMs: await ask() };
}

/** The way to a server, where each new connection takes its time. */
class FarDoor {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(port: number) {
    this.#server = createServer((near) => {
      this.#keep(near);
      systemClock.setTimer(SET_UP_MS, () => {
        if (near.destroyed) return;
        const far = this.#keep(connect(port, '127.0.0.1'));
        near.pipe(far).pipe(near);
        near.once('close', () => far.destroy());
        far.once('close', () => near.destroy());
      });
    });
  }

  static async open(url: string): Promise<FarDoor> {
    const door = new FarDoor(Number(new URL(url).port));
    door.#server.listen(0, '127.0.0.1');
    await once(door.#server, 'listening');
    return door;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Ends every connection; resolves when both sides had the time to see it. */
  async drop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => setImmediate(resolve));
  }

  async close(): Promise<void> {
    this.#server.close();
    await this.drop();
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }
}
