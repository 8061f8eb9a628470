/** Who speaks and what they are called, as far as the messages tell. */
import { plainWords } from '../plain-words.ts';
import type { LlmMessage } from './llm.ts';

/** "Alice: good morning" as its two parts; `speaker` is null when the text names none. */
export function splitSpeaker(content: string): { speaker: string | null; text: string } {
  const [, speaker, text] = /^([^:\n]{1,80}): (.*)$/s.exec(content) ?? [];
  return speaker !== undefined && text !== undefined ? { speaker, text } : { speaker: null, text: content };
}

/** The name in "my name is robin", with a capital; null in other words. */
export function nameIn(words: string): string | null {
  const name = /\bmy name is ([a-z']+)/.exec(words)?.[1];
  return name ? name.charAt(0).toUpperCase() + name.slice(1) : null;
}

/** What `speaker` said that they are called, else the name that their messages carry, else null. */
export function rememberedName(earlier: readonly LlmMessage[], speaker: string | null): string | null {
  const own = earlier
    .filter((message) => message.role === 'user')
    .map((message) => splitSpeaker(message.content))
    .filter((message) => speaker === null || message.speaker === speaker);
  return own.map((message) => nameIn(plainWords(message.text))).findLast((name) => name !== null) ?? speaker;
}
