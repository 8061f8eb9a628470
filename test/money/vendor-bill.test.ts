/** What is billed is what the vendors got and told, to the millisecond, the letter, the token and a billionth of a dollar. */
import { expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { createLedger } from '../../src/money/ledger.ts';
import { Meter } from '../../src/money/meter.ts';
import { PRICES } from '../../src/money/prices.ts';
import { createAnthropicMessages } from '../../src/providers/llm/anthropic-messages.ts';
import { createElevenLabsScribe } from '../../src/providers/stt/elevenlabs-scribe.ts';
import type { SttEvent } from '../../src/providers/stt/stt.ts';
import { createElevenLabsSocket } from '../../src/providers/tts/elevenlabs-socket.ts';
import { ANTHROPIC_KEY, startAnthropic } from '../support/vendors/anthropic.ts';
import { ELEVENLABS_KEY, ELEVENLABS_VOICE, LocalElevenLabs } from '../support/vendors/elevenlabs.ts';
import { ScribeVendor } from '../support/vendors/elevenlabs-scribe.ts';
import { tokensOf } from '../support/vendors/http-vendor.ts';
import { toneSpeech } from '../support/vendors/tone-speech.ts';

const ANSWER = 'It is noon. And a fine day.';

it('of ten turns is what ElevenLabs got and Anthropic told', async () => {
  const ears = await ScribeVendor.listen({ apiKey: ELEVENLABS_KEY });
  const voice = await LocalElevenLabs.start();
  const mind = await startAnthropic({ answer: () => ANSWER });
  const { signal } = new AbortController();
  const base = { clock: systemClock, log: silentLog, apiKey: ELEVENLABS_KEY };
  const scribe = await createElevenLabsScribe({
    ...base,
    baseUrl: ears.baseUrl,
    names: () => ['Parley'],
  }).connect(signal);
  const speaker = await createElevenLabsSocket({
    ...{ ...base, baseUrl: voice.baseUrl, voiceId: ELEVENLABS_VOICE },
  }).connect(signal);
  const answers = await createAnthropicMessages({
    ...{ clock: systemClock, log: silentLog, name: 'anthropic', vendor: 'Anthropic', place: 'here' },
    ...{ baseUrls: [mind.url], auth: 'x-api-key', apiKey: ANTHROPIC_KEY, model: 'claude-haiku-4-5' },
  }).connect(signal);
  const ledger = createLedger({
    ...{ nowUnixMs: () => 0, prices: PRICES, dailyCapUsd: null, earlier: null, onChange() {} },
  });
  const services = {
    stt: { vendor: 'elevenlabs', model: 'scribe_v2_realtime' },
    llm: { vendor: 'anthropic', model: 'claude-haiku-4-5' },
    tts: { vendor: 'elevenlabs', model: 'eleven_flash_v2_5' },
  };
  const meter = new Meter({ guildId: 'guild', ledger, services, onSpent() {} });
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
