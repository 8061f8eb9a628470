/** One answer of a hosted model, asked of one address: from the request to its last word. */
import type { Clock } from '../../base/clock.ts';
import type { ParleyError } from '../../base/errors.ts';
import type { HttpPool, HttpReply } from '../wire/http-pool.ts';
import { serverSentEvents } from '../wire/sse.ts';
import { Watchdog } from '../wire/watchdog.ts';
import type { LlmEvent, LlmRequest, PromptUsage } from './llm.ts';
import {
  badStream,
  emptyBody,
  firstTokenLate,
  noText,
  refused,
  tokensStalled,
  truncated,
} from './llm-failures.ts';
import type { AnswerReader, LlmProtocol } from './protocol.ts';
import { type RefusalContext, refusalFailure, retryAfterMs } from './reply-failures.ts';
import { sentencesOf } from './sentences.ts';
import { parsedJson } from './untrusted.ts';

/** Of a refusal, or of an answer in one piece. */
const MAX_BODY_BYTES = 1_000_000;
/** The model has ended its answer; how much it used may still be told within this. */
const AFTER_ENDING_MS = 250;

export interface HostedAnswerOptions {
  clock: Clock;
  pool: HttpPool;
  protocol: LlmProtocol;
  request: LlmRequest;
  address: URL;
  /** When the first word must be there. */
  firstDueMs: number;
  /** For messages: how long that was. */
  firstTokenMs: number;
  betweenTokensMs: number;
}

export class HostedAnswer {
  readonly #options: HostedAnswerOptions;
  readonly #context: RefusalContext;
  readonly #reader: AnswerReader;
  readonly #watchdog: Watchdog;
  #reply: HttpReply | null = null;
  #dueMs: number;
  #wrote = false;
  /** The first text was handed on. */
  #told = false;
  /** The vendor had begun to answer, and was not heard to say no. */
  #begun = false;
  /** It was told what this cost. */
  #billed = false;
  #restMs: number | null = null;

