/** Interactions: their life from the event to the answer, and the routes by which the bot answers. */
import { snowflake } from '../guild/snowflake.ts';
import type { EventLog } from '../log.ts';
import type { RestAnswer, RestRequest, Router } from './http.ts';
import { EPHEMERAL, type Message, type MessageStore, readMessage } from './messages.ts';
import { fieldsOf, invalidForm, notFound, RestError } from './refusals.ts';

/** What an interaction is about. */
export const INTERACTION = { command: 2, autocomplete: 4 } as const;
export type InteractionType = (typeof INTERACTION)[keyof typeof INTERACTION];

const CALLBACK = { message: 4, deferred: 5, choices: 8 } as const;
const MAX_CHOICES = 25;
const MAX_CHOICE_NAME = 100;

/** A value that the bot proposes. */
export interface Choice {
  name: string;
  value: string | number;
}

export interface Interaction {
  readonly id: string;
  readonly token: string;
  readonly type: InteractionType;
  readonly channelId: string;
  readonly sentMs: number;
  /** Null until the bot called back. */
  firstAnswerMs: number | null;
  /** The answer is visible to the user alone. */
  private: boolean;
  /** The final (not deferred) answer; null until it is there. */
  answer: Message | null;
  answeredMs: number | null;
  readonly followUps: Message[];
  /** Of an autocomplete; null until they are there. */
  choices: Choice[] | null;
}

export interface InteractionsOptions {
  messages: MessageStore;
  log: EventLog;
  applicationId: string;
  /** Discord waits so long for the first answer. */
  firstAnswerMs: number;
  /** How long a token is good for. */
  tokenMs: number;
}

/** Throws 50035 unless these are up to 25 choices that a client can show. */
function readChoices(value: unknown): Choice[] {
  const { choices } = fieldsOf(value, 'data');
  if (!Array.isArray(choices) || choices.length > MAX_CHOICES) {
    throw invalidForm('choices', `Must be a list of ${MAX_CHOICES} or fewer.`);
  }
  return choices.map((choice) => {
    const { name, value: chosen } = fieldsOf(choice, 'choices');
    if (typeof name !== 'string' || name.length === 0 || name.length > MAX_CHOICE_NAME) {
      throw invalidForm('choices.name', `Must be between 1 and ${MAX_CHOICE_NAME} in length.`);
    }
    if (typeof chosen !== 'string' && typeof chosen !== 'number')
      throw invalidForm('choices.value', 'Not a value.');
    return { name, value: chosen };
  });
}

export class Interactions {
  readonly #open = new Map<string, Interaction>();
  readonly #options: InteractionsOptions;

  constructor(options: InteractionsOptions) {
    this.#options = options;
  }

