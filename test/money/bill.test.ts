/** The bill is what was used times the table, draft by draft; once the day is spent nothing is asked for any more. */
import { describe, expect, it, vi } from 'vitest';
import { createLedger, type DaySpend, type Ledger } from '../../src/money/ledger.ts';
import { Meter } from '../../src/money/meter.ts';
import { PRICES } from '../../src/money/prices.ts';
import type { TurnCost } from '../../src/money/usage.ts';
import type { LlmConnection, LlmEvent } from '../../src/providers/llm/llm.ts';
import type { SttConnection, SttEvent } from '../../src/providers/stt/stt.ts';
import type { TtsConnection } from '../../src/providers/tts/tts.ts';
import { randomFrom } from '../latency/timelines.ts';

const services = {
  stt: { vendor: 'elevenlabs', model: 'scribe_v2_realtime' },
  llm: { vendor: 'anthropic', model: 'claude-haiku-4-5-20251001' },
  tts: { vendor: 'elevenlabs', model: 'eleven_flash_v2_5' },
};
const NOON = Date.UTC(2026, 10, 23, 12);
const FRAME = new Int16Array(320);

/** Vendors that count for themselves what they were asked. */
class Vendors {
  readonly asked = {
    ...{ requests: 0, input: 0, cached: 0, output: 0 },
    ...{ characters: 0, samples: 0, commits: 0, warmed: 0 },
  };
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  readonly llm: LlmConnection = {
    warm: () => this.#warm(),
    stream: () => this.#answer(),
    close: async () => {},
  };
  readonly tts: TtsConnection = {
    sampleRate: 24_000,
    warm: () => this.#warm(),
    reply: () => ({
      speak: (clause) => {
        this.asked.characters += clause.length;
      },
      end() {},
      cancel() {},
      audio: (async function* () {})(),
    }),
    close: async () => {},
  };
  readonly stt: SttConnection = {
    warm: () => this.#warm(),
    openRecogniser: () => ({
      write: (pcm) => {
        this.asked.samples += pcm.length;
      },
      commit: () => {
        this.asked.commits += 1;
        return this.asked.commits;
      },
      reset() {},
      close() {},
    }),
    close: async () => {},
  };

  #warm(): void {
    this.asked.warmed += 1;
  }

  async *#answer(): AsyncGenerator<LlmEvent> {
    const pick = (most: number) => Math.floor(this.#random() * most);
    const used = { inputTokens: 500 + pick(2_000), outputTokens: 5 + pick(90), cachedInputTokens: pick(400) };
    this.asked.requests += 1;
    yield { type: 'text', text: 'It is noon. ' };
    yield { type: 'text', text: 'And a fine day.' };
    this.asked.input += used.inputTokens;
    this.asked.cached += used.cachedInputTokens;
    this.asked.output += used.outputTokens;
    yield { type: 'usage', ...used };
  }
}

function room(dailyCapUsd: number | null, random = randomFrom(1)) {
  const vendors = new Vendors(random);
  const now = { unixMs: NOON };
  const saved: DaySpend[] = [];
  const ledger = createLedger({
    ...{ nowUnixMs: () => now.unixMs, prices: PRICES, dailyCapUsd, earlier: null },
    onChange: (spend) => saved.push(spend),
  });
  const onSpent = vi.fn();
  const meter = new Meter({ guildId: 'guild', ledger, services, onSpent });
  const { llm, tts, stt } = {
    llm: meter.llm(vendors.llm),
    tts: meter.tts(vendors.tts),
    stt: meter.stt(vendors.stt),
  };
  const heard: SttEvent[] = [];
  const recogniser = stt.openRecogniser({ id: '1', name: 'Ada' }, (event) => heard.push(event));
  /** One answer: asked of the model, spoken by the voice. */
  const draft = async () => {
    const reply = tts.reply('draft');
    const messages = [{ role: 'user' as const, content: 'What time is it?' }];
    const { signal } = new AbortController();
    for await (const event of llm.stream({ system: 'Be brief.', messages, maxTokens: 150, signal })) {
      if (event.type === 'text') reply.speak(event.text);
    }
  };
  const say = (frames: number) => {
    for (let i = 0; i < frames; i++) recogniser.write(FRAME);
    return recogniser.commit();
  };
  return { vendors, now, ledger, meter, onSpent, draft, say, llm, stt, tts, heard, saved };
}