  constructor(options: HostedAnswerOptions) {
    const { protocol, request, address } = options;
    this.#options = options;
    this.#context = {
      ...{ name: protocol.vendor, model: protocol.model, address: address.host + address.pathname },
      secrets: [...protocol.secrets, request.system, ...request.messages.map(({ content }) => content)],
    };
    this.#reader = protocol.reader(request, this.#context);
    this.#watchdog = new Watchdog(options.clock, request.signal);
    this.#dueMs = options.firstDueMs;
  }

  /** Some of its text was yielded. */
  get wrote(): boolean {
    return this.#wrote;
  }

  /** What its stream did not tell of what the vendor may bill: null when there is nothing, else what it said of it. */
  untold(failure: ParleyError): { usage: (PromptUsage & { outputTokens: number }) | null } | null {
    const late = failure.code === 'LLM_FIRST_TOKEN_LATE';
    const cutOff = failure.code === 'LLM_CONNECTION_LOST' && this.#reply?.status === 200;
    if (this.#wrote || this.#billed || !(this.#begun || late || cutOff)) return null;
    const usage = this.#reader.usage();
    return { usage: usage && { ...promptOf(usage), outputTokens: usage.outputTokens } };
  }

  /** How long the server asked to be left alone, in ms. */
  get restMs(): number | null {
    return this.#restMs;
  }

  /** Once. Throws a ParleyError, or the reason of the request's signal. */
  async *events(): AsyncGenerator<LlmEvent> {
    const watchdog = this.#watchdog;
    try {
      watchdog.expect(this.#leftMs(), () => this.#late());
      for await (const text of this.#texts(await this.#ask())) yield this.#text(text);
      const reader = this.#reader;
      const rest = reader.rest();
      if (rest) yield this.#text(rest);
      const { vendor } = this.#options.protocol;
      if (!reader.ending) throw truncated(vendor);
      const usage = reader.usage();
      this.#billed = usage !== null;
      if (usage) yield usage;
      if (reader.ending.how === 'refused') throw refused(vendor);
      if (!this.#wrote) throw noText(vendor, reader.ending.reason, reader.thought);
    } finally {
      watchdog.stop();
      if (this.#reader.ending && !watchdog.signal.aborted) this.#reply?.body.finish();
      else this.#reply?.body.cancel();
    }
  }

  async #ask(): Promise<HttpReply> {
    const { pool, protocol, request, address } = this.#options;
    const { signal } = this.#watchdog;
    const headers = { ...protocol.headers, 'content-type': 'application/json' };
    const reply = await pool.post({
      ...{ url: address, signal, body: JSON.stringify(protocol.body(request)) },
      headers: { ...headers, accept: 'text/event-stream, application/json' },
      onLost: () => request.onLostTry?.(null),
    });
    this.#reply = reply;
    if (reply.status === 200) return reply;
    const refusal = {
      status: reply.status,
      headers: reply.headers,
      body: await reply.body.text(MAX_BODY_BYTES),
    };
    if (reply.status === 429 || reply.status === 503 || reply.status === 529)
      this.#restMs = retryAfterMs(refusal);
    throw refusalFailure(refusal, this.#context);
  }

  /** What is said, piece by piece, whatever kind of body it came in: what it is shows in its first character. */
  async *#texts({ body }: HttpReply): AsyncGenerator<string> {
    const chunks = body[Symbol.asyncIterator]();
    const head: Uint8Array[] = [];
    let first = '';
    while (!first) {
      const { done, value } = await chunks.next();
      if (done) throw emptyBody(this.#options.protocol.vendor);
      head.push(value);
      first = new TextDecoder().decode(value).trim().slice(0, 1);
    }
    const all = joined(head, chunks);
    if (first === '{' || first === '[') yield* this.#wholeAnswer(all);
    else if (first === '<') throw refusalFailure({ status: 200, headers: {}, body: '<' }, this.#context);
    else yield* this.#streamedAnswer(all);
  }

  async *#streamedAnswer(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
    const reader = this.#reader;
    try {
      for await (const message of serverSentEvents(chunks, 'LLM')) {
        const text = reader.take(message);
        this.#begun = true;
        if (text) yield* this.#said(text);
        if (reader.over) return;
        const leftMs = reader.ending ? AFTER_ENDING_MS : this.#leftMs();
        this.#watchdog.expect(leftMs, () => this.#late());
      }
    } catch (error) {
      // It had said all; only how much it used is not known.
      if (!reader.ending || this.#options.request.signal.aborted) throw error;
    }
  }

  /** The server did not stream: its sentences can at least be spoken one by one. */
  async *#wholeAnswer(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
    const decoder = new TextDecoder();
    const { vendor } = this.#options.protocol;
    let body = '';
    for await (const chunk of chunks) {
      body += decoder.decode(chunk, { stream: true });
      if (body.length > MAX_BODY_BYTES) throw badStream(vendor, 'an endless reply');
    }
    const json = parsedJson(body + decoder.decode());
    if (json === undefined) throw truncated(vendor);
    const whole = this.#reader.takeWhole(json);
    this.#begun = true;
    for (const sentence of sentencesOf(whole)) yield* this.#said(sentence);
  }

  /** While the text is in the reader's hands nothing is late. */
  *#said(text: string): Generator<string> {
    const { clock, request, betweenTokensMs } = this.#options;
    this.#watchdog.rest();
    this.#wrote = true;
    yield text;
    request.signal.throwIfAborted();
    this.#dueMs = clock.now() + betweenTokensMs;
  }

  #text(text: string): LlmEvent {
    this.#wrote = true;
    if (this.#told) return { type: 'text', text };
    this.#told = true;
    const connectMs = this.#reply?.connectMs ?? null;
    const usage = this.#reader.usage();
    return {
      ...{ type: 'text', text },
      ...(connectMs === null ? {} : { connectMs }),
      ...(usage ? { prompt: promptOf(usage) } : {}),
    };
  }

  #leftMs(): number {
    return this.#dueMs - this.#options.clock.now();
  }

  #late(): ParleyError {
    const { protocol, firstTokenMs, betweenTokensMs } = this.#options;
    if (this.#wrote) return tokensStalled(protocol.vendor, betweenTokensMs);
    return firstTokenLate(protocol.vendor, firstTokenMs);
  }
}

const promptOf = ({
  type: _,
  outputTokens: __,
  ...prompt
}: Extract<LlmEvent, { type: 'usage' }>): PromptUsage => prompt;

async function* joined<T>(head: readonly T[], tail: AsyncIterator<T>): AsyncGenerator<T, void, undefined> {
  yield* head;
  for (let next = await tail.next(); !next.done; next = await tail.next()) yield next.value;
}
