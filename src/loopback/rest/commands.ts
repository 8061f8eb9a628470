/** The bot's registered slash commands by scope, and the routes that register them. */
import type { World } from '../guild/world.ts';
import { type RegisteredCommand, readCommand } from './command-form.ts';
import type { RestAnswer, RestRequest, Router } from './http.ts';
import { fieldsOf, invalidForm, notFound, RestError } from './refusals.ts';

const MAX_COMMANDS = 100;

export class CommandRegistry {
  readonly #applicationId: string;
  readonly #world: World;
  /** By scope: a guild's id, or null for everywhere. */
  readonly #scopes = new Map<string | null, RegisteredCommand[]>();

  constructor(applicationId: string, world: World) {
    this.#applicationId = applicationId;
    this.#world = world;
  }

  /**
   * The command that a member sees under this name in a guild (its own commands come before global ones), or, when
   * `guildId` is null, in direct messages.
   */
  find(name: string, guildId: string | null): RegisteredCommand | null {
    const scopes = guildId === null ? [null] : [guildId, null];
    for (const scope of scopes) {
      const found = this.#scopes.get(scope)?.find((command) => command.name === name);
      if (found) return found;
    }
    return null;
  }

  /** Those that a member sees in the guild. */
  names(guildId: string): string[] {
    return [...this.#in(guildId), ...this.#in(null)].map(({ name }) => name);
  }

  /** `applications/:id/commands[/:id]` and `applications/:id/guilds/:id/commands[/:id]`. */
  readonly route: Router = (request) => {
    const [root, applicationId, ...rest] = request.path;
    if (root !== 'applications' || !rest.includes('commands')) return null;
    const scope = rest[0] === 'guilds' ? (rest[1] ?? '') : null;
    const [kind, commandId] = scope === null ? rest : rest.slice(2);
    if (kind !== 'commands') return null;
    if (applicationId !== this.#applicationId) throw new RestError(404, 10002, 'Unknown Application');
    if (scope !== null && !this.#world.guilds.has(scope)) throw new RestError(403, 50001, 'Missing Access');
    return commandId === undefined ? this.#all(request, scope) : this.#one(request, scope, commandId);
  };

  #in(scope: string | null): RegisteredCommand[] {
    return this.#scopes.get(scope) ?? [];
  }

  #all({ method, body }: RestRequest, scope: string | null): RestAnswer {
    if (method === 'POST') return this.#create(body, scope);
    if (method === 'PUT') {
      if (!Array.isArray(body) || body.length > MAX_COMMANDS)
        throw invalidForm('body', 'Must be a list of at most 100.');
      const commands = body.map((command) => readCommand(command, this.#applicationId, scope));
      if (new Set(commands.map(({ name }) => name)).size !== commands.length) {
        throw invalidForm('name', 'Application command names must be unique.');
      }
      this.#scopes.set(scope, commands);
    } else if (method !== 'GET') throw notFound();
    return { status: 200, body: this.#in(scope).map(({ json }) => json) };
  }

  /** A command of the same name is replaced: 200 instead of 201. */
  #create(body: unknown, scope: string | null): RestAnswer {
    const command = readCommand(body, this.#applicationId, scope);
    const others = this.#in(scope).filter(({ name }) => name !== command.name);
    const replaced = others.length < this.#in(scope).length;
    this.#scopes.set(scope, [...others, command]);
    return { status: replaced ? 200 : 201, body: command.json };
  }

  #one({ method, body }: RestRequest, scope: string | null, id: string): RestAnswer {
    const command = this.#in(scope).find((known) => known.id === id);
    if (!command) throw new RestError(404, 10063, 'Unknown application command');
    const others = this.#in(scope).filter((known) => known !== command);
    if (method === 'GET') return { status: 200, body: command.json };
    if (method === 'DELETE') {
      this.#scopes.set(scope, others);
      return { status: 204 };
    }
    if (method !== 'PATCH') throw notFound();
    const changed = readCommand({ ...command.json, ...fieldsOf(body) }, this.#applicationId, scope);
    const kept = { ...changed, id, json: { ...changed.json, id } };
    this.#scopes.set(scope, [...others, kept]);
    return { status: 200, body: kept.json };
  }
}
