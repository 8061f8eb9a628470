/** What the embedded responder is made of: things people say, and what it answers. */
import type { LlmMessage } from '../llm.ts';

export interface ReplyContext {
  now(): Date;
  /** The agent's own median response gap and how many answers it rests on; null before the first. */
  measured(): { p50Ms: number; n: number; falseCutoffs: number } | null;
  /** At least 0, below 1. */
  random(): number;
  /** The conversation before what is being answered, oldest first. */
  earlier: readonly LlmMessage[];
  /** The name before the colon of the message being answered; null when only one person talks. */
  speaker: string | null;
  /** The words being answered: lower case, no punctuation. */
  words: string;
}

export interface Intent {
  /** Lower case, no punctuation, 3 to 9 words of the recogniser's dictionary. */
  phrases: readonly string[];
  /** One or two short spoken sentences, the first clause three to seven words; several are chosen from at random. */
  reply: string | readonly string[] | ((context: ReplyContext) => string);
}