/** By hand, in billionths: 1 and 5 USD for a million tokens, a tenth for cached ones; 0.05 for 1,000 characters; 0.468 an hour. */
const billNanos = ({ asked }: Vendors) =>
  (asked.input - asked.cached) * 1_000 +
  asked.cached * 100 +
  asked.output * 5_000 +
  asked.characters * 50_000 +
  Math.floor((asked.samples * 468) / 57.6);

const nanos = (usd: number | null) => Math.round(usd! * 1e9);

describe('the bill', () => {
  it('of 200 turns is their usage times the table, drafts in vain included', async () => {
    const random = randomFrom(7);
    const { vendors, meter, ledger, draft, say } = room(null, random);
    const turns: TurnCost[] = [];
    for (let turn = 0; turn < 200; turn++) {
      say(25 + Math.floor(random() * 200));
      for (let drafts = 1 + Math.floor(random() * 3); drafts > 0; drafts--) await draft();
      turns.push(meter.takeTurn());
    }
    expect(vendors.asked.requests).toBeGreaterThan(300);
    expect(nanos(ledger.todayUsd('guild'))).toBe(billNanos(vendors));
    const sum = (pick: (cost: TurnCost) => number) => turns.reduce((total, cost) => total + pick(cost), 0);
    expect(sum(({ usd }) => nanos(usd))).toBe(billNanos(vendors));
    expect(sum(({ usage }) => usage.inputTokens)).toBe(vendors.asked.input);
    expect(sum(({ usage }) => usage.cachedInputTokens)).toBe(vendors.asked.cached);
    expect(sum(({ usage }) => usage.outputTokens)).toBe(vendors.asked.output);
    expect(sum(({ usage }) => usage.characters)).toBe(vendors.asked.characters);
    expect(sum(({ usage }) => usage.audioMs)).toBe(vendors.asked.samples / 16);
    expect(sum(({ usage }) => usage.calls)).toBe(vendors.asked.requests);
    expect(sum(({ usage }) => usage.estimatedCalls)).toBe(0);
  });

  it('estimates an answer that was cut short, and says so', async () => {
    const { llm, meter } = room(null);
    const messages = [{ role: 'user' as const, content: 'x'.repeat(380) }];
    const request = {
      system: 'y'.repeat(20),
      messages,
      maxTokens: 150,
      signal: new AbortController().signal,
    };
    for await (const _ of llm.stream(request)) break;
    const { usage } = meter.takeTurn();
    expect(usage).toMatchObject({ calls: 1, estimatedCalls: 1, inputTokens: 134, outputTokens: 4 });
    expect(meter.takeTurn().usd).toBe(0);
  });

  it('knows the prompt of an answer that was cut short where the vendor tells it early', async () => {
    const { meter, vendors } = room(null);
    const prompt = { inputTokens: 700, cachedInputTokens: 600 };
    const llm = meter.llm({
      ...vendors.llm,
      async *stream() {
        yield { type: 'text', text: 'It is ', prompt };
        yield { type: 'text', text: 'noon.' };
      },
    });
    const request = { system: '', messages: [], maxTokens: 150, signal: new AbortController().signal };
    for await (const _ of llm.stream(request)) break;
    expect(meter.takeTurn().usage).toMatchObject({ ...prompt, estimatedCalls: 1, outputTokens: 2 });
  });

  it('counts the silence that a vendor needs, where the adapter tells what it sent', () => {
    const { meter, vendors } = room(null);
    let sentMs = 500;
    const stt = meter.stt(
      Object.defineProperty({ ...vendors.stt }, 'sentMs', { get: () => sentMs }) as SttConnection,
    );
    const recogniser = stt.openRecogniser({ id: '1', name: 'Ada' }, () => {});
    sentMs += 20;
    recogniser.write(FRAME);
    sentMs += 3_000;
    expect(meter.takeTurn().usage.audioMs).toBe(3_520);
    expect(meter.takeTurn().usage.audioMs).toBe(0);
  });

  it('counts what a voice was given twice, where the adapter tells what it gave', () => {
    const { meter, vendors, ledger } = room(null);
    let givenCharacters = 0;
    const tts = meter.tts(
      Object.defineProperty({ ...vendors.tts }, 'givenCharacters', {
        get: () => givenCharacters,
      }) as TtsConnection,
    );
    const reply = tts.reply('draft');
    givenCharacters += 8;
    reply.speak('Noon it is, and a clause that waits for its turn.');
    givenCharacters += 8;
    expect(meter.takeTurn().usage.characters).toBe(16);
    expect(meter.takeTurn().usage.characters).toBe(0);
    givenCharacters += 8;
    const before = ledger.todayUsd('guild')!;
    meter.close();
    expect(nanos(ledger.todayUsd('guild')! - before)).toBe(8 * 50_000);
  });

  it('counts a try that came to nothing: as the vendor told it, or else as an estimate', async () => {
    const { meter, vendors } = room(null);
    const used = { inputTokens: 700, outputTokens: 12 };
    const llm = meter.llm({
      ...vendors.llm,
      async *stream({ onLostTry }) {
        onLostTry?.(null);
        onLostTry?.({ inputTokens: 600, outputTokens: 1 });
        yield { type: 'usage', inputTokens: 500, outputTokens: 2 };
        yield { type: 'text', text: 'It is noon.' };
        yield { type: 'usage', ...used };
      },
    });
    const messages = [{ role: 'user' as const, content: 'x'.repeat(300) }];
    const { signal } = new AbortController();
    for await (const _ of llm.stream({ system: '', messages, maxTokens: 150, signal }));
    expect(meter.takeTurn().usage).toMatchObject({
      ...{ calls: 4, estimatedCalls: 2, inputTokens: 100 + 600 + 500 + 700, outputTokens: 1 + 2 + 12 },
    });
  });

  it('is nobody’s guess when a price is not known', async () => {
    const { ledger } = room(null);
    ledger.add('guild', { vendor: 'acme', model: 'one' }, { calls: 1 });
    expect(ledger.todayUsd('guild')).toBeNull();
    expect(ledger.todayUsd('another')).toBe(0);
  });

  it('begins anew each day, by UTC', async () => {
    const { ledger, say, now } = room(null);
    say(100);
    expect(ledger.todayUsd('guild')).toBeGreaterThan(0);
    now.unixMs = Date.UTC(2026, 10, 24, 0, 0, 1);
    expect(ledger.todayUsd('guild')).toBe(0);
  });

  it('is taken up again after a restart, on the same day', () => {
    const { ledger, say, saved } = room(null);
    say(100);
    const again = (unixMs: number): Ledger =>
      createLedger({
        ...{ nowUnixMs: () => unixMs, prices: PRICES, dailyCapUsd: null, onChange() {} },
        earlier: JSON.parse(JSON.stringify(saved.at(-1))),
      });
    expect(again(NOON + 1).todayUsd('guild')).toBe(ledger.todayUsd('guild'));
    expect(again(NOON + 86_400_000).todayUsd('guild')).toBe(0);
  });

  it('keeps nothing of what is free', () => {
    const { ledger, saved } = room(null);
    ledger.add('guild', { vendor: 'embedded', model: 'embedded' }, { audioMs: 5_000 });
    ledger.add('guild', { vendor: 'ollama', model: 'llama3.2' }, { inputTokens: 5_000 });
    expect(saved).toEqual([]);
  });
});