  get #messages(): MessageStore {
    return this.#options.messages;
  }

  get #log(): EventLog {
    return this.#options.log;
  }

  open(channelId: string, type: InteractionType): Interaction {
    const interaction: Interaction = {
      id: snowflake(),
      token: `aW50ZXJhY3Rpb24.${snowflake()}`,
      type,
      channelId,
      sentMs: performance.now(),
      firstAnswerMs: null,
      private: false,
      answer: null,
      answeredMs: null,
      followUps: [],
      choices: null,
    };
    this.#open.set(interaction.token, interaction);
    return interaction;
  }

  /** `interactions/:id/:token/callback` and `webhooks/:application/:token[/messages/:id]`; none needs the bot's token. */
  readonly route: Router = (request) => {
    const [root, first, token = '', last, messageId] = request.path;
    if (root === 'interactions' && last === 'callback' && request.method === 'POST') {
      return this.#callback(request, this.#open.get(token), first ?? '');
    }
    if (root !== 'webhooks') return null;
    const interaction = this.#answerable(first ?? '', token);
    if (last === undefined && request.method === 'POST') return this.#followUp(request, interaction);
    if (last === 'messages' && messageId !== undefined) {
      return this.#message(request, interaction, messageId);
    }
    throw notFound();
  };

  #callback(request: RestRequest, interaction: Interaction | undefined, id: string): RestAnswer {
    const nowMs = performance.now();
    if (!interaction || interaction.id !== id || nowMs - interaction.sentMs > this.#options.firstAnswerMs) {
      throw new RestError(404, 10062, 'Unknown interaction');
    }
    if (interaction.firstAnswerMs !== null) {
      throw new RestError(400, 40060, 'Interaction has already been acknowledged.');
    }
    const body = fieldsOf(request.body);
    const type = body.type;
    if (interaction.type === INTERACTION.autocomplete) {
      if (type !== CALLBACK.choices) throw invalidForm('type', 'Not a callback for an autocomplete.');
      interaction.choices = readChoices(body.data);
      interaction.firstAnswerMs = nowMs;
      this.#log.add('interaction.callback', { type, private: true });
      return { status: 204 };
    }
    if (type !== CALLBACK.message && type !== CALLBACK.deferred) {
      throw invalidForm('type', 'Not a callback for a slash command.');
    }
    const data = readMessage(body.data, request.files);
    if (type === CALLBACK.message) {
      this.#answer(interaction, this.#messages.create(interaction.channelId, data, interaction.id));
    }
    interaction.private = (data.flags & EPHEMERAL) !== 0;
    interaction.firstAnswerMs = nowMs;
    this.#log.add('interaction.callback', { type, private: interaction.private });
    if (request.query.get('with_response') !== 'true') return { status: 204 };
    const message = interaction.answer ? { message: this.#messages.json(interaction.answer) } : {};
    return {
      status: 200,
      body: {
        interaction: {
          id: interaction.id,
          type: interaction.type,
          response_message_id: interaction.answer?.id ?? null,
          response_message_loading: type === CALLBACK.deferred,
          response_message_ephemeral: interaction.private,
        },
        resource: { type, ...message },
      },
    };
  }

  #answerable(applicationId: string, token: string): Interaction {
    const interaction = this.#open.get(token);
    const completes = interaction?.type === INTERACTION.autocomplete;
    if (
      !interaction ||
      completes ||
      applicationId !== this.#options.applicationId ||
      interaction.firstAnswerMs === null
    ) {
      throw new RestError(404, 10015, 'Unknown Webhook');
    }
    if (performance.now() - interaction.sentMs > this.#options.tokenMs) {
      throw new RestError(401, 50027, 'Invalid Webhook Token');
    }
    return interaction;
  }

  #answer(interaction: Interaction, message: Message): void {
    interaction.answer = message;
    interaction.answeredMs = performance.now();
  }

  #followUp(request: RestRequest, interaction: Interaction): RestAnswer {
    const body = readMessage(request.body, request.files);
    if (interaction.answer === null) {
      // As in Discord, the first follow-up after a deferral is the answer itself, private if the deferral was.
      body.flags = (body.flags & ~EPHEMERAL) | (interaction.private ? EPHEMERAL : 0);
      this.#answer(interaction, this.#messages.create(interaction.channelId, body, interaction.id));
    } else {
      interaction.followUps.push(this.#messages.create(interaction.channelId, body, interaction.id));
    }
    const message = interaction.followUps.at(-1) ?? interaction.answer;
    this.#log.add('interaction.followUp', { private: ((message?.flags ?? 0) & EPHEMERAL) !== 0 });
    return message ? { status: 200, body: this.#messages.json(message) } : { status: 204 };
  }

  #message({ method, body, files }: RestRequest, interaction: Interaction, id: string): RestAnswer {
    if (id === '@original' && interaction.answer === null) {
      if (method !== 'PATCH') throw new RestError(404, 10008, 'Unknown Message');
      const data = readMessage(body, files);
      data.flags = (data.flags & ~EPHEMERAL) | (interaction.private ? EPHEMERAL : 0);
      const created = this.#messages.create(interaction.channelId, data, interaction.id);
      created.edits = 1;
      this.#answer(interaction, created);
      this.#log.add('interaction.edit', { deferred: true });
      return { status: 200, body: this.#messages.json(created) };
    }
    const message = this.#messages.get(id === '@original' ? (interaction.answer?.id ?? '') : id);
    if (message.interactionId !== interaction.id) throw new RestError(404, 10008, 'Unknown Message');
    if (method === 'DELETE') {
      message.deleted = true;
      this.#log.add('interaction.delete');
      return { status: 204 };
    }
    if (method === 'PATCH') {
      this.#messages.edit(message, readMessage(body, files));
      this.#log.add('interaction.edit', { deferred: false });
    } else if (method !== 'GET') throw notFound();
    return { status: 200, body: this.#messages.json(message) };
  }
}
