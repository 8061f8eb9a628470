/** Reads one answer of the chat completions API, streamed or whole. */
import type { SseMessage } from '../wire/sse.ts';
import { badStream } from './llm-failures.ts';
import type { AnswerReader, Ending } from './protocol.ts';
import { type RefusalContext, streamedFailure } from './reply-failures.ts';
import { TextLimit } from './text-limit.ts';
import { ThinkFilter } from './think-filter.ts';
import { countAt, isRecord, listAt, parsedJson, recordAt, textAt } from './untrusted.ts';

export class OpenAiReader implements AnswerReader {
  readonly #context: RefusalContext;
  readonly #limit: TextLimit;
  readonly #filter = new ThinkFilter();
  #usage: Readonly<Record<string, unknown>> = {};
  #ending: Ending | null = null;
  #over = false;
  #reasoned = false;
  #declined = false;

  /** @param maxTextTokens null where the vendor's own limit counts text alone. */
  constructor(context: RefusalContext, maxTextTokens: number | null) {
    this.#context = context;
    this.#limit = new TextLimit(maxTextTokens);
  }

  get ending(): Ending | null {
    if (this.#ending && this.#declined) return { ...this.#ending, how: 'refused' };
    return this.#ending;
  }

  get over(): boolean {
    return this.#over;
  }

  get thought(): boolean {
    return this.#reasoned || this.#filter.thought;
  }

  take({ data }: SseMessage): string {
    if (data.trim() === '[DONE]') {
      this.#over = true;
      this.#ending ??= { how: 'complete', reason: '[DONE]' };
      return '';
    }
    const chunk = parsedJson(data);
    if (!isRecord(chunk)) throw badStream(this.#context.name, 'an event that is not JSON');
    this.#throwReported(chunk);
    this.#count(chunk);
    const choice = listAt(chunk, 'choices')[0];
    const text = this.#said(recordAt(choice, 'delta'));
    this.#end(textAt(choice, 'finish_reason'));
    return text;
  }

  takeWhole(json: unknown): string {
    const choice = listAt(json, 'choices')[0];
    if (isRecord(json)) this.#throwReported(json);
    if (!isRecord(json) || !isRecord(choice))
      throw badStream(this.#context.name, 'JSON that is no completion');
    this.#count(json);
    this.#end(textAt(choice, 'finish_reason') || 'stop');
    return this.#said(recordAt(choice, 'message'));
  }

  rest(): string {
    return this.#limit.take(this.#filter.end());
  }

  usage() {
    const inputTokens = countAt(this.#usage, 'prompt_tokens');
    const outputTokens = countAt(this.#usage, 'completion_tokens');
    if (inputTokens === undefined || outputTokens === undefined) return null;
    const details = recordAt(this.#usage, 'prompt_tokens_details');
    const cachedInputTokens = countAt(details, 'cached_tokens');
    const cacheWriteTokens = countAt(details, 'cache_write_tokens');
    return {
      ...{ type: 'usage' as const, inputTokens, outputTokens },
      ...(cachedInputTokens === undefined ? {} : { cachedInputTokens }),
      ...(cacheWriteTokens === undefined ? {} : { cacheWriteTokens }),
    };
  }

  /** Of a delta or a message. Reasoning comes in fields of its own, by either name, and is never spoken. */
  #said(part: Readonly<Record<string, unknown>>): string {
    this.#reasoned ||= textAt(part, 'reasoning') !== '' || textAt(part, 'reasoning_content') !== '';
    this.#declined ||= textAt(part, 'refusal') !== '';
    const parts = listAt(part, 'content').map((one) =>
      textAt(one, 'type') === 'text' ? textAt(one, 'text') : '',
    );
    const text = this.#limit.take(this.#filter.push(textAt(part, 'content') || parts.join('')));
    if (this.#limit.reached) {
      this.#ending ??= { how: 'cut short', reason: 'length' };
      this.#over = true;
    }
    return text;
  }

  /** Usage comes in the last chunk, and from Groq also in a place of its own. */
  #count(chunk: Readonly<Record<string, unknown>>): void {
    for (const usage of [recordAt(chunk.x_groq, 'usage'), recordAt(chunk, 'usage')]) {
      if (countAt(usage, 'completion_tokens') !== undefined) this.#usage = usage;
    }
  }

  #throwReported(chunk: Readonly<Record<string, unknown>>): void {
    const inGroq = textAt(chunk.x_groq, 'error');
    if (chunk.error) throw streamedFailure(chunk, this.#context);
    if (inGroq) throw streamedFailure({ error: { message: inGroq } }, this.#context);
  }

  #end(reason: string): void {
    if (!reason) return;
    this.#ending = { how: ENDINGS[reason] ?? 'other', reason };
  }
}

const ENDINGS: Readonly<Record<string, Ending['how']>> = {
  stop: 'complete',
  length: 'cut short',
  content_filter: 'refused',
};
