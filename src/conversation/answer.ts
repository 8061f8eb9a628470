/** One answer on its way: the model's stream, cut into clauses, spoken by the voice, played by the mouth. */
import type { Clock, Timer } from '../base/clock.ts';
import { ParleyError, toParleyError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Marks } from '../latency/timeline.ts';
import type { LlmConnection, LlmMessage } from '../providers/llm/llm.ts';
import type { TtsConnection, TtsReply } from '../providers/tts/tts.ts';
import { ClauseSplitter } from '../turn/clauses.ts';
import { ClauseLedger } from './clause-ledger.ts';
import type { Mouth, Played, Speech } from './ports.ts';

export interface AnswerOptions {
  clock: Clock;
  log: Log;
  llm: LlmConnection;
  tts: TtsConnection;
  mouth: Mouth;
  /** Unique in the conversation: names the voice's draft. */
  id: string;
  system: string;
  messages: readonly LlmMessage[];
  maxTokens: number;
  /** Aborted when the conversation is over: nothing is written or spoken after that. */
  over: AbortSignal;
  onAudible(atMs: number): void;
  /** Everything was played, or the answer was stopped after it had begun to play. */
  onDone(atMs: number): void;
  onFailed(error: ParleyError): void;
  /** The voice failed but the model did not: the whole answer as text, for the chat. */
  onWrittenInstead(text: string): void;
}

/** Neither a token, nor audio, nor a played frame for this long: the answer is stuck. */
const STALL_MS = 4_000;

export class Answer {
  readonly marks: Marks = {};
  usage: { inputTokens: number; outputTokens: number } | null = null;
  readonly #options: AnswerOptions;
  readonly #abort = new AbortController();
  readonly #splitter = new ClauseSplitter();
  readonly #ledger: ClauseLedger;
  #reply: TtsReply | null = null;
  #speech: Speech | null = null;
  #stall: Timer | null = null;
  #settled = false;
  #voiceFailed = false;
  #modelEnded = false;
  #written = '';

