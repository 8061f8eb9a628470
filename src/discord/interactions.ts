/** Slash commands from Discord to `commands/` and back: private answers, always within Discord's three seconds. */
import {
  type AutocompleteInteraction,
  type ChatInputCommandInteraction,
  type Client,
  Events,
  type Interaction,
} from 'discord.js';
import type { Clock } from '../base/clock.ts';
import { inWords, type ParleyError, toParleyError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { guildRefusal } from './allowed-guilds.ts';
import type { Command, CommandContext, CommandServices } from './command.ts';
import { PrivateAnswer } from './private-answer.ts';

export interface InteractionsOptions {
  client: Client<true>;
  clock: Clock;
  log: Log;
  commands: readonly Command[];
  /** Empty: every server. */
  allowedGuilds: readonly string[];
  /** For all commands. */
  services: CommandServices;
}

/** Discord gives up on a command after 3 s without an answer; the way there and back may take a second. */
const AUTO_DEFER_MS = 1_500;
const MOST_PROPOSALS = 25;

/** Answers commands until the returned function is called. */
export function serveInteractions(options: InteractionsOptions): () => void {
  const { client, commands, log } = options;
  const byName = new Map(commands.map((command) => [command.data.name, command]));
  const onInteraction = (interaction: Interaction) => {
    if (interaction.isAutocomplete())
      return void propose(options, byName.get(interaction.commandName), interaction);
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
  const answer = new PrivateAnswer(interaction, log);
  if (!command)
    return await answer.reply({
      text: 'I do not know this command any more. Restart Discord to refresh the list.',
    });
  const refusal = refusalOf(options, command, interaction);
  if (refusal) return await answer.reply({ text: inWords(refusal) });
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
    await answer.reply({ text: `${known ? failure.message : 'That did not work'}. ${failure.remedy}` });
  } finally {
    deferral.cancel();
  }
}

/** What the command proposes for the option that is being typed; an old or broken command proposes nothing. */
async function propose(
  options: InteractionsOptions,
  command: Command | undefined,
  interaction: AutocompleteInteraction,
): Promise<void> {
  const { log, services } = options;
  const failed = (error: unknown) =>
    log.warn({ command: interaction.commandName, err: error }, 'nothing could be proposed');
  let proposals: readonly string[] = [];
  try {
    const { name, value } = interaction.options.getFocused(true);
    const may = command && !refusalOf(options, command, interaction);
    if (may) proposals = (await command.complete?.({ option: name, text: value }, services)) ?? [];
  } catch (error) {
    failed(error);
  }
  const choices = proposals.slice(0, MOST_PROPOSALS).map((text) => ({ name: text, value: text }));
  await interaction.respond(choices).catch(failed);
}

const refusalOf = (
  { allowedGuilds }: InteractionsOptions,
  { everywhere }: Command,
  { guildId }: Interaction,
): ParleyError | null => (everywhere ? null : guildRefusal(guildId, allowedGuilds));

function contextOf(
  options: InteractionsOptions,
  interaction: ChatInputCommandInteraction,
  answer: PrivateAnswer,
): CommandContext {
  return {
    ...options.services,
    guildId: interaction.guildId,
    userId: interaction.user.id,
    subcommand: interaction.options.getSubcommand(false),
    option: (name) => {
      const value = interaction.options.get(name)?.value;
      return value === undefined ? null : String(value);
    },
    reply: (given) => answer.reply(typeof given === 'string' ? { text: given } : given),
    post: (given) => answer.post(given),
    defer: () => answer.defer(),
  };
}
