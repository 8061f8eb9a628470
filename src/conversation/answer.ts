/**
 * One answer on its way: the model's stream, cut into clauses, spoken by the voice, played by the mouth. It begins as a
 * draft, of which nothing is heard before its gate is opened.
 */
import type { Timer } from '../base/clock.ts';
import type { ParleyError } from '../base/errors.ts';
import type { Marks } from '../latency/timeline.ts';
import type { TtsReply } from '../providers/tts/tts.ts';
import { ClauseSplitter } from '../turn/clauses.ts';
import { speakable } from '../turn/speakable.ts';
import {
  emptyAnswer,
  inaudible,
  modelFailed,
  stalled,
  voiceEndedEarly,
  voiceFailed,
} from './answer-failures.ts';
import { markAudio, markModelDone, markText } from './answer-marks.ts';
import type { AnswerOptions } from './answer-options.ts';
import { ClauseLedger, type Heard } from './clause-ledger.ts';
import type { Played, Speech } from './ports.ts';

/** Neither a token, nor audio, nor a played frame for this long: the answer is stuck. */
const STALL_MS = 4_000;

/** English text, roughly. */
const CHARACTERS_PER_TOKEN = 4;

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
  #voiceEnded = false;
  /** Characters that the model wrote. */
  #received = 0;
  /** What went wrong while something was being spoken: the reason, if that turns out to be inaudible. */
  #failure: ParleyError | null = null;
  /** The voice failed, and the chat waits for the rest of the text. */
  #writing = false;
  #written = '';
  /** What the voice was given to say. */
  #spoken = '';
  /** What of a draft waits for the gate: clauses for the voice, audio for the mouth; null once it is open. */
  #held: { clauses: string[]; pcm: Int16Array[] } | null;
  #paused = false;

  constructor(options: AnswerOptions) {
    this.#options = options;
    this.#held = options.held ? { clauses: [], pcm: [] } : null;
    // The answer may go on in writing when its turn has long ended.
    options.over.addEventListener('abort', () => this.#abandon(), { signal: this.#life.signal });
    this.#ledger = new ClauseLedger(options.tts.sampleRate);
  }

  /** All that the model wrote so far, in whole clauses. */
  get text(): string {
    return this.#written;
  }

  /** The part that left for the room: whole clauses, and of the last one the words, as well as they are known. */
  get heard(): Heard {
    return this.#ledger.heard();
  }

  /** What was asked of the providers so far. Tokens are an estimate until the model tells: four characters each. */
  get spent(): { tokens: number; characters: number } {
    return {
      tokens: this.usage?.outputTokens ?? Math.ceil(this.#received / CHARACTERS_PER_TOKEN),
      characters: this.#spoken.length,
    };
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

  /** The draft is the answer: what it has is played at once, the rest as it comes. */
  open(): void {
    const held = this.#held;
    if (!held || this.#settled) return;
    this.#held = null;
    this.#touch();
    for (const clause of held.clauses) this.#speak(clause);
    if (this.#settled) return;
    if (this.#spoken) this.#options.onSpoken(this.#spoken);
    for (const pcm of held.pcm) this.#play(pcm);
    if (this.#voiceEnded) return this.#onVoiceEnd();
    if (this.#modelEnded) this.#reply?.end();
  }

  duck(): void {
    this.#speech?.duck();
  }

  unduck(): void {
    this.#speech?.unduck();
  }

  /** Nothing is heard of it until `resume()`. */
  pause(): void {
    this.#paused = true;
    this.#touch();
    this.#speech?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#touch();
    this.#speech?.unduck();
    this.#speech?.resume();
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
        if (event.type === 'text') this.#onText(event.text, event.connectMs);
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

  #onText(text: string, connectMs?: number): void {
    markText(this.marks, this.#options.clock.now(), connectMs);
    this.#received += text.length;
    for (const clause of this.#splitter.push(text)) this.#say(clause);
  }

  #say(clause: string): void {
    this.#written += this.#written ? ` ${clause}` : clause;
    this.marks.firstClause ??= this.#options.clock.now();
    const mayWait = this.#options.ahead === 'llm' || this.#spoken !== '';
    if (this.#held && mayWait) this.#held.clauses.push(clause);
    else this.#speak(clause);
  }

  #speak(clause: string): void {
    const spoken = speakable(clause);
    if (!spoken || this.#failure || !this.#reply) return;
    this.#ledger.add(clause);
    this.marks.ttsSent ??= this.#options.clock.now();
    this.#spoken += this.#spoken ? ` ${spoken}` : spoken;
    if (!this.#held) this.#options.onSpoken(this.#spoken);
    try {
      this.#reply.speak(spoken);
    } catch (error) {
      this.#onVoiceError(error);
    }
  }

  #onModelEnd(): void {
    for (const clause of this.#splitter.end()) this.#say(clause);
    this.#modelEnded = true;
    markModelDone(this.marks, this.#options.clock.now());
    if (this.#failure) return this.#writeInstead();
    // Of a draft, clauses may still wait to be spoken.
    if (this.#written) return this.#held ? undefined : this.#reply?.end();
    this.#fail(emptyAnswer());
  }

  #onModelError(error: unknown): void {
    this.#modelEnded = true;
    markModelDone(this.marks, this.#options.clock.now());
    const failure = modelFailed(error);
    const speaking = this.marks.firstFrameOut !== undefined;
    if (this.#held || (!this.#failure && !speaking)) return this.#fail(failure);
    this.#options.log.error({ err: failure, remedy: failure.remedy }, 'language model failed in an answer');
    if (this.#failure) return this.#writeInstead();
    // What is already being spoken is played out; the rest is missing.
    this.#failure = failure;
    this.#reply?.end();
  }

  async #readVoice(reply: TtsReply): Promise<void> {
    const { clock, tts } = this.#options;
    try {
      for await (const chunk of reply.audio) {
        if (this.#settled) return;
        const { pcm, clause, last, words } = chunk;
        this.#touch();
        markAudio(this.marks, clock.now(), chunk, tts.sampleRate);
        this.#ledger.addAudio(clause, pcm.length, last, words);
        if (this.#held) this.#held.pcm.push(pcm);
        else this.#play(pcm);
      }
      if (!this.#settled) this.#onVoiceEnd();
    } catch (error) {
      if (!this.#settled) this.#onVoiceError(error);
    }
  }

  #play(pcm: Int16Array): void {
    if (!this.#speech) {
      this.#speech = this.#beginSpeech();
      if (this.#paused) this.#speech.pause();
    }
    this.#speech.write(pcm);
  }

  #onVoiceEnd(): void {
    if (this.#held) {
      this.#voiceEnded = true;
      return;
    }
    if (this.#speech && this.#modelEnded) return this.#speech.end();
    this.#onVoiceError(voiceEndedEarly());
  }

  #onVoiceError(error: unknown): void {
    if (this.#settled) return;
    if (this.#held) return this.#fail(voiceFailed(error));
    if (this.#failure) return this.#speech?.end();
    const failure = voiceFailed(error);
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
    markModelDone(this.marks, this.#options.clock.now());
    this.#model.abort(new Error('The answer is over'));
    this.#life.abort();
  }

  #beginSpeech(): Speech {
    const { mouth, tts, onAudible } = this.#options;
    return mouth.begin(tts.sampleRate, {
      onFirstFrame: (atMs) => {
        this.marks.firstFrameOut = atMs;
        if (!this.#settled) this.#options.onStarted(atMs);
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
    if (!played.complete) this.#reply?.cancel();
    if (!played.complete && !this.#failure) {
      this.#failure = inaudible(played);
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
    this.#stall?.cancel();
    if (this.#settled && !this.#writing) return;
    // A draft lives no longer than the gate, and a paused answer than what it paused for: the engine's deadlines.
    if (this.#held || this.#paused) return;
    this.#stall = this.#options.clock.setTimer(STALL_MS, () => this.#onStalled());
  }

  #onStalled(): void {
    const error = stalled();
    this.#options.log.error({ err: error, remedy: error.remedy }, 'answer stalled');
    if (this.#writing) this.#writeInstead();
    else this.#fail(error);
  }
}
