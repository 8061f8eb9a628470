/** What the embedded responder answers to a conversation: a pure function of it and of the given clock and chance. */
import { plainWords } from '../plain-words.ts';
import { type LlmMessage, UNCLEAR_SPEECH } from './llm.ts';
import { splitSpeaker } from './names.ts';
import { intents } from './phrases/index.ts';
import type { Intent, ReplyContext } from './phrases/intent.ts';

/** What a reply may depend on besides the conversation. */
export type ReplySources = Pick<ReplyContext, 'now' | 'measured' | 'random'>;

const EXAMPLES = 'Try, what time is it, or, tell me a joke.';
const UNCLEAR_REPLY = `I could not make that out. Offline I know only some phrases. ${EXAMPLES}`;
const UNKNOWN_REPLY = `I do not know that one. Offline I know only some phrases. ${EXAMPLES}`;

const intentOf = new Map<string, Intent>(
  intents.flatMap((intent) => intent.phrases.map((phrase) => [phrase, intent] as const)),
);

/** The answer to the last user message; honest about its limits when the words are not among its phrases. */
export function replyOf(messages: readonly LlmMessage[], sources: ReplySources): string {
  const last = messages.findLastIndex((message) => message.role === 'user');
  const { speaker, text } = splitSpeaker(messages[last]?.content ?? '');
  if (text === '' || text === UNCLEAR_SPEECH) return UNCLEAR_REPLY;
  const words = plainWords(text);
  const reply = intentOf.get(words)?.reply;
  if (reply === undefined) return UNKNOWN_REPLY;
  if (typeof reply === 'function') {
    return reply({ ...sources, speaker, words, earlier: messages.slice(0, last) });
  }
  if (typeof reply === 'string') return reply;
  return reply[Math.floor(sources.random() * reply.length)]!;
}
