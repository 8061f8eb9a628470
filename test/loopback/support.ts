/** A real discord.js client and a real voice connection for tests against the loopback. */
import tls from 'node:tls';
import {
  EndBehaviorType,
  joinVoiceChannel,
  type VoiceConnection,
  VoiceConnectionStatus,
} from '@discordjs/voice';
import { Client, type ClientOptions, Events, GatewayIntentBits, type VoiceBasedChannel } from 'discord.js';
import { expect } from 'vitest';
import type { Loopback, Person } from '../../src/loopback/index.ts';
import { openOpus, SILENCE_FRAME } from '../../src/loopback/opus.ts';
import { SILENCE_SCRIPT } from '../../src/loopback/person/script.ts';

/** Lets this process trust the loopback's certificate, as an operator would trust a company's. */
function trust(caPem: string): void {
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), caPem]);
}

/** A client that is logged in to the loopback. */
export async function login(
  loopback: Pick<Loopback, 'apiUrl' | 'caPem' | 'token'>,
  options: Partial<ClientOptions> = {},
): Promise<Client<true>> {
  trust(loopback.caPem);
  const client = new Client({
    intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildVoiceStates],
    rest: { api: loopback.apiUrl },
    ...options,
  });
  const ready = new Promise<Client<true>>((resolve) => {
    client.once(Events.ClientReady, resolve);
  });
  await client.login(loopback.token);
  return await ready;
}

/** Asks to join a voice channel. */
export async function request(
  client: Client<true>,
  channelId: string,
  options: { daveEncryption?: boolean } = {},
): Promise<VoiceConnection> {
  const channel = (await client.channels.fetch(channelId)) as VoiceBasedChannel;
  const connection = joinVoiceChannel({
    channelId,
    guildId: channel.guild.id,
    adapterCreator: channel.guild.voiceAdapterCreator,
    selfDeaf: false,
    group: client.user.id,
    ...options,
  });
  connection.on('error', () => undefined);
  return connection;
}

/** Joins a voice channel and resolves when the connection is ready. */
export async function join(client: Client<true>, channelId: string): Promise<VoiceConnection> {
  const connection = await request(client, channelId);
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

/** The strongest frequency of 16 kHz PCM, in steps of 10 Hz up to 2 kHz (Goertzel's way of asking for one). */
export function pitchOf(pcm: Int16Array): number {
  let best = { hz: 0, power: 0 };
  for (let hz = 100; hz <= 2000; hz += 10) {
    const factor = 2 * Math.cos((2 * Math.PI * hz) / 16_000);
    let last = 0;
    let before = 0;
    for (const sample of pcm) {
      const next = sample + factor * last - before;
      before = last;
      last = next;
    }
    const power = last ** 2 + before ** 2 - factor * last * before;
    if (power > best.power) best = { hz, power };
  }
  return best.hz;
}

/** What the bot receives of one person. */
export interface Heard {
  /** Opus payloads as they arrive. */
  packets: Buffer[];
  /** All that could be decoded and was no silence frame, at 16 kHz. */
  pcm(): Int16Array;
  /** Resolves when so many packets have arrived. */
  atLeast(count: number): Promise<void>;
}

/** Subscribes the bot to a person. */
export function hear(connection: VoiceConnection, { id }: Pick<Person, 'id'>): Heard {
  const packets: Buffer[] = [];
  const stream = connection.receiver.subscribe(id, { end: { behavior: EndBehaviorType.Manual } });
  stream.on('data', (packet: Buffer) => packets.push(packet));
  stream.on('error', () => undefined);
  return {
    packets,
    pcm() {
      const opus = openOpus();
      const frames = packets
        .filter((packet) => !packet.equals(SILENCE_FRAME))
        .map((packet) => opus.decode(packet));
      opus.close();
      return Int16Array.from(frames.flatMap((frame) => [...frame]));
    },
    async atLeast(count) {
      await new Promise<void>((resolve) => {
        const look = () => {
          if (packets.length < count) return;
          stream.off('data', look);
          resolve();
        };
        stream.on('data', look);
        look();
      });
    },
  };
}

/** The bot plays a tone at the pace of real time, then five silence frames. */
export async function playTone(connection: VoiceConnection, hz: number, ms: number): Promise<void> {
  const opus = openOpus();
  const pcm = tone(hz, ms);
  const packets: Buffer[] = [];
  for (let at = 0; at < pcm.length; at += 320) packets.push(opus.encode(pcm.subarray(at, at + 320)));
  opus.close();
  for (const _ of SILENCE_SCRIPT) packets.push(SILENCE_FRAME);
  await new Promise<void>((resolve) => {
    let sent = 0;
    const timer = setInterval(() => {
      const packet = packets[sent];
      sent += 1;
      if (packet) connection.playOpusPacket(packet);
      else {
        clearInterval(timer);
        connection.setSpeaking(false);
        resolve();
      }
    }, 20);
  });
}

/** The UDP socket of a connection that is ready. */
export function udpOf({ state }: VoiceConnection): NodeJS.EventEmitter {
  const networking = Reflect.get(state, 'networking') as { state: { udp: NodeJS.EventEmitter } };
  return networking.state.udp;
}

/** How far a measured pitch may lie from the one that was played: a frame that comes late bends it. */
const PITCH_TOLERANCE_HZ = 25;

/** The person's tone of 440 Hz must reach the bot, and the bot's of 660 Hz the room. */
export async function expectSound(
  loopback: Loopback,
  connection: VoiceConnection,
  person: Person,
  room = loopback.room,
): Promise<void> {
  const heard = hear(connection, person);
  heard.packets.length = 0;
  const sinceMs = performance.now();
  await Promise.all([person.sendTone(100, 440), playTone(connection, 660, 100)]);
  await heard.atLeast(10);
  expect(heard.packets).toHaveLength(10);
  expect(Math.abs(pitchOf(heard.pcm()) - 440)).toBeLessThan(PITCH_TOLERANCE_HZ);
  await room.nextAudible(sinceMs, 1000);
  const pitch = pitchOf(room.recording(sinceMs, performance.now()));
  expect(Math.abs(pitch - 660)).toBeLessThan(PITCH_TOLERANCE_HZ);
}

/** The bot and the people have one group; its code is the same on both sides. */
export async function expectGroup(
  { privacyCode }: Pick<Loopback, 'privacyCode'>,
  connection: VoiceConnection,
): Promise<void> {
  const same = () => privacyCode() !== null && connection.voicePrivacyCode === privacyCode();
  if (!same()) await new Promise<void>((resolve) => connection.once('transitioned', () => resolve()));
  expect(connection.voicePrivacyCode).toHaveLength(30);
  expect(connection.voicePrivacyCode).toBe(privacyCode());
}
