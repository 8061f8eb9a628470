/** One person's sounds as the agent's ears dates them: onsets, confirmed speech, voiced frames, the end of talk. */
import type { TurnEvent } from '../turn/types.ts';
import type { DrawFor, Draws } from './draws.ts';
import { Recogniser, type ToldFinal } from './recogniser.ts';
import type { Schedule, Task } from './schedule.ts';
import { FRAME_MS, laidOut, type Sound, type Utterance } from './script.ts';

/** One utterance as it happened. Instants are null until they are known. */
export interface SaidUtterance {
  speakerId: string;
  /** Counts the speaker's utterances. */
  index: number;
  utterance: Utterance;
  startMs: number;
  /** Of its last word; of its last sound when it has none. */
  lastVoicedMs: number;
  /** When speech was first confirmed in it. */
  confirmedMs: number | null;
  /** The speaker left in the middle. */
  cutShort: boolean;
}

export interface SpeakerOptions {
  speakerId: string;
  schedule: Schedule;
  draws: Draws;
  /**
   * Between voiced frames that nothing depends on, in ms: 20 tells every frame. Less than 60, which is taken for a pause.
   */
  voicedStepMs: number;
  tell(event: TurnEvent): void;
  onFinal(told: ToldFinal): void;
}

/** A sound that is not confirmed within this time was no speech. */
const CONFIRM_WITHIN_MS = 200;
/** Within this time of a sound's start every frame is told: the rules of turn-taking look at no longer stretch. */
const EVERY_FRAME_MS = 260;

export class Speaker {
  readonly recogniser: Recogniser;
  readonly said: SaidUtterance[] = [];
  readonly #options: SpeakerOptions;
  #tasks: Task[] = [];
  #busyUntilMs = 0;
  /** The detector holds speech for confirmed up to this instant. */
  #confirmedUntilMs = Number.NEGATIVE_INFINITY;
  /** An onset that may yet be confirmed: sounds soon after it are the same one. */
  #onsetMs = Number.NEGATIVE_INFINITY;

  constructor(options: SpeakerOptions) {
    this.#options = options;
    this.recogniser = new Recogniser({ ...options, utterance: () => Math.max(0, this.said.length - 1) });
  }

  /** Nobody says two things at once: when the speaker still talks, it is said 300 ms after that. */
  say(utterance: Utterance): { said: SaidUtterance; endMs: number } {
    const { schedule, speakerId } = this.#options;
    const now = schedule.nowMs;
    const startMs = this.#busyUntilMs > now ? this.#busyUntilMs + 300 : now;
    const sounds = laidOut(utterance, startMs);
    const lastSoundMs = sounds.at(-1)!.lastMs;
    const said: SaidUtterance = {
      ...{ speakerId, index: this.said.length, utterance, startMs, confirmedMs: null, cutShort: false },
      lastVoicedMs: (sounds.findLast(({ sound }) => sound.words.length > 0) ?? sounds.at(-1)!).lastMs,
    };
    this.#busyUntilMs = lastSoundMs;
    this.#tasks = this.#tasks.filter((task) => !task.cancelled && task.dueMs >= now);
    this.#at(startMs, () => this.said.push(said));
    let wordIndex = 0;
    for (const [i, { sound, firstMs, lastMs }] of sounds.entries()) {
      const from = wordIndex;
      wordIndex += sound.words.length;
      this.#at(firstMs, () => this.#begin(said, { sound, firstMs, lastMs }, i, from));
      const nextMs = sounds[i + 1]?.firstMs ?? null;
      this.#planEndOfTalk(utterance, lastMs, nextMs);
    }
    return { said, endMs: lastSoundMs };
  }

