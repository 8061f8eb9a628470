/** Messages: the form rules of their bodies, the store of what was posted, and their JSON. */
import type { User } from '../guild/guild.ts';
import { userJson } from '../guild/json.ts';
import { snowflake } from '../guild/snowflake.ts';
import type { Attachment } from './http.ts';
import { type Fields, fieldsOf, invalidForm, RestError } from './refusals.ts';

export const EPHEMERAL = 1 << 6;
const LOADING = 1 << 7;
const SUPPRESS_EMBEDS = 1 << 2;
const SUPPRESS_NOTIFICATIONS = 1 << 12;
const ALLOWED_FLAGS = EPHEMERAL | SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS;
const MAX_CONTENT = 2000;
const MAX_EMBEDS = 10;
const MAX_FILES = 10;
const MAX_FILE_BYTES = 10_485_760;
const MAX_DESCRIPTION = 1024;

interface MessageFile extends Attachment {
  id: string;
}

export interface Message {
  id: string;
  channelId: string;
  text: string;
  embeds: unknown[];
  flags: number;
  files: MessageFile[];
  /** How often it was edited. */
  edits: number;
  deleted: boolean;
  /** Ids of the users whom it pinged when it was new. */
  pinged: string[];
  /** The answer to an interaction; such messages may be private. */
  interactionId: string | null;
}

export interface MessageBody {
  text: string | null;
  embeds: unknown[] | null;
  flags: number;
  /** New files. */
  files: Attachment[];
  /** Users named in the text whom it may ping. */
  pings: string[];
  /** Ids of the attachments that an edit keeps; null keeps all. */
  kept: string[] | null;
}

const withIds = (files: readonly Attachment[]): MessageFile[] =>
  files.map((file) => ({ ...file, id: snowflake() }));

/** The files with the descriptions that are listed for them by their index, and the ids of all listed; null without a list. */
function readAttachments(
  body: Fields,
  files: readonly Attachment[],
): { files: Attachment[]; kept: string[] | null } {
  if (files.length > MAX_FILES) throw invalidForm('attachments', `Must be ${MAX_FILES} or fewer in length.`);
  if (files.some(({ data }) => data.length > MAX_FILE_BYTES)) {
    throw new RestError(413, 40005, 'Request entity too large');
  }
  const listed = body.attachments ?? null;
  if (listed === null) return { files: [...files], kept: null };
  if (!Array.isArray(listed)) throw invalidForm('attachments', 'Must be a list.');
  const entries = listed.map((attachment) => fieldsOf(attachment, 'attachments'));
  const described = files.map((file, index) => {
    const { description = null } = entries.find(({ id }) => String(id) === String(index)) ?? {};
    if (description === null) return file;
    if (typeof description !== 'string' || [...description].length > MAX_DESCRIPTION) {
      throw invalidForm('attachments.description', `Must be ${MAX_DESCRIPTION} or fewer in length.`);
    }
    return { ...file, description };
  });
  return { files: described, kept: entries.map(({ id }) => String(id)) };
}

/** Users named in `text` whom `allowed_mentions` lets it ping; all of them without such a field. */
function readPings(text: string | null, value: unknown): string[] {
  const named = [...(text ?? '').matchAll(/<@!?(\d+)>/g)].map(([, id]) => id!);
  if (value === undefined || value === null) return named;
  const { parse = [], users = [] } = fieldsOf(value, 'allowed_mentions');
  if (!Array.isArray(parse) || !Array.isArray(users)) throw invalidForm('allowed_mentions', 'Must be lists.');
  return parse.includes('users') ? named : named.filter((id) => users.includes(id));
}

/** Checks a message body as Discord does: text up to 2,000 characters, known flags, no more than ten embeds. */
export function readMessage(value: unknown, files: readonly Attachment[]): MessageBody {
  const body = fieldsOf(value ?? {});
  const content = body.content ?? null;
  if (content !== null && typeof content !== 'string') throw invalidForm('content', 'Must be text.');
  // Discord counts characters, not UTF-16 units.
  if (content !== null && [...content].length > MAX_CONTENT) {
    throw invalidForm('content', `Must be ${MAX_CONTENT} or fewer in length.`);
  }
  const flags = body.flags ?? 0;
  if (typeof flags !== 'number' || (flags & ~ALLOWED_FLAGS) !== 0) {
    throw invalidForm('flags', 'Invalid message flags.');
  }
  const embeds = body.embeds ?? null;
  if (embeds !== null && (!Array.isArray(embeds) || embeds.length > MAX_EMBEDS)) {
    throw invalidForm('embeds', `Must be a list of ${MAX_EMBEDS} or fewer.`);
  }
  const pings = readPings(content, body.allowed_mentions);
  return { text: content, embeds, flags, pings, ...readAttachments(body, files) };
}

export class MessageStore {
  readonly #author: User;
  readonly #messages = new Map<string, Message>();

  constructor(author: User) {
    this.#author = author;
  }

  /** Throws 50006 for a message without any content. */
  create(channelId: string, body: MessageBody, interactionId: string | null): Message {
    if (!body.text && !body.embeds?.length && body.files.length === 0) {
      throw new RestError(400, 50006, 'Cannot send an empty message');
    }
    const message: Message = {
      id: snowflake(),
      channelId,
      text: body.text ?? '',
      embeds: body.embeds ?? [],
      flags: body.flags,
      files: withIds(body.files),
      edits: 0,
      pinged: body.flags & EPHEMERAL ? [] : body.pings,
      deleted: false,
      interactionId,
    };
    this.#messages.set(message.id, message);
    return message;
  }

  edit(message: Message, body: MessageBody): void {
    if (body.text !== null) message.text = body.text;
    if (body.embeds !== null) message.embeds = body.embeds;
    const { kept } = body;
    const old = kept === null ? message.files : message.files.filter(({ id }) => kept.includes(id));
    message.files = [...old, ...withIds(body.files)];
    message.edits += 1;
  }

  /** Throws 10008 when the message is unknown or deleted. */
  get(id: string): Message {
    const message = this.#messages.get(id);
    if (!message || message.deleted) throw new RestError(404, 10008, 'Unknown Message');
    return message;
  }

  /** The messages that everyone in the channel can see, oldest first. */
  visible(channelId: string): Message[] {
    return [...this.#messages.values()].filter(
      (message) => message.channelId === channelId && !message.deleted && !(message.flags & EPHEMERAL),
    );
  }

  json(message: Message, thinking = false): Fields {
    return {
      id: message.id,
      type: message.interactionId === null ? 0 : 20,
      channel_id: message.channelId,
      author: userJson(this.#author),
      content: message.text,
      timestamp: new Date().toISOString(),
      edited_timestamp: message.edits > 0 ? new Date().toISOString() : null,
      tts: false,
      mention_everyone: false,
      mentions: [],
      mention_roles: [],
      embeds: message.embeds,
      pinned: false,
      flags: message.flags | (thinking ? LOADING : 0),
      components: [],
      attachments: message.files.map((file) => ({
        id: file.id,
        filename: file.name,
        size: file.data.length,
        url: `https://cdn.discordapp.com/attachments/${message.channelId}/${message.id}/${file.name}`,
        proxy_url: `https://media.discordapp.net/attachments/${message.channelId}/${message.id}/${file.name}`,
        content_type: file.contentType,
        ...(file.description !== undefined && { description: file.description }),
      })),
    };
  }
}
