/** Stands between one room and its providers: counts what is asked of them, and lets nothing through once the day is spent. */
import type { LlmConnection, LlmEvent, LlmRequest, PromptUsage } from '../providers/llm/llm.ts';
import type { Recogniser, SttConnection, SttEvent } from '../providers/stt/stt.ts';
import type { TtsConnection, TtsReply } from '../providers/tts/tts.ts';
import { costOf, nanosOf, usdOfNanos } from './amount.ts';
import { capReached, type Ledger } from './ledger.ts';
import { type Service, serviceName } from './prices.ts';
import { addUsage, NO_USAGE, type TurnCost, type Usage } from './usage.ts';

export interface Services {
  stt: Service;
  llm: Service;
  tts: Service;
}

export interface MeterOptions {
  guildId: string;
  ledger: Ledger;
  services: Services;
  /** Once: the server has spent what it may today. */
  onSpent(): void;
}

/** Of an answer that was cut short nobody tells the tokens. English has four characters a token, with newer models three. */
const CHARACTERS_PER_TOKEN = 3;
const SAMPLES_PER_MS = 16;

export class Meter {
  readonly #options: MeterOptions;
  /** Since the last turn, by service. */
  readonly #sinceTurn = new Map<string, { service: Service; usage: Usage }>();
  /** Of all turns: what they cost, and as how much it was told, in billionths of a dollar. */
  #cost = 0n;
  #toldNanos = 0;
  #spent = false;
  /** Count what recogniser and voice sent by themselves meanwhile: silence that the vendor needs, second tries. */
  #countAudio: () => void = () => {};
  #countCharacters: () => void = () => {};

  constructor(options: MeterOptions) {
    this.#options = options;
  }

  /**
   * All that was spent since the turn before: what was heard, drafts that were not used and notices included, so that
   * the turns add up to the bill.
   */
  takeTurn(): TurnCost {
    this.#countRest();
    let total: Usage = NO_USAGE;
    let known = true;
    for (const { service, usage } of this.#sinceTurn.values()) {
      total = addUsage(total, usage);
      const rates = this.#options.ledger.ratesOf(service);
      if (rates) this.#cost += costOf(usage, rates);
      else known = false;
    }
    this.#sinceTurn.clear();
    // What a turn is rounded off by is left to the next one, so that they add up.
    const nanos = nanosOf(this.#cost) - this.#toldNanos;
    this.#toldNanos += nanos;
    return { usage: { ...total }, usd: known ? usdOfNanos(nanos) : null };
  }

  /** Counts what is not counted yet. */
  close(): void {
    this.#countRest();
  }

  llm(connection: LlmConnection): LlmConnection {
    return {
      warm: () => this.#unlessSpent(() => connection.warm()),
      stream: (request) => this.#stream(connection, request),
      close: () => connection.close(),
    };
  }

  tts(connection: TtsConnection): TtsConnection {
    let counted = 0;
    const given = (spoken: number) => {
      const characters =
        connection.givenCharacters === undefined ? spoken : connection.givenCharacters - counted;
      counted += characters;
      if (characters > 0) this.#add('tts', { characters });
    };
    this.#countCharacters = () => given(0);
    return {
      sampleRate: connection.sampleRate,
      warm: () => this.#unlessSpent(() => connection.warm()),
      reply: (draftId) => {
        this.#throwIfSpent();
        return this.#reply(connection.reply(draftId), given);
      },
      close: () => connection.close(),
    };
  }

  stt(connection: SttConnection): SttConnection {
    let countedMs = 0;
    const sent = (writtenMs: number) => {
      const audioMs = connection.sentMs === undefined ? writtenMs : connection.sentMs - countedMs;
      countedMs += audioMs;
      if (audioMs > 0) this.#add('stt', { audioMs });
    };
    this.#countAudio = () => sent(0);
    return {
      warm: () => this.#unlessSpent(() => connection.warm()),
      openRecogniser: (speaker, listener) => {
        this.#throwIfSpent();
        return this.#recogniser(connection.openRecogniser(speaker, listener), listener, sent);
      },
      close: () => connection.close(),
    };
  }

  async *#stream(connection: LlmConnection, request: LlmRequest): AsyncGenerator<LlmEvent> {
    this.#throwIfSpent();
    let told = false;
    const onLostTry: LlmRequest['onLostTry'] = (used) => {
      const usage = used ? { ...usageOf(used), estimatedCalls: 1 } : guess(request, null, 0);
      this.#add('llm', usage);
    };
    let prompt: PromptUsage | null = null;
    let written = 0;
    try {
      for await (const event of connection.stream({ ...request, onLostTry })) {
        if (event.type === 'usage') {
          // One that came to nothing may tell it as well, before the next address is asked.
          this.#add('llm', usageOf(event));
          [told, prompt, written] = [true, null, 0];
        } else {
          prompt ??= event.prompt ?? null;
          written += event.text.length;
        }
        yield event;
      }
    } finally {
      // Nothing was written and nothing told: it was refused, and refusals cost nothing.
      if (written > 0 || (!told && request.signal.aborted)) this.#add('llm', guess(request, prompt, written));
    }
  }

