/** Providers whose every word and failure a test decides: tone packets suffice, and a turn takes about a second. */
import { rmsDbfs, VOICED_DBFS } from '../../src/audio/energy.ts';
import { samplesToMs } from '../../src/audio/pcm.ts';
import { ParleyError } from '../../src/base/errors.ts';
import { AsyncQueue } from '../../src/providers/async-queue.ts';
import type {
  LanguageModel,
  LlmConnection,
  LlmEvent,
  LlmMessage,
  LlmRequest,
} from '../../src/providers/llm/llm.ts';
import type {
  Recogniser,
  SpeechToText,
  SttConnection,
  SttEvent,
  WhoIsThere,
} from '../../src/providers/stt/stt.ts';
import type { TextToSpeech, TtsChunk, TtsConnection, TtsReply } from '../../src/providers/tts/tts.ts';
import type { VadPool, VadSession, VoiceActivityDetector } from '../../src/providers/vad/vad.ts';
import { tone } from './tone.ts';

/** A failure as a vendor's adapter would report it. */
export const vendorError = (code: string, retryable = true): ParleyError =>
  new ParleyError('The vendor said no', { code, remedy: 'Ask the vendor.', retryable });

async function untilAborted(signal: AbortSignal): Promise<never> {
  return await new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    if (signal.aborted) reject(signal.reason);
  });
}

/** How many connections were opened, and how many of them are still open. */
class Connections {
  opened = 0;
  open = 0;
  /** What `connect` does: succeeds, rejects with this, or waits until its signal is aborted, or for ever. */
  next: 'opens' | 'hangs until aborted' | 'hangs for ever' | Error = 'opens';

  async connect<T extends object>(
    signal: AbortSignal,
    connection: T,
  ): Promise<T & { warm(): void; close(): Promise<void> }> {
    if (this.next instanceof Error) throw this.next;
    if (this.next === 'hangs until aborted') await untilAborted(signal);
    if (this.next === 'hangs for ever') await new Promise(() => {});
    this.opened += 1;
    this.open += 1;
    let closed = false;
    const close = async () => {
      if (!closed) this.open -= 1;
      closed = true;
    };
    return Object.assign(connection, { warm() {}, close });
  }
}

/** What one recogniser was given, and what it was asked. */
interface Heard {
  readonly speaker: { id: string; name: string };
  writtenMs: number;
  commits: number;
  resets: number;
  closed: boolean;
  /** Raises any event, as the recogniser. */
  emit(event: SttEvent): void;
}

class FakeStt implements SpeechToText {
  readonly name = 'fake-stt';
  readonly place = 'a test ear';
  readonly earlyCommit = false;
  readonly connections = new Connections();
  /** All recognisers ever opened, oldest first. */
  readonly heard: Heard[] = [];
  /** The words of the next utterances, in order; after the last one `text` again. Null: not understood. */
  readonly texts: (string | null)[] = [];
  text: string | null = 'what time is it';
  /** An interim that is a whole phrase comes once so much of an utterance was written; null for none. */
  interimAfterMs: number | null = 100;
  /** As it was given last. */
  there: WhoIsThere | undefined = undefined;
  /** What a commit brings: the final transcript, nothing ever, or this failure. */
  commit: 'final' | 'nothing' | ParleyError = 'final';
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Audio of this speaker that any recogniser was given, in ms. */
  writtenMs(speakerId: string): number {
    return this.heard
      .filter(({ speaker }) => speaker.id === speakerId)
      .reduce((sum, { writtenMs }) => sum + writtenMs, 0);
  }

  async connect(signal: AbortSignal, there?: WhoIsThere): Promise<SttConnection> {
    this.there = there;
    return await this.connections.connect(signal, {
      openRecogniser: (speaker: { id: string; name: string }, listener: (event: SttEvent) => void) =>
        this.#open(speaker, listener),
    });
  }

  #open(speaker: { id: string; name: string }, listener: (event: SttEvent) => void): Recogniser {
    const emit = (event: SttEvent) => {
      queueMicrotask(() => {
        if (!heard.closed) listener(event);
      });
    };
    const heard: Heard = { speaker, writtenMs: 0, commits: 0, resets: 0, closed: false, emit };
    this.heard.push(heard);
    let utteranceMs = 0;
    let text: string | null | undefined;
    const words = () => {
      text ??= this.texts.length > 0 ? this.texts.shift()! : this.text;
      return text;
    };
    const begin = () => {
      utteranceMs = 0;
      text = undefined;
    };
    this.#changed();
    return {
      write: (pcm) => {
        const ms = samplesToMs(pcm.length);
        const due = this.interimAfterMs ?? Number.POSITIVE_INFINITY;
        if (utteranceMs < due && utteranceMs + ms >= due) {
          emit({ type: 'interim', text: words() ?? '', finished: true });
        }
        utteranceMs += ms;
        heard.writtenMs += ms;
        this.#changed();
      },
      commit: () => {
        heard.commits += 1;
        const commitId = heard.commits;
        if (this.commit === 'final') {
          const said = words();
          emit({ type: 'final', commitId, text: said ?? '', understood: said !== null });
        } else if (this.commit !== 'nothing') emit({ type: 'error', error: this.commit });
        begin();
        this.#changed();
        return commitId;
      },
      reset: () => {
        heard.resets += 1;
        begin();
        this.#changed();
      },
      close: () => {
        heard.closed = true;
        this.#changed();
      },
    };
  }
}

