/** Reads one answer of the Messages API, streamed or whole. */
import type { SseMessage } from '../wire/sse.ts';
import { badStream } from './llm-failures.ts';
import type { AnswerReader, Ending } from './protocol.ts';
import { type RefusalContext, streamedFailure } from './reply-failures.ts';
import { TextLimit } from './text-limit.ts';
import { countAt, isRecord, listAt, parsedJson, recordAt, textAt } from './untrusted.ts';

export class AnthropicReader implements AnswerReader {
  readonly #context: RefusalContext;
  readonly #limit: TextLimit;
  readonly #usage: { input?: number; output?: number; cacheRead?: number; cacheWritten?: number } = {};
  #ending: Ending | null = null;
  #over = false;
  #thought = false;

  /** @param maxTextTokens null where the vendor's own limit counts text alone. */
  constructor(context: RefusalContext, maxTextTokens: number | null) {
    this.#context = context;
    this.#limit = new TextLimit(maxTextTokens);
  }

  get ending(): Ending | null {
    return this.#ending;
  }

  get over(): boolean {
    return this.#over;
  }

  get thought(): boolean {
    return this.#thought;
  }

  take({ data }: SseMessage): string {
    const event = parsedJson(data);
    if (!isRecord(event)) throw badStream(this.#context.name, 'an event that is not JSON');
    switch (event.type) {
      case 'message_start':
        this.#count(recordAt(event.message, 'usage'));
        return '';
      case 'content_block_delta':
        return this.#delta(recordAt(event, 'delta'));
      case 'message_delta':
        this.#count(recordAt(event, 'usage'));
        this.#end(textAt(event.delta, 'stop_reason'));
        return '';
      case 'message_stop':
        this.#ending ??= { how: 'complete', reason: 'message_stop' };
        this.#over = true;
        return '';
      case 'error':
        throw streamedFailure(event, this.#context);
      default:
        // Pings, the beginnings and ends of blocks, and what may be added one day.
        return '';
    }
  }

  takeWhole(json: unknown): string {
    if (isRecord(json) && ('error' in json || json.type === 'error')) {
      throw streamedFailure(json, this.#context);
    }
    const plain = textAt(json, 'content');
    const blocks = listAt(json, 'content');
    if (!plain && blocks.length === 0 && !textAt(json, 'stop_reason')) {
      throw badStream(this.#context.name, 'JSON that is no message');
    }
    this.#thought = blocks.some((block) => textAt(block, 'type') === 'thinking');
    this.#count(recordAt(json, 'usage'));
    this.#end(textAt(json, 'stop_reason') || 'end_turn');
    return this.#limited(plain || blocks.map((block) => textAt(block, 'text')).join(''));
  }

  rest(): string {
    return '';
  }

  usage() {
    const { input, output, cacheRead, cacheWritten } = this.#usage;
    if (input === undefined || output === undefined) return null;
    return {
      type: 'usage' as const,
      // The vendor counts what was read from the cache, and written to it, apart.
      inputTokens: input + (cacheRead ?? 0) + (cacheWritten ?? 0),
      outputTokens: output,
      ...(cacheRead === undefined ? {} : { cachedInputTokens: cacheRead }),
      ...(cacheWritten === undefined ? {} : { cacheWriteTokens: cacheWritten }),
    };
  }

  #delta(delta: Readonly<Record<string, unknown>>): string {
    const type = textAt(delta, 'type');
    if (type === 'text_delta') return this.#limited(textAt(delta, 'text'));
    this.#thought ||= type === 'thinking_delta' || type === 'signature_delta';
    return '';
  }

  #limited(text: string): string {
    const taken = this.#limit.take(text);
    if (this.#limit.reached) {
      this.#ending ??= { how: 'cut short', reason: 'max_tokens' };
      this.#over = true;
    }
    return taken;
  }

  /** Later counts of one answer replace the earlier ones. */
  #count(usage: Readonly<Record<string, unknown>>): void {
    const counts = {
      input: countAt(usage, 'input_tokens'),
      output: countAt(usage, 'output_tokens'),
      cacheRead: countAt(usage, 'cache_read_input_tokens'),
      cacheWritten: countAt(usage, 'cache_creation_input_tokens'),
    };
    for (const [name, count] of Object.entries(counts)) {
      if (count !== undefined) this.#usage[name as keyof typeof counts] = count;
    }
  }

  #end(reason: string): void {
    if (!reason) return;
    this.#ending = { how: ENDINGS[reason] ?? 'other', reason };
  }
}

const ENDINGS: Readonly<Record<string, Ending['how']>> = {
  end_turn: 'complete',
  stop_sequence: 'complete',
  max_tokens: 'cut short',
  model_context_window_exceeded: 'cut short',
  refusal: 'refused',
};
