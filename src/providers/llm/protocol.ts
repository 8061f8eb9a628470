/** What a hosted model's protocol has to say for itself; how it is carried is the same for all. */
import type { SseMessage } from '../wire/sse.ts';
import type { LlmEvent, LlmRequest } from './llm.ts';
import type { RefusalContext } from './reply-failures.ts';

export interface LlmProtocol {
  /** As the settings call it. */
  readonly name: string;
  /** Of the vendor, in messages. */
  readonly vendor: string;
  readonly place: string;
  readonly model: string;
  /** Whole addresses, at least one. */
  readonly addresses: readonly URL[];
  /** Where, beside this address, the vendor tells of the model, to whoever has a key; costs nothing. */
  modelPage(address: URL): URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Must not come up in a message. */
  readonly secrets: readonly string[];
  /** The server loads the model when it is first asked: it is asked for a word ahead. */
  readonly loadsModel: boolean;
  body(request: LlmRequest): Readonly<Record<string, unknown>>;
  /** For one answer. */
  reader(request: LlmRequest, context: RefusalContext): AnswerReader;
}

/** How an answer ended. `refused`: by the model or a filter. `other`: with the vendor's word for it. */
export type Ending = { how: 'complete' | 'cut short' | 'refused' | 'other'; reason: string };

export interface AnswerReader {
  /** The text of one message of the stream; throws a ParleyError for an error that it reports. */
  take(message: SseMessage): string;
  /** The text of an answer that came as one JSON body; throws like `take`. */
  takeWhole(json: unknown): string;
  /** Null as long as the model writes. */
  readonly ending: Ending | null;
  /** Nothing more will come that matters. */
  readonly over: boolean;
  /** The model has thought, or is thinking. */
  readonly thought: boolean;
  /** Text that was kept back and turned out to be just text; once, at the end. */
  rest(): string;
  /** Null when the server did not tell. */
  usage(): Extract<LlmEvent, { type: 'usage' }> | null;
}
