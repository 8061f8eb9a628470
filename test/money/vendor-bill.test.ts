/** What is billed of a recogniser and a voice is what their vendors got, to the millisecond and the letter. */
import { expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { createLedger } from '../../src/money/ledger.ts';
import { Meter } from '../../src/money/meter.ts';
import { PRICES } from '../../src/money/prices.ts';
import { createElevenLabsScribe } from '../../src/providers/stt/elevenlabs-scribe.ts';
import type { SttEvent } from '../../src/providers/stt/stt.ts';
import { createElevenLabsSocket } from '../../src/providers/tts/elevenlabs-socket.ts';
import { ELEVENLABS_KEY, ELEVENLABS_VOICE, LocalElevenLabs } from '../support/vendors/elevenlabs.ts';
import { ScribeVendor } from '../support/vendors/elevenlabs-scribe.ts';
import { toneSpeech } from '../support/vendors/tone-speech.ts';

it('is what ElevenLabs got', async () => {
  const ears = await ScribeVendor.listen({ apiKey: ELEVENLABS_KEY });
  const voice = await LocalElevenLabs.start();
  const { signal } = new AbortController();
  const base = { clock: systemClock, log: silentLog, apiKey: ELEVENLABS_KEY };
  const scribe = await createElevenLabsScribe({ ...base, baseUrl: ears.baseUrl }).connect(signal);
  const speaker = await createElevenLabsSocket({
    ...{ ...base, baseUrl: voice.baseUrl, voiceId: ELEVENLABS_VOICE },
  }).connect(signal);
  const ledger = createLedger({
    ...{ nowUnixMs: () => 0, prices: PRICES, dailyCapUsd: null, earlier: null, onChange() {} },
  });
  const services = {
    stt: { vendor: 'elevenlabs', model: 'scribe_v2_realtime' },
    llm: { vendor: 'embedded', model: 'embedded' },
    tts: { vendor: 'elevenlabs', model: 'eleven_flash_v2_5' },
  };
  const meter = new Meter({ guildId: 'guild', ledger, services, onSpent() {} });
  const tts = meter.tts(speaker);
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
    reply.speak('It is noon.');
    reply.speak(`And ${turn} of the clock.`);
    reply.end();
    for await (const _ of reply.audio);
  }
  await scribe.close();
  await speaker.close();
  const { usage, usd } = meter.takeTurn();
  const heardMs = ears.sessions.reduce((sum, { audioMs }) => sum + audioMs, 0);
  const said = voice.messages.map(({ text }) => String(text ?? '').trim()).join('');
  expect(usage).toMatchObject({ audioMs: heardMs, characters: said.length });
  expect(usd).toBeCloseTo((heardMs * 0.39) / 3.6e6 + (said.length * 0.05) / 1e3, 12);
  await ears.close();
  await voice.stop();
});
