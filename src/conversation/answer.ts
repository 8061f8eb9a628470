/** One answer on its way: the model's stream, cut into clauses, spoken by the voice, played by the mouth. */
import type { Clock, Timer } from '../base/clock.ts';
import { ParleyError, toParleyError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Marks } from '../latency/timeline.ts';
import type { LlmConnection, LlmMessage } from '../providers/llm/llm.ts';
import type { TtsConnection, TtsReply } from '../providers/tts/tts.ts';
import { ClauseSplitter } from '../turn/clauses.ts';
import { speakable } from '../turn/speakable.ts';
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
  /** The voice failed: all that the model wrote, for the chat. At most once, and maybe after the turn has ended. */
  onWrittenInstead(text: string): void;
}

/** Neither a token, nor audio, nor a played frame for this long: the answer is stuck. */
const STALL_MS = 4_000;

const TTS_REMEDY = 'Check the voice provider and its key; the answer was written in the chat.';

export class Answer {
  readonly marks: Marks = {};
  /** Null until the model told it, which one that was cut short never does. */
  usage: { inputTokens: number; outputTokens: number } | null = null;
  readonly #options: AnswerOptions;
  readonly #life = new AbortController();
  readonly #model = new AbortController();
  readonly #splitter = new ClauseSplitter();
  readonly #ledger: ClauseLedger;
  #reply: TtsReply | null = null;
  #speech: Speech | null = null;
  #stall: Timer | null = null;
  /** How it ended was told, or nobody wants to know any more. */
  #settled = false;
  #modelEnded = false;
  /** What went wrong while something was being spoken: the reason, if that turns out to be inaudible. */
  #failure: ParleyError | null = null;
  /** The voice failed, and the chat waits for the rest of the text. */
  #writing = false;
  #written = '';

