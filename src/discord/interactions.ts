/** Slash commands from Discord to `commands/` and back: private answers, always within Discord's three seconds. */
import {
  type ChatInputCommandInteraction,
  type Client,
  Events,
  type Interaction,
  MessageFlags,
} from 'discord.js';
import type { Clock } from '../base/clock.ts';
import { toParleyError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type {
  Command,
  CommandConsent,
  CommandContext,
  CommandSpend,
  CommandTurns,
  CommandVoice,
} from './command.ts';

export interface InteractionsOptions {
  client: Client<true>;
  clock: Clock;
  log: Log;
  commands: readonly Command[];
  voice: CommandVoice;
  turns: CommandTurns;
  consent: CommandConsent;
  spend: CommandSpend;
  budgetMs: number;
}

/** Discord gives up on a command after 3 s without an answer; the way there and back may take a second. */
const AUTO_DEFER_MS = 1_500;
const MAX_CHARS = 2_000;

/** Answers commands until the returned function is called. */
export function serveInteractions(options: InteractionsOptions): () => void {
  const { client, commands, log } = options;
  const byName = new Map(commands.map((command) => [command.data.name, command]));
  const onInteraction = (interaction: Interaction) => {
    if (!interaction.isChatInputCommand()) return;
    const command = byName.get(interaction.commandName);
    serve(options, command, interaction).catch((error) =>
      log.error({ command: interaction.commandName, err: error }, 'command could not be answered'),
    );
  };
  client.on(Events.InteractionCreate, onInteraction);
  return () => client.off(Events.InteractionCreate, onInteraction);
}

async function serve(
  options: InteractionsOptions,
  command: Command | undefined,
  interaction: ChatInputCommandInteraction,
): Promise<void> {
  const { clock, log } = options;
  const answer = new PrivateAnswer(interaction);
  if (!command)
    return await answer.reply('I do not know this command any more. Restart Discord to refresh the list.');
  const deferral = clock.setTimer(AUTO_DEFER_MS, () => {
    answer.defer().catch((error) => log.error({ err: error }, 'command could not be deferred'));
  });
  try {
    await command.run(contextOf(options, interaction, answer));
  } catch (error) {
    const failure = toParleyError(error, {
      code: 'COMMAND_FAILED',
      remedy: 'Try again; if it stays, the person who runs me finds the reason in the log.',
    });
    log.warn({ command: interaction.commandName, code: failure.code, err: failure }, 'command failed');
    const known = failure === error;
    await answer.reply(`${known ? failure.message : 'That did not work'}. ${failure.remedy}`);
  } finally {
    deferral.cancel();
  }
}

/** One answer that only the asker sees: replied at once, or as the edit of a deferral that is under way. */
class PrivateAnswer {
  readonly #interaction: ChatInputCommandInteraction;
  #begun: Promise<'deferred' | 'replied'> | null = null;

  constructor(interaction: ChatInputCommandInteraction) {
    this.#interaction = interaction;
  }

  async defer(): Promise<void> {
    this.#begun ??= this.#interaction.deferReply({ flags: MessageFlags.Ephemeral }).then(() => 'deferred');
    await this.#begun;
  }

  async reply(text: string): Promise<void> {
    const content = text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS - 1)}…` : text;
    const begun = this.#begun;
    if (begun !== null) {
      await begun;
      await this.#interaction.editReply({ content });
      return;
    }
    this.#begun = this.#interaction.reply({ content, flags: MessageFlags.Ephemeral }).then(() => 'replied');
    await this.#begun;
  }
}

function contextOf(
  options: InteractionsOptions,
  interaction: ChatInputCommandInteraction,
  answer: PrivateAnswer,
): CommandContext {
  const { voice, turns, consent, spend, budgetMs } = options;
  return {
    guildId: interaction.guildId,
    userId: interaction.user.id,
    subcommand: interaction.options.getSubcommand(false),
    option: (name) => {
      const value = interaction.options.get(name)?.value;
      return value === undefined ? null : String(value);
    },
    reply: (text) => answer.reply(text),
    defer: () => answer.defer(),
    ...{ voice, turns, consent, spend, budgetMs },
  };
}
