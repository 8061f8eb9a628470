/** The program's synthetic person: sits in a voice channel, talks as long as the bot is there, and gives commands. */
import { readFile } from 'node:fs/promises';
import type { Loopback, Person } from '../index.ts';
import type { SlashCommand } from '../slash/slash.ts';
import type { ProgramOptions } from './options.ts';
import { readWav } from './wav.ts';

const NAME = 'Alice';
const READY_MS = 5000;
const TONE_MS = 1200;
const TONE_HZ = 440;
/** As long as a timer can run: 24 days. */
const FOR_EVER_MS = 2 ** 31 - 1;

/** A typed command: `/name [subcommand] [option=value ...]`; null when it is none. */
export function parseCommand(line: string): SlashCommand | null {
  const [name = '', ...words] = line.trim().replace(/^\//, '').split(/\s+/);
  if (name === '') return null;
  const [subcommand] = words.filter((word) => !word.includes('='));
  const options = words
    .filter((word) => word.includes('='))
    .map(
      (word) => [word.slice(0, word.indexOf('=')), readOption(word.slice(word.indexOf('=') + 1))] as const,
    );
  return { name, ...(subcommand === undefined ? {} : { subcommand }), options: Object.fromEntries(options) };
}

function readOption(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  // What is longer is an id.
  return /^-?\d{1,15}(\.\d+)?$/.test(text) ? Number(text) : text;
}

export class ProgramPerson {
  readonly #loopback: Loopback;
  readonly #person: Person;
  readonly #say: (text: string) => void;
  #stopped = false;

  private constructor(loopback: Loopback, person: Person, say: (text: string) => void) {
    this.#loopback = loopback;
    this.#person = person;
    this.#say = say;
  }

  /** Sits down in the first voice channel. Rejects when the WAV file cannot be read. */
  static async open(
    loopback: Loopback,
    options: ProgramOptions,
    say: (text: string) => void,
  ): Promise<ProgramPerson> {
    const { talk, everyMs, client, commands } = options;
    const speech = talk !== null && talk !== 'tone' ? readWav(await readFile(talk)) : null;
    const person = loopback.addPerson({ name: NAME, admin: true });
    await person.joinVoice(loopback.voiceChannelIds[0] ?? '');
    const self = new ProgramPerson(loopback, person, say);
    for (const command of commands) void self.#giveWhenKnown(command);
    if (speech) void self.#talk(everyMs, async () => await person.say(speech, { client }));
    else if (talk === 'tone') void self.#talk(everyMs, async () => await person.sendTone(TONE_MS, TONE_HZ));
    return self;
  }

  get name(): string {
    return this.#person.name;
  }

  /** Gives a command and says what came of it. */
  async give(line: string): Promise<void> {
    const command = parseCommand(line);
    if (!command) return;
    try {
      const { text, firstAnswerMs } = await this.#loopback.command(this.#person, command);
      this.#say(`${this.name}: ${line} -> ${text} (${Math.round(firstAnswerMs)} ms)`);
    } catch (error) {
      if (!this.#stopped)
        this.#say(`${this.name}: ${line} -> ${error instanceof Error ? error.message : error}`);
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  async #giveWhenKnown(line: string): Promise<void> {
    const name = parseCommand(line)?.name ?? '';
    const known = () => this.#loopback.commandNames().includes(name);
    if (await this.#until(known)) await this.give(line);
  }

  /** False when the loopback ends first. */
  async #until(predicate: () => boolean): Promise<boolean> {
    try {
      return await this.#loopback.waitFor('the bot', predicate, FOR_EVER_MS);
    } catch {
      return false;
    }
  }

  async #talk(everyMs: number, speak: () => Promise<unknown>): Promise<void> {
    const { name } = this;
    const botIsHere = () =>
      this.#person.channelId !== null && this.#loopback.botVoiceChannelId() === this.#person.channelId;
    while (!this.#stopped && (await this.#until(botIsHere))) {
      // Nobody begins before the other can hear him; a bot that never gets that far is spoken to all the same.
      await this.#loopback.botReady(READY_MS).catch(() => undefined);
      if (this.#stopped) return;
      this.#say(`${name} speaks`);
      await speak().catch((error: unknown) => {
        if (!this.#stopped) this.#say(`${name} broke off: ${String(error)}`);
      });
      // The log's timers end with the loopback, and so does this pause.
      await this.#loopback.waitFor('the next sentence', () => this.#stopped, everyMs).catch(() => undefined);
    }
  }
}