describe('the cap', () => {
  it('lets nothing through once it is reached, tells it once, and is over the next day', async () => {
    const { vendors, ledger, onSpent, draft, say, llm, stt, tts, heard, now } = room(0.02);
    let failure: unknown = null;
    for (let turn = 0; turn < 200 && failure === null; turn++) {
      say(50);
      failure = await draft().then(
        () => null,
        (error: unknown) => error,
      );
    }
    expect(failure).toMatchObject({ code: 'DAILY_CAP', remedy: expect.stringContaining('00:00 UTC') });
    expect(onSpent).toHaveBeenCalledOnce();
    expect(ledger.isSpent('guild')).toBe(true);
    expect(ledger.isSpent('another')).toBe(false);
    const before = { ...vendors.asked };
    // What was asked before is paid; nothing is asked any more.
    for (let turn = 0; turn < 20; turn++) {
      say(50);
      await expect(draft()).rejects.toMatchObject({ code: 'DAILY_CAP' });
      for (const connection of [llm, stt, tts]) connection.warm();
    }
    expect(() => stt.openRecogniser({ id: '2', name: 'Ben' }, () => {})).toThrow(/used up/);
    expect(vendors.asked).toEqual(before);
    expect(heard.at(-1)).toMatchObject({ type: 'error', error: { code: 'DAILY_CAP' } });
    // It went over by no more than one call.
    expect(billNanos(vendors)).toBeLessThan(24_000_000);
    expect(onSpent).toHaveBeenCalledOnce();
    now.unixMs += 86_400_000;
    await draft();
    expect(vendors.asked.requests).toBe(before.requests + 1);
  });
});
