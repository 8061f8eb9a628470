/** A random conversation: people who ask, pause, talk over the agent and to each other, come, go and fall silent. */
import { TURN_DEFAULTS, type TurnOptions } from '../turn/defaults.ts';
import type { Person } from '../turn/types.ts';
import { Chance } from './chance.ts';
import { waitsWithoutDeadline } from './invariants/waits.ts';
import { ASIDES, BACKCHANNELS, COMPLETE_PHRASES, OPEN_PHRASES, WAIT_PHRASES } from './phrases.ts';
import { RandomDraws } from './random-draws.ts';
import { Room } from './room.ts';
import { FRAME_MS, type Sound, spoken, type Utterance } from './script.ts';

const NAMES = ['Ann', 'Ben', 'Eve', 'Joe', 'Kim', 'Lea', 'Max', 'Zoe'];
const PEOPLE: readonly Person[] = NAMES.map((name) => ({ id: name.toLowerCase(), name }));
/** Between voiced frames in the middle of a sound. */
const VOICED_STEP_MS = 40;
/** Everybody has been silent for long enough by then: the longest answers, notices and waits are over. */
export const REST_WITHIN_MS = 100_000;

export interface Talk {
  seed: number;
  room: Room;
  draws: RandomDraws;
  turn: TurnOptions;
  /** When the last thing happened that somebody else than the agent did. */
  lastActMs: number;
  /** Nothing is left to happen. */
  rested: boolean;
  /** Waits without a deadline, as they were seen. */
  waits: readonly string[];
}

/** Plays the conversation of this seed to its end. */
export function playRandomTalk(seed: number): Talk {
  return new RandomTalk(seed).play();
}

