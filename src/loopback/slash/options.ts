/** The options of an invoked command: checked against its definition, with the channels and users they name resolved. */
import type { Guild } from '../guild/guild.ts';
import { channelJson, memberJson } from '../guild/json.ts';
import { OPTION_TYPE, type OptionDefinition, type RegisteredCommand } from '../rest/command-form.ts';

export type OptionValue = string | number | boolean;

export interface OptionsInput {
  /** Null in a direct message, where no channel or user can be chosen. */
  guild: Guild | null;
  invokerId: string;
  registered: RegisteredCommand;
  /** The option that is being typed; null when the command is sent. */
  focused: string | null;
}

type Resolved = Record<string, Record<string, unknown>>;

/** `options` and `resolved` of INTERACTION_CREATE. Throws what Discord's client would not let a member send. */
export function buildOptions(
  input: OptionsInput,
  subcommand: string | null,
  given: Readonly<Record<string, OptionValue>>,
): { options: unknown[]; resolved: Resolved } {
  const { name, options: definitions } = input.registered;
  const resolved: Resolved = {};
  if (subcommand === null)
    return { options: fill(input, `/${name}`, definitions, given, resolved), resolved };
  const definition = definitions.find((d) => d.type === OPTION_TYPE.subcommand && d.name === subcommand);
  if (!definition) throw new Error(`/${name} has no subcommand ${subcommand}`);
  const options = fill(input, `/${name} ${subcommand}`, definition.options, given, resolved);
  return { options: [{ name: subcommand, type: OPTION_TYPE.subcommand, options }], resolved };
}

function fill(
  input: OptionsInput,
  command: string,
  definitions: readonly OptionDefinition[],
  given: Readonly<Record<string, OptionValue>>,
  resolved: Resolved,
): unknown[] {
  if (definitions.some(({ type }) => type === OPTION_TYPE.subcommand)) {
    throw new Error(`${command} needs a subcommand`);
  }
  const { focused } = input;
  if (focused !== null && !definitions.some(({ name, autocomplete }) => name === focused && autocomplete)) {
    throw new Error(`${command} has no option ${focused} with autocomplete`);
  }
  const stranger = Object.keys(given).find((name) => !definitions.some((d) => d.name === name));
  if (stranger !== undefined) throw new Error(`${command} has no option ${stranger}`);
  return definitions.flatMap((definition) => {
    const { name, type, required } = definition;
    if (name === focused) return [{ name, type, value: String(given[name] ?? ''), focused: true }];
    const value = given[name];
    if (value === undefined) {
      // While somebody types, the rest may be missing.
      if (required && focused === null) throw new Error(`${command} needs the option ${name}`);
      return [];
    }
    check(definition, value, command);
    if (type === OPTION_TYPE.channel) resolveChannel(input, definition, String(value), resolved);
    if (type === OPTION_TYPE.user) resolveUser(input, String(value), resolved);
    return [{ name, type, value }];
  });
}

function check({ name, type, choices }: OptionDefinition, value: OptionValue, command: string): void {
  const numeric = type === OPTION_TYPE.integer || type === OPTION_TYPE.number;
  const wanted = numeric ? 'number' : type === OPTION_TYPE.boolean ? 'boolean' : 'string';
  if (typeof value !== wanted) throw new Error(`${command}: the option ${name} takes a ${wanted}`);
  if (choices && !choices.some((choice) => choice.value === value)) {
    throw new Error(`${command}: ${String(value)} is no choice of the option ${name}`);
  }
}

function resolveChannel(
  { guild, invokerId }: OptionsInput,
  { name, channelTypes }: OptionDefinition,
  id: string,
  resolved: Resolved,
): void {
  const channel = guild?.channels.get(id);
  if (!guild || !channel || (channelTypes && !channelTypes.includes(channel.type))) {
    throw new Error(`${id} is no channel that the option ${name} takes`);
  }
  resolved.channels = {
    ...resolved.channels,
    [id]: {
      ...channelJson(guild, channel),
      permissions: guild.permissions(invokerId, id).toString(),
      app_permissions: guild.permissions(guild.bot.id, id).toString(),
    },
  };
}

function resolveUser({ guild }: OptionsInput, id: string, resolved: Resolved): void {
  const member = guild?.members.get(id);
  if (!member) throw new Error(`${id} is no member`);
  const { user, ...partial } = memberJson(member);
  resolved.users = { ...resolved.users, [id]: user };
  resolved.members = { ...resolved.members, [id]: { ...partial, permissions: '0' } };
}