  #reply(reply: TtsReply, given: (spoken: number) => void): TtsReply {
    return {
      speak: (clause) => {
        this.#throwIfSpent();
        reply.speak(clause);
        given(clause.length);
      },
      end: () => reply.end(),
      cancel: () => reply.cancel(),
      audio: reply.audio,
    };
  }

  #recogniser(
    recogniser: Recogniser,
    listener: (event: SttEvent) => void,
    sent: (writtenMs: number) => void,
  ): Recogniser {
    return {
      write: (pcm) => {
        if (this.#isSpent()) return;
        recogniser.write(pcm);
        sent(pcm.length / SAMPLES_PER_MS);
      },
      commit: () => {
        if (!this.#isSpent()) return recogniser.commit();
        queueMicrotask(() => listener({ type: 'error', error: this.#capError() }));
        return 0;
      },
      reset: () => recogniser.reset(),
      close: () => recogniser.close(),
    };
  }

  #add(stage: keyof Services, usage: Partial<Usage>): void {
    const { guildId, ledger, services } = this.#options;
    const service = services[stage];
    const name = serviceName(service);
    const before = this.#sinceTurn.get(name)?.usage ?? NO_USAGE;
    this.#sinceTurn.set(name, { service, usage: addUsage(before, usage) });
    ledger.add(guildId, service, usage);
    this.#isSpent();
  }

  #countRest(): void {
    this.#countAudio();
    this.#countCharacters();
  }

  #isSpent(): boolean {
    const { guildId, ledger, onSpent } = this.#options;
    const spent = ledger.isSpent(guildId);
    if (spent && !this.#spent) {
      this.#spent = true;
      onSpent();
    }
    return spent;
  }

  #unlessSpent(act: () => void): void {
    if (!this.#isSpent()) act();
  }

  #throwIfSpent(): void {
    if (this.#isSpent()) throw this.#capError();
  }

  #capError() {
    return capReached(this.#options.ledger.dailyCapUsd);
  }
}

const usageOf = ({ outputTokens, ...prompt }: PromptUsage & { outputTokens: number }): Partial<Usage> => ({
  ...{ calls: 1, inputTokens: prompt.inputTokens, outputTokens },
  ...{ cachedInputTokens: prompt.cachedInputTokens ?? 0, cacheWriteTokens: prompt.cacheWriteTokens ?? 0 },
});

function guess(
  { system, messages }: LlmRequest,
  prompt: PromptUsage | null,
  written: number,
): Partial<Usage> {
  const asked = messages.reduce((sum, { content }) => sum + content.length, system.length);
  const tokens = (characters: number) => Math.ceil(characters / CHARACTERS_PER_TOKEN);
  const known = prompt ?? { inputTokens: tokens(asked) };
  return { ...usageOf({ ...known, outputTokens: tokens(written) }), estimatedCalls: 1 };
}