class RandomTalk {
  readonly #chance: Chance;
  readonly #draws: RandomDraws;
  readonly #turn: TurnOptions;
  readonly #room: Room;
  readonly #people: readonly Person[];
  /** What people will still say because of what they hear. */
  #reactionsLeft = 6;
  #words = 0;
  readonly #waits: string[] = [];
  #lastActMs = 0;

  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
    const chance = new Chance(seed);
    this.#chance = chance;
    this.#draws = new RandomDraws(chance, chance.pick([0, 0.3, 1, 1, 3]));
    this.#turn = {
      ...TURN_DEFAULTS,
      earlyCommit: chance.is(0.5),
      speculation: chance.pick(['off', 'llm', 'llm+tts', 'llm+tts'] as const),
      addressing: chance.pick(['always', 'auto', 'auto'] as const),
    };
    this.#people = PEOPLE.slice(0, chance.is(0.4) ? 1 : chance.int(2, PEOPLE.length));
    this.#room = new Room({
      ...{ turn: this.#turn, draws: this.#draws, voicedStepMs: VOICED_STEP_MS },
      onAudible: (turnId) => this.#react(turnId),
      onStep: (room) => this.#waits.push(...waitsWithoutDeadline(room, this.#turn)),
    });
  }

  play(): Talk {
    const { schedule } = this.#room;
    for (const person of this.#people) this.#room.join(person);
    let atMs = 500;
    for (let i = this.#chance.int(3, 10); i > 0; i--) {
      this.#act(atMs, () => this.#begin());
      atMs += this.#chance.is(0.3) ? this.#chance.between(0, 1_500) : this.#chance.between(2_000, 9_000);
    }
    schedule.run(atMs);
    while (
      schedule.run(this.#lastActMs + REST_WITHIN_MS) &&
      schedule.nowMs < this.#lastActMs + REST_WITHIN_MS
    );
    const rested = !schedule.run(schedule.nowMs);
    const waits = this.#waits;
    return {
      seed: this.#seed,
      room: this.#room,
      draws: this.#draws,
      turn: this.#turn,
      lastActMs: this.#lastActMs,
      rested,
      waits,
    };
  }

  #act(atMs: number, run: () => void): void {
    this.#room.schedule.at(atMs, () => {
      this.#lastActMs = Math.max(this.#lastActMs, this.#room.nowMs);
      run();
    });
  }

  /** Somebody begins something. */
  #begin(): void {
    const chance = this.#chance;
    const { id } = chance.pick(this.#people);
    if (chance.is(0.05)) return this.#leave(id);
    this.#say(id, this.#utterance(id));
  }

  #leave(id: string): void {
    const stays = this.#chance.is(0.5);
    this.#room.leave(id, stays);
    const person = this.#people.find((one) => one.id === id)!;
    if (!stays && this.#chance.is(0.7)) {
      this.#act(this.#room.nowMs + this.#chance.between(500, 5_000), () => this.#room.join(person));
    }
    if (this.#chance.is(0.3)) this.#room.tell({ type: 'forget', speakerId: id, atMs: this.#room.nowMs });
  }

  #say(id: string, sounds: readonly Sound[]): void {
    const chance = this.#chance;
    const client = id < 'f' ? 'voiceActivity' : 'pushToTalk';
    const trailingMs = chance.is(0.05) ? null : client === 'pushToTalk' ? 60 : 200;
    const utterance: Utterance = { sounds, client, trailingMs };
    const endMs = this.#room.say(id, utterance);
    this.#lastActMs = Math.max(this.#lastActMs, endMs);
    // Some leave in the middle of a word.
    if (chance.is(0.02)) {
      this.#act(chance.between(this.#room.nowMs, endMs), () => this.#leave(id));
    }
  }

  #utterance(id: string): Sound[] {
    const chance = this.#chance;
    const kind = chance.int(1, 20);
    if (kind === 1) return [this.#noise()];
    if (kind === 2) return [this.#sound(chance.pick(BACKCHANNELS))];
    if (kind === 3)
      return [this.#sound(chance.pick(WAIT_PHRASES)), this.#complete(chance.between(500, 5_000))];
    if (kind <= 5 && this.#people.length > 1) return [this.#sound(this.#aside(id))];
    if (kind <= 7) return [this.#complete(), this.#complete(chance.between(80, 2_500))];
    if (kind <= 11)
      return [this.#sound(chance.pick(OPEN_PHRASES)), this.#complete(chance.between(80, 2_500))];
    if (kind === 12) return [this.#sound(chance.pick(OPEN_PHRASES))];
    if (kind === 13) return [this.#noise(), this.#complete(chance.between(100, 600))];
    return [this.#complete()];
  }

  /** Somebody hears the agent, and sounds. */
  #react(turnId: number): void {
    const chance = this.#chance;
    if (this.#reactionsLeft === 0 || chance.is(0.45)) return;
    this.#reactionsLeft -= 1;
    const floor = this.#room.state.floor;
    const addressee = floor.phase === 'free' ? null : floor.turn.speakerId;
    const id = addressee && chance.is(0.75) ? addressee : chance.pick(this.#people).id;
    this.#act(this.#room.nowMs + chance.tail(20, 900), () => {
      const kind = chance.int(1, 10);
      if (kind <= 3) return this.#say(id, [this.#sound(chance.pick(BACKCHANNELS))]);
      if (kind <= 5) return this.#say(id, [this.#noise()]);
      if (kind <= 6) return this.#say(id, [this.#echo(turnId)]);
      if (kind <= 7) return this.#say(id, [this.#noise(), this.#noise()]);
      this.#say(id, this.#utterance(id));
    });
  }

  /** What the agent says, out of a loudspeaker into a microphone. */
  #echo(turnId: number): Sound {
    const draft = this.#room.recording.drafts.find((one) => one.turnId === turnId);
    const words = draft?.text.split(' ') ?? [];
    const from = this.#chance.int(0, Math.max(0, words.length - 4));
    return spoken(words.slice(from, from + this.#chance.int(3, 8)).join(' ') || 'mhm');
  }

  #aside(id: string): string {
    const others = this.#people.filter((person) => person.id !== id);
    return `${this.#chance.pick(others).name} ${this.#chance.pick(ASIDES)}`;
  }

  #complete(pauseMs = 0): Sound {
    return this.#sound(this.#chance.pick(COMPLETE_PHRASES), pauseMs);
  }

  #noise(): Sound {
    const voicedMs = this.#chance.int(1, 30) * FRAME_MS;
    return { pauseMs: this.#chance.between(0, 400), voicedMs, words: [] };
  }

  #sound(phrase: string, pauseMs = 0): Sound {
    this.#words += 1;
    return spoken(phrase.replace('#', `word${this.#words}`), pauseMs, this.#chance.between(90, 220));
  }
}