  constructor(options: AnswerOptions) {
    this.#options = options;
    // The answer may go on in writing when its turn has long ended.
    options.over.addEventListener('abort', () => this.#abandon(), { signal: this.#life.signal });
    this.#ledger = new ClauseLedger(options.tts.sampleRate);
  }

  /** All that the model wrote so far, in whole clauses. */
  get text(): string {
    return this.#written;
  }

  /** The part that left for the room: whole clauses, and of the last one the words, as well as they are known. */
  get heardText(): string {
    return this.#ledger.heard().text;
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

  /** Cancels the streams; no frame of the answer leaves after this call. One whose voice failed is still written. */
  stop(): void {
    if (!this.#settled) this.#abandon();
    this.#settled = true;
    this.#reply?.cancel();
    if (!this.#speech || this.marks.done !== undefined) return;
    this.#ledger.played(this.#speech.stop());
    this.marks.done = this.#options.clock.now();
  }

  async #readModel(): Promise<void> {
    const { clock, llm, system, messages, maxTokens } = this.#options;
    const { signal } = this.#model;
    this.marks.llmSent = clock.now();
    try {
      for await (const event of llm.stream({ system, messages, maxTokens, signal })) {
        if (signal.aborted) return;
        this.#touch();
        if (event.type === 'text') this.#onText(event.text);
        else this.usage = { inputTokens: event.inputTokens, outputTokens: event.outputTokens };
        if (!this.#splitter.full) continue;
        // Told before the loop is left: that waits for the stream to end, which one that ignores its signal never does.
        this.#onModelEnd();
        return this.#model.abort(new Error('The answer is long enough'));
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
    const spoken = speakable(clause);
    if (!spoken || this.#failure || !this.#reply) return;
    const now = this.#options.clock.now();
    this.marks.firstClause ??= now;
    this.#ledger.add(clause);
    this.marks.ttsSent ??= now;
    try {
      this.#reply.speak(spoken);
    } catch (error) {
      this.#onVoiceError(error);
    }
  }

  #onModelEnd(): void {
    for (const clause of this.#splitter.end()) this.#say(clause);
    this.#modelEnded = true;
    if (this.#failure) return this.#writeInstead();
    if (this.#written) return this.#reply?.end();
    const remedy = 'Check the model and its prompt.';
    this.#fail(new ParleyError('The language model answered nothing', { code: 'EMPTY_ANSWER', remedy }));
  }

  #onModelError(error: unknown): void {
    this.#modelEnded = true;
    const remedy = 'Check the language model provider and its key.';
    const failure = toParleyError(error, { code: 'LLM_FAILED', remedy });
    const speaking = this.marks.firstFrameOut !== undefined;
    if (!this.#failure && !speaking) return this.#fail(failure);
    this.#options.log.error({ err: failure, remedy: failure.remedy }, 'language model failed in an answer');
    if (this.#failure) return this.#writeInstead();
    // What is already being spoken is played out; the rest is missing.
    this.#failure = failure;
    this.#reply?.end();
  }

  async #readVoice(reply: TtsReply): Promise<void> {
    try {
      for await (const { pcm, clause, last, words } of reply.audio) {
        if (this.#settled) return;
        this.#touch();
        this.marks.ttsFirstByte ??= this.#options.clock.now();
        this.#ledger.addAudio(clause, pcm.length, last, words);
        this.#speech ??= this.#beginSpeech();
        this.#speech.write(pcm);
      }
      if (!this.#settled) this.#onVoiceEnd();
    } catch (error) {
      if (!this.#settled) this.#onVoiceError(error);
    }
  }

  #onVoiceEnd(): void {
    if (this.#speech && this.#modelEnded) return this.#speech.end();
    this.#onVoiceError(
      new ParleyError('The voice ended before the answer did', {
        code: 'TTS_ENDED_EARLY',
        remedy: TTS_REMEDY,
        retryable: true,
      }),
    );
  }

  #onVoiceError(error: unknown): void {
    if (this.#settled) return;
    if (this.#failure) return this.#speech?.end();
    const failure = toParleyError(error, { code: 'TTS_FAILED', remedy: TTS_REMEDY });
    if (this.marks.firstFrameOut === undefined) return this.#failVoice(failure);
    // What is already being spoken is played out; the chat gets the whole.
    this.#options.log.error({ err: failure, remedy: failure.remedy }, 'voice failed in an answer');
    this.#failure = failure;
    this.#speech?.end();
    this.#write();
  }

  /** Nothing was heard: the turn is unanswered, and the chat gets the answer. */
  #failVoice(failure: ParleyError): void {
    this.#failure = failure;
    this.#settled = true;
    this.#speech?.stop();
    this.#options.onFailed(failure);
    this.#write();
  }

  #write(): void {
    this.#writing = true;
    if (this.#modelEnded) this.#writeInstead();
    else this.#touch();
  }

  /** The chat gets what there is, once. */
  #writeInstead(): void {
    if (!this.#writing) return;
    this.#writing = false;
    if (this.#settled) this.#abandon();
    if (this.#written) this.#options.onWrittenInstead(this.#written);
  }

  /** Nothing more comes of it, neither spoken nor written. */
  #abandon(): void {
    this.#writing = false;
    this.#stall?.cancel();
    this.#model.abort(new Error('The answer is over'));
    this.#life.abort();
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
    this.#ledger.played(played);
    if (this.#settled) return;
    if (this.marks.firstAudibleOut === undefined) return this.#failVoice(this.#failure ?? inaudible(played));
    // The connection was lost, or the right to speak: nobody heard the end, so the chat gets the whole.
    if (!played.complete && !this.#failure) {
      this.#failure = inaudible(played);
      this.#reply?.cancel();
      this.#write();
    }
    this.#settled = true;
    if (!this.#writing) this.#abandon();
    this.#options.onDone(atMs);
  }

  #fail(error: ParleyError): void {
    if (this.#settled) return;
    this.stop();
    this.#options.onFailed(error);
  }

  /** Something moved: the stall deadline starts anew. */
  #touch(): void {
    if (this.#settled && !this.#writing) return;
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
    if (this.#writing) this.#writeInstead();
    else this.#fail(error);
  }
}

const inaudible = ({ complete }: Played): ParleyError =>
  complete
    ? new ParleyError('The voice made no sound', { code: 'TTS_SILENT', remedy: TTS_REMEDY })
    : new ParleyError('The voice connection was lost before the answer was heard', {
        code: 'VOICE_LOST',
        remedy: 'Ask again once I am connected; the answer was written in the chat.',
        retryable: true,
      });
