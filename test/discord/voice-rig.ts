/** The voice half of the bot, without the rest: a real client, the supervisor, ears and mouth in a loopback's channel. */
import type { Client, VoiceBasedChannel } from 'discord.js';
import type { Clock } from '../../src/base/clock.ts';
import type { ParleyError } from '../../src/base/errors.ts';
import type { EarsEvent, Played } from '../../src/conversation/ports.ts';
import { noReceiveCounters, type ReceiveCounters } from '../../src/discord/ears/counters.ts';
import { DiscordEars } from '../../src/discord/ears/ears.ts';
import { DiscordMouth } from '../../src/discord/mouth/mouth.ts';
import { VoiceSupervisor } from '../../src/discord/voice-supervisor.ts';
import { type Loopback, type LoopbackOptions, type Person, startLoopback } from '../../src/loopback/index.ts';
import { login } from '../loopback/support.ts';
import { type LogLine, recordingLog } from '../support/recording-log.ts';
import { SkippingClock } from '../support/skipping-clock.ts';
import { tone } from '../support/tone.ts';

const DEADLINE_MS = 8_000;

/** An event of the ears, with the clock's time of its raising. */
export type Told = EarsEvent & { atMs: number };

/** One stay in a channel. */
export interface Stay {
  readonly voice: VoiceSupervisor;
  readonly ears: DiscordEars;
  readonly mouth: DiscordMouth;
  readonly counters: ReceiveCounters;
  /** What the supervisor and the ears have logged. */
  readonly logged: LogLine[];
  /** All that the ears told, oldest first. */
  readonly told: Told[];
  /** Why the connection was given up; null as long as it was not. */
  readonly lost: ParleyError | null;
  /** The frames of one person, concealed ones included. */
  frames(person: Person): Extract<Told, { type: 'frame' }>[];
  /** Says a tone of `ms`; resolves once it was played. */
  say(ms: number): Promise<Played>;
  close(): void;
}

export interface EnterOptions {
  channelId?: string;
  /** As the ears ask it; everybody unless given. */
  mayHear?: (userId: string) => boolean;
  /** As the supervisor asks it; what the gateway says unless given. */
  hasCompany?: () => boolean;
  /** The rig's unless given. */
  clock?: Clock;
}

export interface Rig {
  readonly loopback: Loopback;
  readonly client: Client<true>;
  readonly clock: SkippingClock;
  readonly channelId: string;
  /** Resolves with the first truthy value of `predicate`, asked after everything that happens anywhere. */
  waitFor<T>(what: string, predicate: () => T, deadlineMs?: number): Promise<NonNullable<T>>;
  /** A person who sits in the channel. */
  seat(name: string, options?: { bot?: boolean }): Promise<Person>;
  /** Begins to join. */
  enter(options?: EnterOptions): Stay;
  /** Enters, and resolves when audio can flow between the bot and everybody who is there. */
  join(options?: EnterOptions): Promise<Stay>;
  /** The close codes of the bot's voice connections so far. */
  closeCodes(): unknown[];
  close(): Promise<void>;
}

export async function openRig(options: LoopbackOptions = {}): Promise<Rig> {
  const loopback = await startLoopback(options);
  const client = await login(loopback);
  const clock = new SkippingClock();
  const stays: Stay[] = [];
  const [channelId = ''] = loopback.voiceChannelIds;
  const changed = () => loopback.log.notify();

  const enter: Rig['enter'] = ({ channelId: id = channelId, ...more } = {}) => {
    const channel = client.channels.cache.get(id) as VoiceBasedChannel;
    const stay = openStay({ channel, changed, clock, ...more });
    stays.push(stay);
    return stay;
  };

  const rig: Rig = {
    ...{ loopback, client, clock, channelId, enter },
    waitFor: async (what, predicate, deadlineMs = DEADLINE_MS) =>
      await loopback.waitFor(what, predicate, deadlineMs),
    async seat(name, more = {}) {
      const person = loopback.addPerson({ name, ...more });
      await person.joinVoice(channelId);
      return person;
    },
    async join(more = {}) {
      const stay = enter(more);
      await stay.voice.ready;
      await loopback.botReady(DEADLINE_MS);
      return stay;
    },
    closeCodes: () => loopback.log.of('voice.close').map(({ code }) => code),
    async close() {
      for (const stay of stays) stay.close();
      await client.destroy();
      await loopback.close();
    },
  };
  return rig;
}

interface StayOptions extends Omit<EnterOptions, 'channelId'> {
  channel: VoiceBasedChannel;
  clock: Clock;
  changed(): void;
}

/** The same object, which tells of every change of a field. */
const watched = <T extends object>(target: T, changed: () => void): T =>
  new Proxy(target, {
    set(object, key, value) {
      Reflect.set(object, key, value);
      changed();
      return true;
    },
  });

function openStay({ channel, clock, changed, ...more }: StayOptions): Stay {
  const { guild } = channel;
  const { mayHear = () => true } = more;
  const counters = watched(noReceiveCounters(), changed);
  const logged: LogLine[] = [];
  const log = recordingLog(logged, changed);
  const told: Told[] = [];
  let lost: ParleyError | null = null;
  const others = () =>
    guild.voiceStates.cache.filter(
      (state) => state.channelId === channel.id && state.id !== guild.client.user.id,
    );
  const voice = new VoiceSupervisor({
    ...{ guildId: guild.id, channelId: channel.id, adapterCreator: guild.voiceAdapterCreator },
    ...{ clock, random: () => 0, log, counters },
    hasCompany: more.hasCompany ?? (() => others().size > 0),
    onLost: (error) => {
      lost = error;
      changed();
    },
  });
  const { connection } = voice;
  connection.on('stateChange', changed);
  connection.on('transitioned', changed);
  const ears = new DiscordEars({
    ...{ clock, log, receiver: connection.receiver, counters, mayHear },
    people: () => [],
    nameOf: (userId) => userId,
  });
  ears.listen((event) => {
    told.push({ ...event, atMs: clock.now() });
    changed();
  });
  const mouth = new DiscordMouth(clock, {
    ready: () => voice.canSend,
    send: (packet) => connection.playOpusPacket(packet),
    setSpeaking: (speaking) => connection.setSpeaking(speaking),
  });
  return {
    ...{ voice, ears, mouth, counters, logged, told },
    get lost() {
      return lost;
    },
    frames: (person) =>
      told.filter((event) => event.type === 'frame' && event.speakerId === person.id) as never,
    async say(ms) {
      return await new Promise((resolve) => {
        const onDone = (_: number, played: Played) => resolve(played);
        const speech = mouth.begin(16_000, { onFirstFrame() {}, onFirstAudible() {}, onDone });
        speech.write(tone(ms, { hz: 660, amplitude: 0.2 }));
        speech.end();
      });
    },
    close() {
      ears.close();
      mouth.close();
      voice.close();
    },
  };
}