/** What a model does with one request. */
type LlmScript =
  | { text: string }
  /** The text, if any, and then this failure. */
  | { text?: string; error: Error }
  /** The text, if any, and then nothing more: until the signal is aborted, or for ever. */
  | { text?: string; hangs: 'until aborted' | 'for ever' };

class FakeLlm implements LanguageModel {
  readonly name = 'fake-llm';
  readonly place = 'a test mind';
  readonly connections = new Connections();
  /** All requests so far, with their signals. */
  readonly requests: LlmRequest[] = [];
  /** What the next requests bring, in order; after the last one `always` again. */
  readonly scripts: LlmScript[] = [];
  always: LlmScript = { text: 'It is noon.' };
  /** What the vendor says against key or model when it is connected to. */
  refused: ParleyError | null = null;
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** What the model was last asked; empty before the first request. */
  get lastMessages(): readonly LlmMessage[] {
    return this.requests.at(-1)?.messages ?? [];
  }

  async connect(signal: AbortSignal): Promise<LlmConnection> {
    const stream = (request: LlmRequest) => this.#stream(request);
    return await this.connections.connect(signal, { stream, refused: this.refused });
  }

  async *#stream(request: LlmRequest): AsyncGenerator<LlmEvent> {
    this.requests.push(request);
    this.#changed();
    const script = this.scripts.shift() ?? this.always;
    // Word by word, as models do.
    for (const text of script.text?.match(/\S+\s*/g) ?? []) yield { type: 'text', text };
    if ('error' in script) throw script.error;
    if ('hangs' in script) {
      if (script.hangs === 'until aborted') await untilAborted(request.signal);
      await new Promise(() => {});
    }
    yield { type: 'usage', inputTokens: 10, outputTokens: 5 };
  }
}

/** What a voice does with the drafts that begin now. */
type TtsScript =
  /** Each clause becomes a tone of so many ms. */
  | { toneMs: number }
  /** The first clause fails. */
  | { error: Error }
  /** Clauses are swallowed. */
  | { hangs: true };

class FakeTts implements TextToSpeech {
  readonly name = 'fake-tts';
  readonly place = 'a test mouth';
  readonly connections = new Connections();
  readonly sampleRate: 16_000 | 24_000 | 48_000;
  /** Every clause that was to be spoken, notices included (their drafts are named `notice-...`). */
  readonly clauses: { draftId: string; clause: string }[] = [];
  /** Drafts that were cancelled. */
  readonly cancelled: string[] = [];
  script: TtsScript = { toneMs: 120 };
  readonly #changed: () => void;

  constructor(changed: () => void, sampleRate: 16_000 | 24_000 | 48_000 = 24_000) {
    this.#changed = changed;
    this.sampleRate = sampleRate;
  }

  async connect(signal: AbortSignal): Promise<TtsConnection> {
    const { sampleRate } = this;
    return await this.connections.connect(signal, {
      sampleRate,
      reply: (draftId: string) => this.#reply(draftId),
    });
  }

  #reply(draftId: string): TtsReply {
    const { script, sampleRate } = this;
    const audio = new AsyncQueue<TtsChunk>();
    let clauses = 0;
    return {
      audio,
      speak: (clause) => {
        this.clauses.push({ draftId, clause });
        if ('error' in script) audio.abort(script.error);
        if ('toneMs' in script) {
          const pcm = tone(script.toneMs, { rate: sampleRate, hz: 660, amplitude: 0.2 });
          audio.push({ pcm, clause: clauses, last: true });
        }
        clauses += 1;
        this.#changed();
      },
      end: () => {
        if (!('hangs' in script)) audio.end();
      },
      cancel: () => {
        this.cancelled.push(draftId);
        audio.abort();
        this.#changed();
      },
    };
  }
}

/** Takes every loud frame for speech. */
class FakeVad implements VoiceActivityDetector {
  readonly name = 'fake-vad';
  /** Detectors in use. */
  open = 0;
  poolClosed = false;

  async load(): Promise<VadPool> {
    this.poolClosed = false;
    return {
      take: () => this.#take(),
      close: () => {
        this.poolClosed = true;
      },
    };
  }

  #take(): VadSession {
    this.open += 1;
    return {
      accept: (frame) => rmsDbfs(frame) >= VOICED_DBFS,
      reset() {},
      close: () => {
        this.open -= 1;
      },
    };
  }
}

export interface FakeProviders {
  stt: FakeStt;
  llm: FakeLlm;
  tts: FakeTts;
  vad: FakeVad;
}

/** @param changed called whenever something happened that a test may wait for. */
export const fakeProviders = (changed: () => void = () => undefined): FakeProviders => ({
  stt: new FakeStt(changed),
  llm: new FakeLlm(changed),
  tts: new FakeTts(changed),
  vad: new FakeVad(),
});
