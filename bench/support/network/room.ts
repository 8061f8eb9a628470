/**
 * People who talk with the agent over a bad network, in virtual time: the loopback's clients and network model, the real
 * receiver and ears, detector, recogniser and conversation. Only what the agent answers is made up.
 */
import { silentLog } from '../../../src/base/log.ts';
import { Conversation, type TurnReport } from '../../../src/conversation/conversation.ts';
import { renderNotices } from '../../../src/conversation/notices.ts';
import type { Ears } from '../../../src/conversation/ports.ts';
import type { ReceiveCounters } from '../../../src/discord/ears/counters.ts';
import { DiscordMouth } from '../../../src/discord/mouth/mouth.ts';
import { type OpusCodec, openOpus, SILENCE_FRAME } from '../../../src/loopback/opus.ts';
import { type ClientKind, type Pause, planSpeech } from '../../../src/loopback/person/script.ts';
import { type NetworkFaults, NetworkModel } from '../../../src/loopback/voice/network-model.ts';
import type { SttConnection } from '../../../src/providers/stt/stt.ts';
import { createEmbeddedSilero } from '../../../src/providers/vad/embedded-silero.ts';
import { fakeProviders } from '../../../test/support/fake-providers.ts';
import { seededRandom } from '../../../test/support/random.ts';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import { Sender, Wire } from '../../../test/support/wire.ts';

export interface Speech {
  speaker: string;
  client: ClientKind;
  /** 16 kHz mono, with silences to be put into it. */
  pcm: Int16Array;
  pauses: readonly Pause[];
}

/** What the network and the ears did to packets. */
export interface Traffic {
  sent: number;
  /** Never arrived. */
  lost: number;
  /** Frames that the decoder guessed. */
  concealed: number;
  /** For each other frame, how long its packet waited for those before it. */
  frameDelaysMs: number[];
}

interface Talker {
  sender: Sender;
  opus: OpusCodec;
  network: NetworkModel<Buffer>;
}

const FRAME_MS = 20;
/** After this long without a turn's end there is no further one: an unfinished phrase is given 1.4 s. */
const QUIET_MS = 2_000;
const TURN_DEADLINE_MS = 10_000;

export class NetworkRoom {
  readonly traffic: Traffic = { sent: 0, lost: 0, concealed: 0, frameDelaysMs: [] };
  readonly #clock = new VirtualClock();
  readonly #wire = new Wire(this.#clock);
  readonly #talkers = new Map<string, Talker>();
  readonly #reports: TurnReport[] = [];
  /** Apart, so that people say the same over any network. */
  readonly #clientChance: () => number;
  readonly #networkChance: () => number;
  readonly #faults: NetworkFaults;
  #close = () => this.#wire.close();

  /** @param seed of the network's and the clients' chance. */
  constructor(faults: NetworkFaults, seed: number) {
    this.#faults = faults;
    this.#clientChance = seededRandom(seed);
    this.#networkChance = seededRandom(seed + 1);
  }

  /** Bad packets by cause. */
  get counters(): ReceiveCounters {
    return this.#wire.counters;
  }

  async open(stt: SttConnection): Promise<void> {
    const clock = this.#clock;
    const fakes = fakeProviders();
    const { signal } = new AbortController();
    const [llm, tts] = await Promise.all([fakes.llm.connect(signal), fakes.tts.connect(signal)]);
    const vad = await createEmbeddedSilero({ clock, log: silentLog }).load();
    const mouth = new DiscordMouth(clock, { ready: () => true, send() {}, setSpeaking() {} });
    const conversation = new Conversation({
      ...{ clock, nowUnixMs: () => 0, log: silentLog, guildId: 'guild', channelId: 'channel' },
      ...{ ears: this.#watchedEars(), mouth, vad, stt, llm, tts },
      ...{ notices: await renderNotices(tts, clock, silentLog), systemPrompt: '', maxTokens: 150 },
      providerNames: { stt: 'embedded', llm: fakes.llm.name, tts: fakes.tts.name },
      onTurn: (report) => this.#reports.push(report),
      postText() {},
    });
    this.#close = () => {
      conversation.close();
      mouth.close();
      this.#wire.close();
      vad.close();
      for (const { opus } of this.#talkers.values()) opus.close();
    };
  }

  /** Says it at the pace of virtual time; resolves with the turns that it became, once there are no more to come. */
  async say({ speaker, client, pcm, pauses }: Speech): Promise<readonly TurnReport[]> {
    const before = this.#reports.length;
    const { sender, opus, network } = this.#talker(speaker);
    for (const { kind, pcm: frame } of planSpeech(pcm, client, pauses, this.#clientChance)) {
      if (kind !== 'nothing') {
        const payload = kind === 'audio' ? opus.encode(frame) : SILENCE_FRAME;
        this.traffic.sent += 1;
        network.carry(this.#wire.key.seal(sender.frame(payload)), (packet) => this.#wire.put(packet));
      }
      await this.#clock.advance(FRAME_MS);
    }
    let count = before;
    for (let quietMs = 0; quietMs < (count > before ? QUIET_MS : TURN_DEADLINE_MS); quietMs += FRAME_MS) {
      if (this.#reports.length > count) quietMs = 0;
      count = this.#reports.length;
      await this.#clock.advance(FRAME_MS);
    }
    return this.#reports.slice(before);
  }

  close(): void {
    this.#close();
  }

  #talker(name: string): Talker {
    const known = this.#talkers.get(name);
    if (known) return known;
    const { traffic } = this;
    const sender = new Sender(1_000 + this.#talkers.size, Math.floor(this.#clientChance() * 0x10000));
    const network = new NetworkModel<Buffer>({
      ...{ faults: this.#faults, random: this.#networkChance, now: () => this.#clock.now() },
      timers: {
        after: (ms, fn) => {
          const timer = this.#clock.setTimer(ms, fn);
          return () => timer.cancel();
        },
      },
      damage: (packet) => packet,
      onDrop: () => {
        traffic.lost += 1;
      },
    });
    const talker = { sender, opus: openOpus(), network };
    this.#wire.announce(name, sender.ssrc);
    this.#talkers.set(name, talker);
    return talker;
  }

  /** The ears as they are, with their frames counted. */
  #watchedEars(): Ears {
    const { ears } = this.#wire;
    return {
      nameOf: (speakerId) => ears.nameOf(speakerId),
      people: () => ears.people(),
      listen: (listener) =>
        ears.listen((event) => {
          if (event.type === 'frame' && event.concealed) this.traffic.concealed += 1;
          else if (event.type === 'frame' && event.releasedMs !== undefined) {
            this.traffic.frameDelaysMs.push(event.releasedMs - event.arrivedMs);
          }
          listener(event);
        }),
    };
  }
}
