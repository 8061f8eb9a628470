/** The form of slash commands as a bot registers them: what Discord accepts, and what is kept of it. */
import { snowflake } from '../guild/snowflake.ts';
import { type Fields, fieldsOf, invalidForm } from './refusals.ts';

export const OPTION_TYPE = {
  subcommand: 1,
  subcommandGroup: 2,
  string: 3,
  integer: 4,
  boolean: 5,
  user: 6,
  channel: 7,
  role: 8,
  mentionable: 9,
  number: 10,
  attachment: 11,
} as const;

export interface OptionDefinition {
  name: string;
  type: number;
  required: boolean;
  options: OptionDefinition[];
  choices: { name: string; value: unknown }[] | null;
  channelTypes: number[] | null;
  /** The bot proposes values while they are typed. */
  autocomplete: boolean;
}

export interface RegisteredCommand {
  id: string;
  name: string;
  options: OptionDefinition[];
  /** Null for everyone. */
  defaultPermissions: bigint | null;
  /** Whether it can be used in direct messages with the bot. */
  inDirectMessages: boolean;
  json: Fields;
}

/** Options whose values a bot may propose. */
const COMPLETABLE: readonly number[] = [OPTION_TYPE.string, OPTION_TYPE.integer, OPTION_TYPE.number];
const NAME = /^[-_'\p{L}\p{N}]{1,32}$/u;
const MAX_OPTIONS = 25;
const MAX_CHOICES = 25;
const MAX_DESCRIPTION = 100;
const CONTEXT_BOT_DM = 1;

function readText(value: unknown, field: string, max: number): string {
  if (typeof value !== 'string' || value.length === 0 || value.length > max) {
    throw invalidForm(field, `Must be between 1 and ${max} in length.`);
  }
  return value;
}

function readName(value: unknown, field: string): string {
  const name = readText(value, field, 32);
  if (!NAME.test(name) || name !== name.toLowerCase()) throw invalidForm(field, 'Command name is invalid.');
  return name;
}

function readList(value: unknown, field: string, max: number): unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.length > max)
    throw invalidForm(field, `Must be a list of at most ${max}.`);
  return value;
}

function readOption(value: unknown, at: string): OptionDefinition {
  const option = fieldsOf(value, at);
  const type = Number(option.type);
  if (!Object.values(OPTION_TYPE).some((known) => known === type)) {
    throw invalidForm(`${at}.type`, 'Unknown type.');
  }
  readText(option.description, `${at}.description`, MAX_DESCRIPTION);
  const choices = readList(option.choices, `${at}.choices`, MAX_CHOICES).map((choice) => {
    const { name, value: chosen } = fieldsOf(choice, `${at}.choices`);
    return { name: readText(name, `${at}.choices.name`, 100), value: chosen };
  });
  const autocomplete = option.autocomplete === true;
  if (autocomplete && (choices.length > 0 || !COMPLETABLE.includes(type))) {
    throw invalidForm(`${at}.autocomplete`, 'Not for this type, nor together with choices.');
  }
  const channelTypes = readList(option.channel_types, `${at}.channel_types`, 20).map(Number);
  return {
    name: readName(option.name, `${at}.name`),
    type,
    required: option.required === true,
    options: readOptions(option.options, at),
    choices: choices.length > 0 ? choices : null,
    channelTypes: channelTypes.length > 0 ? channelTypes : null,
    autocomplete,
  };
}

function readOptions(value: unknown, at: string): OptionDefinition[] {
  const options = readList(value, `${at}.options`, MAX_OPTIONS).map((option, i) =>
    readOption(option, `${at}.options.${i}`),
  );
  const optional = options.findIndex(({ required }) => !required);
  if (optional !== -1 && options.slice(optional).some(({ required }) => required)) {
    throw invalidForm(`${at}.options`, 'Required options must be placed before non-required options.');
  }
  if (new Set(options.map(({ name }) => name)).size !== options.length) {
    throw invalidForm(`${at}.options`, 'Option names must be unique.');
  }
  return options;
}

/** Throws 50035 for a form that Discord refuses. `guildId` null means everywhere. */
export function readCommand(
  value: unknown,
  applicationId: string,
  guildId: string | null,
): RegisteredCommand {
  const body = fieldsOf(value);
  const type = body.type ?? 1;
  if (type !== 1) throw invalidForm('type', 'Only chat input commands are known here.');
  const name = readName(body.name, 'name');
  readText(body.description, 'description', MAX_DESCRIPTION);
  const permissions = body.default_member_permissions ?? null;
  const contexts = body.contexts ?? null;
  const allowed = Array.isArray(contexts) ? contexts.includes(CONTEXT_BOT_DM) : body.dm_permission !== false;
  const id = snowflake();
  return {
    id,
    name,
    options: readOptions(body.options, name),
    defaultPermissions: permissions === null ? null : BigInt(String(permissions)),
    inDirectMessages: guildId === null && allowed,
    json: {
      options: [],
      ...body,
      id,
      type,
      application_id: applicationId,
      version: snowflake(),
      ...(guildId === null ? {} : { guild_id: guildId }),
    },
  };
}