  /** Goes silent in the middle of whatever is being said. */
  fallSilent(): void {
    for (const task of this.#tasks) task.cancelled = true;
    this.#tasks = [];
    const { schedule } = this.#options;
    if (this.#busyUntilMs > schedule.nowMs) {
      const last = this.said.at(-1);
      if (last) last.cutShort = true;
    }
    this.#busyUntilMs = schedule.nowMs;
    this.#confirmedUntilMs = Number.NEGATIVE_INFINITY;
  }

  /** A key is released once, at the end; a voice gate closes in every pause that is long enough. */
  #planEndOfTalk({ client, trailingMs }: Utterance, lastMs: number, nextMs: number | null): void {
    const { speakerId, schedule, tell } = this.#options;
    if (trailingMs === null) return;
    const endMs = lastMs + trailingMs;
    if (nextMs !== null && (client === 'pushToTalk' || nextMs <= endMs)) return;
    this.#at(endMs, () => tell({ type: 'talkEnded', speakerId, atMs: schedule.nowMs }));
  }

  #begin(
    said: SaidUtterance,
    { sound, firstMs, lastMs }: { sound: Sound; firstMs: number; lastMs: number },
    index: number,
    wordIndex: number,
  ): void {
    const { speakerId, draws, tell } = this.#options;
    const of = { speakerId, utterance: said.index, nth: index };
    this.#speakWords(sound, of, firstMs, wordIndex);
    const offMs = draws.vadOffMs(of);
    if (firstMs <= this.#confirmedUntilMs) return this.#voice(of, firstMs, firstMs, lastMs, offMs);
    if (firstMs - this.#onsetMs > CONFIRM_WITHIN_MS) {
      this.#onsetMs = firstMs;
      tell({ type: 'onset', speakerId, atMs: firstMs });
    }
    const onMs = draws.vadOnMs(of);
    if (onMs === null) return;
    const confirmedMs = firstMs + Math.ceil(onMs / FRAME_MS) * FRAME_MS;
    // The detector may confirm a short sound when it is over already.
    if (confirmedMs > lastMs + offMs) return;
    this.#at(confirmedMs, () => {
      said.confirmedMs ??= confirmedMs;
      this.#onsetMs = Number.NEGATIVE_INFINITY;
      tell({ type: 'speechStarted', speakerId, atMs: confirmedMs, startedMs: firstMs });
      const voicedMs = Math.min(confirmedMs, lastMs);
      tell({ type: 'voiced', speakerId, atMs: confirmedMs, voicedMs });
      this.#confirmedUntilMs = Math.max(confirmedMs, lastMs) + offMs;
      this.#voice(of, firstMs, confirmedMs + FRAME_MS, lastMs, offMs);
    });
  }

  /** The voiced frames from `atMs` on: all near the start, few in the middle, the last but one and the last. */
  #voice(of: DrawFor, firstMs: number, atMs: number, lastMs: number, offMs: number): void {
    if (atMs > lastMs) return;
    this.#confirmedUntilMs = lastMs + offMs;
    const { draws, speakerId, tell, voicedStepMs } = this.#options;
    this.#at(atMs, () => {
      if (!draws.frameLost(of)) tell({ type: 'voiced', speakerId, atMs, voicedMs: atMs });
      const stepMs = atMs - firstMs < EVERY_FRAME_MS ? FRAME_MS : voicedStepMs;
      const lastButOneMs = lastMs - FRAME_MS;
      const nextMs = atMs < lastButOneMs ? Math.min(atMs + stepMs, lastButOneMs) : atMs + FRAME_MS;
      this.#voice(of, firstMs, nextMs, lastMs, offMs);
    });
  }

  #speakWords(sound: Sound, of: DrawFor, firstMs: number, wordIndex: number): void {
    const { words, voicedMs } = sound;
    for (const [i, word] of words.entries()) {
      const endMs = firstMs + (voicedMs * (i + 1)) / words.length;
      this.#at(endMs, () => this.recogniser.hear(word, { ...of, nth: wordIndex + i }));
    }
  }

  #at(dueMs: number, run: () => void): void {
    this.#tasks.push(this.#options.schedule.at(dueMs, run));
  }
}
