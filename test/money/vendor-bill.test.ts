/** What is billed is what the vendors got and told, to the millisecond, the letter, the token and a billionth of a dollar. */
import { describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { createLedger } from '../../src/money/ledger.ts';
import { Meter } from '../../src/money/meter.ts';
import { PRICES } from '../../src/money/prices.ts';
import { createAnthropicMessages } from '../../src/providers/llm/anthropic-messages.ts';
import { createElevenLabsScribe } from '../../src/providers/stt/elevenlabs-scribe.ts';
import { createOpenAiTranscriptions } from '../../src/providers/stt/openai-transcriptions.ts';
import type { SttConnection, SttEvent } from '../../src/providers/stt/stt.ts';
import { createElevenLabsHttp } from '../../src/providers/tts/elevenlabs-http.ts';
import { createElevenLabsSocket } from '../../src/providers/tts/elevenlabs-socket.ts';
import { createFallbackVoice } from '../../src/providers/tts/fallback-voice.ts';
import { SkippingClock } from '../support/skipping-clock.ts';
import { ANTHROPIC_KEY, startAnthropic } from '../support/vendors/anthropic.ts';
import { ELEVENLABS_KEY, ELEVENLABS_VOICE, LocalElevenLabs } from '../support/vendors/elevenlabs.ts';
import { ScribeVendor } from '../support/vendors/elevenlabs-scribe.ts';
import { type Fault, tokensOf } from '../support/vendors/http-vendor.ts';
import { TranscriptionVendor } from '../support/vendors/openai-transcriptions.ts';
import { type ToneWord, toneSpeech } from '../support/vendors/tone-speech.ts';

const ANSWER = 'It is noon. And a fine day.';

const services = {
  stt: { vendor: 'elevenlabs', model: 'scribe_v2_realtime' },
  llm: { vendor: 'anthropic', model: 'claude-haiku-4-5' },
  tts: { vendor: 'elevenlabs', model: 'eleven_flash_v2_5' },
};
const { signal } = new AbortController();

function account() {
  const ledger = createLedger({
    ...{ nowUnixMs: () => 0, prices: PRICES, dailyCapUsd: null, earlier: null, onChange() {} },
  });
  return { ledger, meter: new Meter({ guildId: 'guild', ledger, services, onSpent() {} }) };
}

/** What Anthropic would be asked at these addresses. */
const mindAt = (baseUrls: readonly string[], clock: Clock = systemClock) =>
  createAnthropicMessages({
    ...{ clock, log: silentLog, name: 'anthropic', vendor: 'Anthropic', place: 'here' },
    ...{ baseUrls, auth: 'x-api-key', apiKey: ANTHROPIC_KEY, model: 'claude-haiku-4-5' },
  }).connect(signal);

it('of ten turns is what ElevenLabs got and Anthropic told', async () => {
  const ears = await ScribeVendor.listen({ apiKey: ELEVENLABS_KEY });
  const voice = await LocalElevenLabs.start();
  const mind = await startAnthropic({ answer: () => ANSWER });
  const base = { clock: systemClock, log: silentLog, apiKey: ELEVENLABS_KEY };
  const scribe = await createElevenLabsScribe({
    ...base,
    baseUrl: ears.baseUrl,
    names: () => ['Parley'],
  }).connect(signal);
  const speaker = await createElevenLabsSocket({
    ...{ ...base, baseUrl: voice.baseUrl, voiceId: ELEVENLABS_VOICE },
  }).connect(signal);
  const answers = await mindAt([mind.url]);
  const { ledger, meter } = account();
  const tts = meter.tts(speaker);
  const llm = meter.llm(answers);
  let final = Promise.withResolvers<SttEvent>();
  const recogniser = meter.stt(scribe).openRecogniser({ id: '1', name: 'Ada' }, (event) => {
    if (event.type === 'final') final.resolve(event);
  });
  for (let turn = 0; turn < 10; turn++) {
    final = Promise.withResolvers();
    recogniser.write(toneSpeech('what', 'time', 'is', 'it'));
    recogniser.commit();
    expect(await final.promise).toMatchObject({ text: 'what time is it' });
    const reply = tts.reply(`draft-${turn}`);
    const messages = [{ role: 'user' as const, content: `What time is it? ${turn}`.repeat(turn + 1) }];
    let text = '';
    for await (const event of llm.stream({ system: 'Be brief.', messages, maxTokens: 150, signal }))
      if (event.type === 'text') text += event.text;
    reply.speak(text);
    reply.end();
    for await (const _ of reply.audio);
  }
  await scribe.close();
  await speaker.close();
  await answers.close();
  const { usage, usd } = meter.takeTurn();
  const heardMs = ears.sessions.reduce((sum, { audioMs }) => sum + audioMs, 0);
  // As the stand-in counts and tells them.
  const prompts = mind.asked.map(({ body }) => JSON.stringify([body!.system, body!.messages]));
  const inputTokens = prompts.reduce((sum, prompt) => sum + Math.ceil(prompt.length / 4), 0);
  const outputTokens = 10 * tokensOf(ANSWER).length;
  const said = voice.messages.map(({ text }) => String(text ?? '').trim()).join('');
  expect(usage).toMatchObject({ audioMs: heardMs, characters: said.length, inputTokens, outputTokens });
  const tokens = inputTokens * 1_000 + outputTokens * 5_000;
  // Keyterms cost a fifth more, and are sent with every session.
  for (const { url } of ears.sessions) expect(url.searchParams.getAll('keyterms')).not.toEqual([]);
  const nanos = tokens + said.length * 50_000 + Math.floor((heardMs * 16 * 468) / 57.6);
  expect(Math.round(usd! * 1e9)).toBe(nanos);
  expect(ledger.todayUsd('guild')).toBe(usd);
  await ears.close();
  await voice.stop();
  await mind.close();
});

describe('of work that was done twice is both', { tags: ['fault'] }, () => {
  /** What one speaker is understood to say. */
  async function heard(connection: SttConnection, ...words: ToneWord[]): Promise<SttEvent> {
    const final = Promise.withResolvers<SttEvent>();
    const recogniser = connection.openRecogniser({ id: '1', name: '!' }, (event) => {
      if (event.type === 'final' || event.type === 'error') final.resolve(event);
    });
    recogniser.write(toneSpeech(...words));
    recogniser.commit();
    return await final.promise;
  }

  it('speech that Scribe had in a session that was lost', async () => {
    const ears = await ScribeVendor.listen({
      apiKey: ELEVENLABS_KEY,
      script: (index) => ({
        onCommit: (_, session) => {
          if (index === 0) session.hangUp();
          return index === 0 ? 'handled' : 'usual';
        },
      }),
    });
    const { meter } = account();
    const { baseUrl } = ears;
    const base = { clock: systemClock, log: silentLog, apiKey: ELEVENLABS_KEY, baseUrl };
    const scribe = await createElevenLabsScribe(base).connect(signal);
    expect(await heard(meter.stt(scribe), 'one', 'two')).toMatchObject({ text: 'one two' });
    await scribe.close();
    const sentMs = ears.sessions.map(({ audioMs }) => audioMs);
    expect(sentMs.filter((ms) => ms > 0)).toHaveLength(2);
    expect(meter.takeTurn().usage.audioMs).toBe(sentMs.reduce((sum, ms) => sum + ms, 0));
    await ears.close();
  });

  it('an utterance that was posted twice, but not one that was refused', async () => {
    const ears = await TranscriptionVendor.listen({
      script: (index) => [{ fault: 'reset' as const }, {}, { fault: { status: 422 } }][index] ?? {},
    });
    const { meter } = account();
    const base = { clock: systemClock, log: silentLog, baseUrl: ears.baseUrl, model: 'whisper-1' };
    const connection = await createOpenAiTranscriptions(base).connect(signal);
    const metered = meter.stt(connection);
    expect(await heard(metered, 'one', 'two')).toMatchObject({ text: 'one two' });
    const posted = ears.asked.map(({ audioMs }) => audioMs);
    expect(posted).toHaveLength(2);
    expect(meter.takeTurn().usage.audioMs).toBe(posted[0]! + posted[1]!);
    expect(await heard(metered, 'one')).toMatchObject({ type: 'error' });
    expect(ears.asked).toHaveLength(3);
    expect(meter.takeTurn().usage.audioMs).toBe(0);
    await connection.close();
    await ears.close();
  });

  it('a clause that the socket was late with, and the stream spoke', async () => {
    const clock = new SkippingClock();
    const voice = await LocalElevenLabs.start({ clause: () => ({ firstAudioMs: 5_000 }) }, clock);
    const { baseUrl } = voice;
    const options = { clock, log: silentLog, apiKey: ELEVENLABS_KEY, baseUrl, voiceId: ELEVENLABS_VOICE };
    const [first, second] = [createElevenLabsSocket(options), createElevenLabsHttp(options)];
    const speaker = await createFallbackVoice({ clock, log: silentLog, first, second }).connect(signal);
    const { meter } = account();
    const reply = meter.tts(speaker).reply('draft');
    reply.speak('Here I am.');
    reply.end();
    const audio = Array.fromAsync(reply.audio);
    await voice.until(() => voice.messages.some(({ flush }) => flush));
    await clock.skip(800);
    expect((await audio).length).toBeGreaterThan(0);
    expect(meter.takeTurn().usage.characters).toBe(2 * 'Here I am.'.length);
    await speaker.close();
    await voice.stop();
  });

  it('an answer that was lost before its first word, and asked for elsewhere', async () => {
    const answer = () => ANSWER;
    const faults: readonly (Fault | undefined)[] = ['reset', { status: 503 }, undefined];
    const minds = await Promise.all(
      faults.map((fault) => startAnthropic({ answer, behaviour: () => (fault ? { fault } : {}) })),
    );
    const mind = await mindAt(minds.map(({ url }) => url));
    const { meter } = account();
    const request = { system: 'Be brief.', messages: [], maxTokens: 150, signal };
    let text = '';
    for await (const event of meter.llm(mind).stream(request)) if (event.type === 'text') text += event.text;
    expect(text).toBe(ANSWER);
    // Over a connection that was kept, and over a new one; who refuses does not bill.
    expect(minds.map(({ asked }) => asked.length)).toEqual([2, 1, 1]);
    const { body } = minds[2]!.asked[0]!;
    const inputTokens = Math.ceil(JSON.stringify([body!.system, body!.messages]).length / 4);
    expect(meter.takeTurn().usage).toMatchObject({
      ...{ calls: 3, estimatedCalls: 2, inputTokens: inputTokens + 2 * ('Be brief.'.length / 3) },
    });
    await mind.close();
    for (const one of minds) await one.close();
  });

  it('an answer that was thought about and never written', async () => {
    const vendor = await startAnthropic({ behaviour: () => ({ fault: 'only thinking' }) });
    const mind = await mindAt([vendor.url]);
    const { meter } = account();
    const request = { system: 'Be brief.', messages: [], maxTokens: 150, signal };
    await expect(Array.fromAsync(meter.llm(mind).stream(request))).rejects.toMatchObject({
      code: 'LLM_ONLY_THOUGHT',
    });
    const { usage } = meter.takeTurn();
    expect(usage).toMatchObject({ calls: vendor.asked.length, estimatedCalls: 0 });
    expect(usage.outputTokens).toBeGreaterThan(0);
    await mind.close();
    await vendor.close();
  });

  it('an answer that came too late to be waited for', async () => {
    const clock = new SkippingClock();
    const vendor = await startAnthropic({ behaviour: () => ({ fault: 'stall after first event' }) });
    const mind = await mindAt([vendor.url], clock);
    const { meter } = account();
    const request = { system: 'Be brief.', messages: [], maxTokens: 150, signal };
    const late = expect(Array.fromAsync(meter.llm(mind).stream(request))).rejects.toMatchObject({
      code: 'LLM_FIRST_TOKEN_LATE',
    });
    await vendor.until(() => vendor.asked.length === 1);
    await clock.skip(3_000);
    await late;
    expect(meter.takeTurn().usage).toMatchObject({ calls: 1, estimatedCalls: 1 });
    await mind.close();
    await vendor.close();
  });
});
