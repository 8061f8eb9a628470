/** The agent's mouth in a voice channel whose one listener keeps a clock of its own; and how even the frames arrive there. */
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { VoiceConnection } from '@discordjs/voice';
import { SAMPLE_RATE } from '../../src/audio/pcm.ts';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { connectClient } from '../../src/discord/client.ts';
import { noReceiveCounters } from '../../src/discord/ears/counters.ts';
import { DiscordMouth } from '../../src/discord/mouth/mouth.ts';
import { VoiceSupervisor } from '../../src/discord/voice-supervisor.ts';
import { FarSide, type HeardFrame, sharedNowMs } from './far-side.ts';

/** By the clock that all threads share. */
export interface Span {
  beginMs: number;
  endMs: number;
}

/** Says a tone of so many ms; resolves when its last frame was sent. */
export type Say = (ms: number) => Promise<Span>;

export interface FarMouth {
  connection: VoiceConnection;
  say: Say;
  /** Leaves the channel; resolves with all that was heard there. */
  stop(): Promise<HeardFrame[]>;
}

/** The idle gap between two speeches is not a spacing. */
const MAX_SPACING_MS = 200;

export async function joinFarSide(progress: (text: string) => void): Promise<FarMouth> {
  const farSide = await FarSide.start();
  const { apiUrl, token, caPem, guildId, channelId } = farSide.ready;
  setDefaultCACertificates([...getCACertificates('default'), caPem]);
  const clock = systemClock;
  const client = await connectClient({ token, apiUrl, clock, log: silentLog });
  const guild = client.guilds.cache.get(guildId)!;
  const voice = new VoiceSupervisor({
    ...{ guildId, channelId, adapterCreator: guild.voiceAdapterCreator, clock, random: Math.random },
    log: silentLog,
    counters: noReceiveCounters(),
    hasCompany: () => true,
    onLost: (error) => progress(`connection lost: ${error.message}`),
  });
  await voice.ready;
  const { connection } = voice;
  return {
    connection,
    say: withMouth(connection, clock),
    async stop() {
      voice.close();
      await pause(clock, 200);
      await client.destroy();
      return await farSide.stop();
    },
  };
}

function withMouth(connection: VoiceConnection, clock: Clock): Say {
  const mouth = new DiscordMouth(clock, {
    ready: () => true,
    send: (packet) => connection.playOpusPacket(packet),
    setSpeaking: (speaking) => connection.setSpeaking(speaking),
  });
  return async (ms) => {
    const pcm = tone(ms, SAMPLE_RATE, 1);
    const done = Promise.withResolvers<void>();
    const beginMs = sharedNowMs();
    const speech = mouth.begin(SAMPLE_RATE, {
      onFirstFrame() {},
      onFirstAudible() {},
      onDone: () => done.resolve(),
    });
    speech.write(pcm);
    speech.end();
    await done.promise;
    return { beginMs, endMs: sharedNowMs() };
  };
}

export function tone(ms: number, rate: number, channels: number): Int16Array {
  const pcm = new Int16Array((ms / 1000) * rate * channels);
  for (let i = 0; i < pcm.length; i++) {
    pcm[i] = Math.sin((2 * Math.PI * 440 * Math.floor(i / channels)) / rate) * 9_000;
  }
  return pcm;
}

/** Ms between the frames of the given stretches as they arrived, ascending. */
export function spacings(spans: readonly Span[], frames: readonly HeardFrame[]): number[] {
  return spans
    .flatMap(({ beginMs, endMs }) => {
      const inside = frames.filter(({ atMs, silence }) => !silence && atMs >= beginMs && atMs <= endMs + 100);
      return inside.slice(1).map(({ atMs }, i) => atMs - inside[i]!.atMs);
    })
    .filter((ms) => ms < MAX_SPACING_MS)
    .toSorted((a, b) => a - b);
}

export async function pause(clock: Clock, ms: number): Promise<void> {
  await new Promise<void>((resolve) => clock.setTimer(ms, resolve));
}
