/** A real discord.js client and a real voice connection for tests against the loopback. */
import tls from 'node:tls';
import { joinVoiceChannel, type VoiceConnection, VoiceConnectionStatus } from '@discordjs/voice';
import { Client, Events, GatewayIntentBits, type VoiceBasedChannel } from 'discord.js';
import type { Loopback } from '../../src/loopback/index.ts';

/** Lets this process trust the loopback's certificate, as an operator would trust a company's. */
export function trust(caPem: string): void {
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), caPem]);
}

/** A client that is logged in to the loopback. */
export async function login(loopback: Loopback): Promise<Client<true>> {
  trust(loopback.caPem);
  const client = new Client({
    intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildVoiceStates],
    rest: { api: loopback.apiUrl },
  });
  const ready = new Promise<Client<true>>((resolve) => {
    client.once(Events.ClientReady, resolve);
  });
  await client.login(loopback.token);
  return await ready;
}

/** Joins a voice channel and resolves when the connection is ready. */
export async function join(client: Client<true>, channelId: string): Promise<VoiceConnection> {
  const channel = (await client.channels.fetch(channelId)) as VoiceBasedChannel;
  const connection = joinVoiceChannel({
    channelId,
    guildId: channel.guild.id,
    adapterCreator: channel.guild.voiceAdapterCreator,
    selfDeaf: false,
    group: client.user.id,
  });
  connection.on('error', () => undefined);
  await reach(connection, VoiceConnectionStatus.Ready);
  return connection;
}

/** Resolves when the connection is in the state. */
export async function reach(connection: VoiceConnection, status: VoiceConnectionStatus): Promise<void> {
  await new Promise<void>((resolve) => {
    const look = () => {
      if (connection.state.status !== status) return;
      connection.off('stateChange', look);
      resolve();
    };
    connection.on('stateChange', look);
    look();
  });
}

/** Frames of a tone for the bot to play, as 16 kHz PCM. */
export function tone(hz: number, ms: number): Int16Array {
  return Int16Array.from({ length: ms * 16 }, (_, i) =>
    Math.round(6000 * Math.sin((2 * Math.PI * hz * i) / 16_000)),
  );
}

/** The strongest frequency of 16 kHz PCM, in steps of 10 Hz up to 2 kHz. */
export function pitchOf(pcm: Int16Array): number {
  let best = { hz: 0, power: 0 };
  for (let hz = 100; hz <= 2000; hz += 10) {
    let real = 0;
    let imaginary = 0;
    for (const [i, sample] of pcm.entries()) {
      real += sample * Math.cos((2 * Math.PI * hz * i) / 16_000);
      imaginary += sample * Math.sin((2 * Math.PI * hz * i) / 16_000);
    }
    const power = real ** 2 + imaginary ** 2;
    if (power > best.power) best = { hz, power };
  }
  return best.hz;
}
