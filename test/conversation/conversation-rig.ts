/** A conversation under virtual time: packets by hand, fake providers, the real mouth over a socket that only counts. */
import { rmsDbfs, VOICED_DBFS } from '../../src/audio/energy.ts';
import { createOpusDecoder, isOpusSilence, OPUS_DELAY_MS } from '../../src/audio/opus.ts';
import { concatPcm, FRAME_SAMPLES, SAMPLE_RATE } from '../../src/audio/pcm.ts';
import { silentLog } from '../../src/base/log.ts';
import {
  Conversation,
  type ConversationOptions,
  type TurnReport,
} from '../../src/conversation/conversation.ts';
import { renderNotices } from '../../src/conversation/notices.ts';
import type { Ears, EarsEvent } from '../../src/conversation/ports.ts';
import { DiscordMouth } from '../../src/discord/mouth/mouth.ts';
import type { LlmConnection } from '../../src/providers/llm/llm.ts';
import type { TtsConnection } from '../../src/providers/tts/tts.ts';
import { type FakeProviders, fakeProviders } from '../support/fake-providers.ts';
import { tone } from '../support/tone.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

/** One talk, by the clock: the packets that held its first and its last sound. */
export interface Talk {
  firstMs: number;
  lastMs: number;
}

export interface ConversationRig {
  readonly clock: VirtualClock;
  readonly fakes: FakeProviders;
  readonly conversation: Conversation;
  readonly mouth: DiscordMouth;
  /** Finished turns, oldest first. */
  readonly reports: TurnReport[];
  /** What was written in the chat. */
  readonly posted: string[];
  /** Instants of the frames with sound that left. */
  readonly soundMs: number[];
  /** Whether packets can leave. */
  connected: boolean;
  tell(event: EarsEvent): void;
  /** The speaker talks for `ms` at the pace of time, and the client closes its gate. */
  talk(speakerId: string, ms?: number): Promise<Talk>;
  /** The same without the closing: the speaker is still talking. */
  talkOn(speakerId: string, ms: number): Promise<Talk>;
  /** Moves on until a turn more has finished; fails after 60 s. */
  nextReport(): Promise<TurnReport>;
  /** Moves on until so many turns have finished in all; fails after 60 s. */
  untilReports(count: number): Promise<void>;
}

/** What there is before the conversation begins. */
export interface Given {
  clock: VirtualClock;
  fakes: FakeProviders;
  llm: LlmConnection;
  tts: TtsConnection;
}

/** @param change replaces options of the conversation, such as a provider's connection. */
export async function openConversation(
  change: (given: Given) => Partial<ConversationOptions> = () => ({}),
): Promise<ConversationRig> {
  const clock = new VirtualClock(1_000);
  const fakes = fakeProviders();
  const { signal } = new AbortController();
  const [stt, llm, tts, vad] = await Promise.all([
    fakes.stt.connect(signal),
    fakes.llm.connect(signal),
    fakes.tts.connect(signal),
    fakes.vad.load(),
  ]);
  const decoder = createOpusDecoder(SAMPLE_RATE);
  let listener: (event: EarsEvent) => void = () => undefined;
  const ears: Ears = {
    listen: (next) => {
      listener = next;
      return () => {
        listener = () => undefined;
      };
    },
    nameOf: (id) => id.toUpperCase(),
    people: () => [...tails.keys()].map((id) => ({ id, name: id.toUpperCase() })),
  };
  const mouth = new DiscordMouth(clock, {
    ready: () => rig.connected,
    send: (packet) => {
      const heard = isOpusSilence(packet) ? null : decoder.decode(packet);
      if (heard && rmsDbfs(heard) >= VOICED_DBFS) rig.soundMs.push(clock.now());
    },
    setSpeaking() {},
  });
  const reports: TurnReport[] = [];
  const posted: string[] = [];
  const tails = new Map<string, Int16Array>();
  const packet = (speakerId: string, pcm: Int16Array) => {
    // A decoder gives out the end of each packet with the next one.
    const decoded = concatPcm([tails.get(speakerId) ?? silentTail, pcm]);
    tails.set(speakerId, decoded.slice(FRAME_SAMPLES));
    const frame = decoded.slice(0, FRAME_SAMPLES);
    listener({ type: 'frame', speakerId, pcm: frame, arrivedMs: clock.now(), concealed: false });
  };

  const conversation = new Conversation({
    ...{ clock, nowUnixMs: () => 0, log: silentLog, guildId: 'guild', channelId: 'channel' },
    ...{ ears, mouth, vad, stt, llm, tts, notices: await renderNotices(tts, clock, silentLog) },
    ...{ providerNames: { stt: 's', llm: 'l', tts: 't' }, systemPrompt: 'be brief', maxTokens: 150 },
    onTurn: (report) => reports.push(report),
    postText: (text) => posted.push(text),
    ...change({ clock, fakes, llm, tts }),
  });

  const rig: ConversationRig = {
    ...{ clock, fakes, conversation, mouth, reports, posted, soundMs: [], connected: true },
    tell: (event) => listener(event),
    async talkOn(speakerId, ms) {
      const firstMs = clock.now();
      for (let at = 0; at < ms; at += 20) {
        packet(speakerId, tone(20));
        await clock.advance(20);
      }
      return { firstMs, lastMs: clock.now() - 20 };
    },
    async talk(speakerId, ms = 400) {
      const talk = await rig.talkOn(speakerId, ms);
      for (let i = 0; i < 5; i++) {
        packet(speakerId, new Int16Array(FRAME_SAMPLES));
        if (i === 0) listener({ type: 'talkEnded', speakerId, arrivedMs: clock.now() });
        await clock.advance(20);
      }
      return talk;
    },
    async nextReport() {
      const count = reports.length;
      await rig.untilReports(count + 1);
      return reports[count]!;
    },
    async untilReports(count) {
      for (let i = 0; i < 3_000 && reports.length < count; i++) await clock.advance(20);
      if (reports.length < count) throw new Error(`${count} turns have not finished within 60 s`);
    },
  };
  return rig;
}

const silentTail = new Int16Array((OPUS_DELAY_MS * SAMPLE_RATE) / 1000);
