/** One answer under virtual time, its model and its voice worked by hand, the real mouth over a socket that counts. */
import { expect } from 'vitest';
import { isOpusSilence } from '../../src/audio/opus.ts';
import type { ParleyError } from '../../src/base/errors.ts';
import { silentLog } from '../../src/base/log.ts';
import { Answer } from '../../src/conversation/answer.ts';
import { DiscordMouth } from '../../src/discord/mouth/mouth.ts';
import { AsyncQueue } from '../../src/providers/async-queue.ts';
import type { LlmConnection, LlmEvent, LlmRequest } from '../../src/providers/llm/llm.ts';
import type { TtsChunk, TtsConnection } from '../../src/providers/tts/tts.ts';
import { tone } from '../support/tone.ts';
import { settle, VirtualClock } from '../support/virtual-clock.ts';

const RATE = 16_000;

export class AnswerRig {
  readonly clock = new VirtualClock(1_000);
  readonly mouth: DiscordMouth;
  readonly model = new AsyncQueue<LlmEvent>();
  readonly voice = new AsyncQueue<TtsChunk>();
  readonly over = new AbortController();
  /** "audible 1000", "done 1500", "failed CODE", "written ...". */
  readonly told: string[] = [];
  /** Clauses given to the voice, and what else it was told. */
  readonly spoken: string[] = [];
  readonly voiceCalls: string[] = [];
  /** Whether packets can leave, and how many with sound did. */
  connected = true;
  frames = 0;
  request: LlmRequest | null = null;
  readonly answer: Answer;

  /** @param replaced a model or a voice of another kind. */
  constructor(
    replaced: { llm?: Partial<LlmConnection>; reply?: TtsConnection['reply'] } = {},
    options: { held?: boolean; ahead?: 'llm' | 'llm+tts' } = {},
  ) {
    this.mouth = new DiscordMouth(this.clock, {
      ready: () => this.connected,
      send: (packet) => {
        if (!isOpusSilence(packet)) this.frames += 1;
      },
      setSpeaking() {},
    });
    const nothing = { warm() {}, close: async () => {} };
    const stream = (asked: LlmRequest) => {
      this.request = asked;
      return this.model;
    };
    this.answer = new Answer({
      ...{ clock: this.clock, log: silentLog, mouth: this.mouth, over: this.over.signal },
      llm: { ...nothing, stream, ...replaced.llm },
      tts: { ...nothing, sampleRate: RATE, reply: replaced.reply ?? (() => this.#reply()) },
      ...{ held: options.held ?? false, ahead: options.ahead ?? 'llm+tts' },
      ...{ id: 'turn-1', system: 'be brief', messages: [{ role: 'user', content: 'hello' }], maxTokens: 150 },
      onStarted: () => undefined,
      onSpoken: () => undefined,
      onAudible: (atMs) => this.told.push(`audible ${atMs}`),
      onDone: (atMs) => this.told.push(`done ${atMs}`),
      onFailed: (error: ParleyError) => this.told.push(`failed ${error.code}`),
      onWrittenInstead: (text) => this.told.push(`written ${text}`),
    });
  }

  #reply() {
    return {
      speak: (clause: string) => this.spoken.push(clause),
      end: () => this.voiceCalls.push('end'),
      cancel: () => {
        this.voiceCalls.push('cancel');
        this.voice.abort();
      },
      audio: this.voice,
    };
  }

  /** The model writes. */
  async write(...texts: string[]): Promise<void> {
    for (const text of texts) this.model.push({ type: 'text', text });
    await settle();
  }

  async endModel(): Promise<void> {
    this.model.push({ type: 'usage', inputTokens: 11, outputTokens: 7, cachedInputTokens: 5 });
    this.model.end();
    await settle();
  }

  /** The voice speaks a clause, or the first `ms` of it. */
  async speak(
    clause: number,
    ms: number,
    { last = true, pcm = tone(ms, { rate: RATE }) } = {},
  ): Promise<void> {
    this.voice.push({ pcm, clause, last });
    await settle();
  }

  async endVoice(): Promise<void> {
    this.voice.end();
    await settle();
  }

  /** No timer runs, and the model was told to stop. */
  expectNothingLeft(): void {
    expect(this.clock.pending).toBe(0);
    expect(this.request?.signal.aborted).toBe(true);
  }
}
