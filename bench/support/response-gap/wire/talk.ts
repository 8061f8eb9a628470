/** One conversation over sockets: the real ears' hearing, engine, drafts, answers and mouth, fed frame by frame. */
import type { Clock } from '../../../../src/base/clock.ts';
import { silentLog } from '../../../../src/base/log.ts';
import { Conversation, type TurnReport } from '../../../../src/conversation/conversation.ts';
import { renderNotices } from '../../../../src/conversation/notices.ts';
import type { Ears, EarsEvent } from '../../../../src/conversation/ports.ts';
import { DiscordMouth } from '../../../../src/discord/mouth/mouth.ts';
import { TURN_DEFAULTS } from '../../../../src/turn/defaults.ts';
import { PATIENCE } from '../parley.ts';
import type { ProfileName } from '../profiles.ts';
import { type ScriptedTurn, wordsOf } from '../script.ts';
import type { TurnDraws } from '../turn-draws.ts';
import { ScriptedDetector } from './scripted-detector.ts';
import { spokenFrames } from './spoken-frames.ts';
import { openVendors, type WireVendors } from './vendors.ts';

/** What became of one turn; each is one of these. */
export type WireTurn =
  /** From the packet with the last voiced frame to the first audible frame of the answer to it. */
  | { outcome: 'answered'; gapMs: number }
  | { outcome: 'unanswered'; reason: string }
  /** Neither, which is a defect: with what is needed to find it. */
  | { outcome: 'missed'; seen: Seen };

/** What happened in the bot while the answer to one turn was waited for. */
export interface Seen {
  said: string;
  /** When the first frame came, on the clock of all that follows. */
  startMs: number;
  reports: readonly TurnReport[];
  /** What the engine was told. */
  events: readonly string[];
}

const SPEAKER = { id: 'ann', name: 'Ann' };
/** The longest answer, and the longest wait for one. */
const REPORT_WITHIN_MS = 20_000;
/** Longer than an echo is waited for. */
const QUIET_MS = 1_000;

export class WireTalk {
  readonly #clock: Clock;
  readonly #vendors: WireVendors;
  readonly #detector: ScriptedDetector;
  #reports: TurnReport[] = [];
  #events: string[] = [];
  #conversation: Conversation | null = null;
  #mouth: DiscordMouth;
  #tell: (event: EarsEvent) => void = () => undefined;
  #reported: () => void = () => undefined;
  /** Packets that left. */
  packets = 0;

  private constructor(clock: Clock, vendors: WireVendors) {
    this.#clock = clock;
    this.#vendors = vendors;
    this.#detector = new ScriptedDetector();
    this.#mouth = new DiscordMouth(clock, {
      ready: () => true,
      send: () => {
        this.packets += 1;
      },
      setSpeaking() {},
    });
  }

  static async open(profile: ProfileName, clock: Clock): Promise<WireTalk> {
    const talk = new WireTalk(clock, await openVendors(profile, clock));
    await talk.#begin();
    return talk;
  }

  /** Says the turn at the pace of time, and waits until its answer was spoken. */
  async say(turn: ScriptedTurn, draws: TurnDraws): Promise<WireTurn> {
    this.#vendors.take(turn, draws);
    this.#reports = [];
    this.#events = [];
    const startMs = this.#clock.now();
    this.#detector.take(turn, draws);
    let lastVoicedMs = startMs;
    const lastAtMs = turn.segments.at(-1)!.endMs;
    for (const { atMs, pcm } of spokenFrames(turn)) {
      await this.#until(startMs + atMs);
      const at = { speakerId: SPEAKER.id, arrivedMs: this.#clock.now() };
      if (atMs < lastAtMs + 1) lastVoicedMs = at.arrivedMs;
      this.#detector.next(atMs);
      this.#tell(pcm ? { type: 'frame', ...at, pcm, concealed: false } : { type: 'talkEnded', ...at });
    }
    const lastWord = wordsOf(turn).at(-1)!.text;
    const answer = await this.#reportOf(({ transcript }) => transcript.endsWith(lastWord));
    await this.#until(this.#clock.now() + QUIET_MS);
    const { audible, marks } = answer?.record ?? { audible: null, marks: {} };
    if (audible === 'answer' && marks.firstAudibleOut !== undefined)
      return { outcome: 'answered', gapMs: marks.firstAudibleOut - lastVoicedMs };
    const reason = (answer ?? this.#reports.at(-1))?.record.reason;
    if (reason) return { outcome: 'unanswered', reason };
    const said = wordsOf(turn).map(({ text }) => text);
    const seen = { said: said.join(' '), startMs, reports: this.#reports, events: this.#events };
    return { outcome: 'missed', seen };
  }

  async close(): Promise<void> {
    this.#conversation?.close();
    this.#mouth.close();
    await this.#vendors.close();
  }

  async #begin(): Promise<void> {
    const { stt, llm, tts } = this.#vendors.connections;
    const clock = this.#clock;
    const ears: Ears = {
      listen: (listener) => {
        this.#tell = listener;
        return () => {
          this.#tell = () => undefined;
        };
      },
      nameOf: () => SPEAKER.name,
      people: () => [SPEAKER],
    };
    const notices = await renderNotices(tts, clock, silentLog);
    this.#conversation = new Conversation({
      ...{ clock, nowUnixMs: Date.now, log: silentLog, guildId: 'guild', channelId: 'channel' },
      ...{ ears, mouth: this.#mouth, vad: this.#detector.pool, stt, llm, tts, notices },
      ...{ providerNames: { stt: 's', llm: 'l', tts: 't' }, systemPrompt: 'Be brief.', maxTokens: 150 },
      turnOptions: { ...TURN_DEFAULTS, ...PATIENCE, earlyCommit: true },
      onTurn: (report) => {
        this.#reports.push(report);
        this.#reported();
      },
      record: (line) => this.#events.push(line),
      postText() {},
    });
  }

  /** The first report that fits; undefined when none comes in time. */
  async #reportOf(fits: (report: TurnReport) => boolean): Promise<TurnReport | undefined> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const deadline = this.#clock.setTimer(REPORT_WITHIN_MS, resolve);
    this.#reported = () => {
      if (this.#reports.some(fits)) resolve();
    };
    this.#reported();
    await promise;
    deadline.cancel();
    return this.#reports.find(fits);
  }

  async #until(dueMs: number): Promise<void> {
    const leftMs = dueMs - this.#clock.now();
    if (leftMs > 0) await new Promise<void>((resolve) => this.#clock.setTimer(leftMs, resolve));
  }
}
