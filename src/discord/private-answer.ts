/** One answer to a command that only the asker sees, and posts beside it that everyone sees. */
import { type ChatInputCommandInteraction, MessageFlags } from 'discord.js';
import { toParleyError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Answer } from './command.ts';

const MAX_CHARS = 2_000;
const WITHOUT_FILES =
  '\n-# Discord did not take the file that belongs here. Does my role have the permission Attach Files?';

/** Replied at once, or as the edit of a deferral that is under way; later answers edit. Nothing in it pings anybody. */
export class PrivateAnswer {
  readonly #interaction: ChatInputCommandInteraction;
  readonly #log: Log;
  #begun: Promise<unknown> | null = null;

  constructor(interaction: ChatInputCommandInteraction, log: Log) {
    this.#interaction = interaction;
    this.#log = log;
  }

  async defer(): Promise<void> {
    this.#begun ??= this.#interaction.deferReply({ flags: MessageFlags.Ephemeral });
    await this.#begun;
  }

  async reply(answer: Answer): Promise<void> {
    await this.#orWithoutFiles(answer, async (message) => {
      if (this.#begun !== null) {
        await this.#begun;
        await this.#interaction.editReply(message);
        return;
      }
      this.#begun = this.#interaction.reply({ ...message, flags: MessageFlags.Ephemeral });
      await this.#begun.catch((error: unknown) => {
        this.#begun = null;
        throw error;
      });
    });
  }

  /** Only after a private answer: Discord takes a first follow-up for the answer itself, and would keep it private. */
  async post(answer: Answer): Promise<void> {
    await this.#orWithoutFiles(answer, async (message) => {
      await this.#interaction.followUp(message);
    });
  }

  async #orWithoutFiles(answer: Answer, send: (message: Message) => Promise<void>): Promise<void> {
    try {
      await send(messageOf(answer));
    } catch (error) {
      if (!answer.files?.length) throw error;
      const failure = toParleyError(error, {
        code: 'FILE_REFUSED',
        remedy: 'Give the role of the agent the permission Attach Files.',
      });
      this.#log.warn({ command: this.#interaction.commandName, err: failure }, 'a file was refused');
      const text = `${cut(answer.text, MAX_CHARS - WITHOUT_FILES.length)}${WITHOUT_FILES}`;
      await send(messageOf({ text }));
    }
  }
}

type Message = ReturnType<typeof messageOf>;

const messageOf = ({ text, files = [] }: Answer) => ({
  content: cut(text, MAX_CHARS),
  files: files.map(({ name, data, description }) => ({
    ...{ name, attachment: Buffer.from(data.buffer, data.byteOffset, data.byteLength) },
    ...(description !== undefined && { description }),
  })),
  allowedMentions: { parse: [] },
});

const cut = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text;