  constructor(options: AnswerOptions) {
    this.#options = options;
    // The answer may go on in writing when its turn has long ended.
    options.over.addEventListener('abort', () => this.#abandon(), { signal: this.#abort.signal });
    this.#ledger = new ClauseLedger(options.tts.sampleRate);
  }

  /** All that the model wrote and that was (to be) spoken. */
  get text(): string {
    return this.#ledger.text;
  }

  /** The part that left for the room: whole clauses, and the last one by its share of words. */
  get heardText(): string {
    return this.#ledger.heard();
  }

  start(): void {
    const { clock, tts, id } = this.#options;
    this.marks.draftStarted = clock.now();
    this.#touch();
    try {
      this.#reply = tts.reply(id);
    } catch (error) {
      this.#onVoiceError(error);
    }
    if (this.#reply) void this.#readVoice(this.#reply);
    void this.#readModel();
  }

  /** Cancels the streams; no frame of the answer leaves after this call. */
  stop(): void {
    this.#settled = true;
    this.#stall?.cancel();
    if (!this.#voiceFailed) this.#abort.abort(new Error('The answer was stopped'));
    this.#reply?.cancel();
    if (!this.#speech || this.marks.done !== undefined) return;
    this.#ledger.played(this.#speech.stop().playedMs);
    this.marks.done = this.#options.clock.now();
  }

  async #readModel(): Promise<void> {
    const { clock, llm, system, messages, maxTokens } = this.#options;
    const { signal } = this.#abort;
    this.marks.llmSent = clock.now();
    try {
      for await (const event of llm.stream({ system, messages, maxTokens, signal })) {
        if (signal.aborted) return;
        this.#touch();
        if (event.type === 'usage') this.usage = event;
        else this.#onText(event.text);
        if (this.#splitter.full) break;
      }
      if (!signal.aborted) this.#onModelEnd();
    } catch (error) {
      if (!signal.aborted) this.#onModelError(error);
    }
  }

  #onText(text: string): void {
    this.marks.llmFirstToken ??= this.#options.clock.now();
    for (const clause of this.#splitter.push(text)) this.#say(clause);
  }

  #say(clause: string): void {
    this.#written += this.#written ? ` ${clause}` : clause;
    if (this.#voiceFailed || !this.#reply) return;
    const now = this.#options.clock.now();
    this.marks.firstClause ??= now;
    this.#ledger.add(clause);
    this.marks.ttsSent ??= now;
    this.#reply.speak(clause);
  }

  #onModelEnd(): void {
    for (const clause of this.#splitter.end()) this.#say(clause);
    this.#modelEnded = true;
    if (this.#voiceFailed) return this.#writeInstead();
    if (!this.#written) {
      return this.#fail(
        new ParleyError('The language model answered nothing', {
          code: 'EMPTY_ANSWER',
          remedy: 'Check the model and its prompt.',
        }),
      );
    }
    this.#reply?.end();
  }

  #onModelError(error: unknown): void {
    const remedy = 'Check the language model provider and its key.';
    const failure = toParleyError(error, { code: 'LLM_FAILED', remedy });
    if (this.#voiceFailed) {
      this.#options.log.error({ err: failure, remedy: failure.remedy }, 'language model failed too');
      return this.#writeInstead();
    }
    // What is already being spoken is played out; the rest is missing.
    if (this.marks.firstFrameOut !== undefined) {
      this.#options.log.error({ err: failure, remedy: failure.remedy }, 'language model failed in an answer');
      this.#reply?.end();
      return;
    }
    this.#fail(failure);
  }

  async #readVoice(reply: TtsReply): Promise<void> {
    try {
      for await (const chunk of reply.audio) {
        if (this.#settled) return;
        this.#touch();
        this.marks.ttsFirstByte ??= this.#options.clock.now();
        this.#ledger.addAudio(chunk.clause, chunk.pcm.length);
        this.#speech ??= this.#beginSpeech();
        this.#speech.write(chunk.pcm);
      }
      if (!this.#settled) this.#speech?.end();
    } catch (error) {
      if (!this.#settled) this.#onVoiceError(error);
    }
  }

  #onVoiceError(error: unknown): void {
    const remedy = 'Check the voice provider and its key; the answer was written in the chat.';
    const failure = toParleyError(error, { code: 'TTS_FAILED', remedy });
    if (this.#speech) {
      this.#options.log.error({ err: failure, remedy: failure.remedy }, 'voice failed in an answer');
      return this.#speech.end();
    }
    this.#voiceFailed = true;
    this.#settled = true;
    this.#options.onFailed(failure);
    if (this.#modelEnded) this.#writeInstead();
    else this.#touch();
  }

  /** Nothing was spoken: the chat gets what there is, once. */
  #writeInstead(): void {
    if (this.#abort.signal.aborted) return;
    this.#abandon();
    if (this.#written) this.#options.onWrittenInstead(this.#written);
  }

  #abandon(): void {
    this.#stall?.cancel();
    this.#abort.abort(new Error('The answer is over'));
  }

  #beginSpeech(): Speech {
    const { mouth, tts, onAudible } = this.#options;
    return mouth.begin(tts.sampleRate, {
      onFirstFrame: (atMs) => {
        this.marks.firstFrameOut = atMs;
      },
      onFirstAudible: (atMs) => {
        this.marks.firstAudibleOut = atMs;
        if (!this.#settled) onAudible(atMs);
      },
      onProgress: () => this.#touch(),
      onDone: (atMs, played) => this.#onPlayed(atMs, played),
    });
  }

  #onPlayed(atMs: number, played: Played): void {
    this.marks.done = atMs;
    this.#ledger.played(played.playedMs);
    if (this.#settled) return;
    this.#settled = true;
    this.#abandon();
    this.#options.onDone(atMs);
  }

  #fail(error: ParleyError): void {
    if (this.#settled) return;
    this.stop();
    this.#options.onFailed(error);
  }

  /** Something moved: the stall deadline starts anew. */
  #touch(): void {
    this.#stall?.cancel();
    this.#stall = this.#options.clock.setTimer(STALL_MS, () => this.#onStalled());
  }

  #onStalled(): void {
    const error = new ParleyError('Nothing came for too long', {
      code: 'ANSWER_STALLED',
      remedy: 'Check the language model and the voice provider: one of them went silent.',
      retryable: true,
    });
    this.#options.log.error({ err: error, remedy: error.remedy }, 'answer stalled');
    if (this.#voiceFailed) this.#writeInstead();
    else this.#fail(error);
  }
}
