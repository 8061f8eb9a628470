// A thousand turns of each voice behind a network: every one ends, nothing is left, and memory stays flat.
import { describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/base/log.ts';
import { createElevenLabsHttp } from '../../../src/providers/tts/elevenlabs-http.ts';
import { createElevenLabsSocket } from '../../../src/providers/tts/elevenlabs-socket.ts';
import { createOpenAiSpeech } from '../../../src/providers/tts/openai-speech.ts';
import type { TextToSpeech } from '../../../src/providers/tts/tts.ts';
import { heldBytes } from '../../support/held-bytes.ts';
import { seededRandom } from '../../support/random.ts';
import { SkippingClock } from '../../support/skipping-clock.ts';
import { ELEVENLABS_KEY, ELEVENLABS_VOICE, LocalElevenLabs } from '../../support/vendors/elevenlabs.ts';
import { LocalSpeechServer } from '../../support/vendors/openai-speech.ts';
import { settle } from '../../support/virtual-clock.ts';

const TURNS = 1_000;
/** Turns after which everything that is kept for good has been made. */
const WARM_UP = 200;
const MAX_GROWTH_BYTES = 2_000_000;

async function live(tts: TextToSpeech): Promise<number> {
  const random = seededRandom(1);
  const connection = await tts.connect(new AbortController().signal);
  let before = 0;
  for (let turn = 0; turn < TURNS; turn++) {
    if (turn === WARM_UP) before = await heldBytes();
    const reply = connection.reply(`draft ${turn}`);
    reply.speak('So it is,');
    reply.speak('and so it was.');
    const cancelAfter = random() < 0.3 ? Math.floor(random() * 6) : Number.POSITIVE_INFINITY;
    if (cancelAfter > 0) reply.end();
    let chunks = 0;
    if (cancelAfter === 0) reply.cancel();
    for await (const { clause } of reply.audio) {
      expect(clause).toBeLessThan(2);
      if (++chunks === cancelAfter) reply.cancel();
    }
  }
  const grown = (await heldBytes()) - before;
  await connection.close();
  return grown;
}

describe('A thousand turns', () => {
  const account = { apiKey: ELEVENLABS_KEY, voiceId: ELEVENLABS_VOICE };

  it.each([
    ['ElevenLabs over its socket', createElevenLabsSocket],
    ['ElevenLabs over HTTP', createElevenLabsHttp],
  ])('of %s leave nothing behind', async (_name, create) => {
    const clock = new SkippingClock();
    const vendor = await LocalElevenLabs.start({}, clock);
    vendor.keep = false;
    const grown = await live(create({ ...account, clock, log: silentLog, baseUrl: vendor.baseUrl }));
    while (vendor.connections.size > 0) await settle();
    expect(clock.pending).toBe(0);
    expect(grown).toBeLessThan(MAX_GROWTH_BYTES);
    await vendor.stop();
  });

  it('of a speech server leave nothing behind', async () => {
    const clock = new SkippingClock();
    const server = await LocalSpeechServer.start(clock);
    server.keep = false;
    const grown = await live(
      createOpenAiSpeech({
        clock,
        log: silentLog,
        baseUrl: server.baseUrl,
        model: 'kokoro',
        voice: 'af_heart',
      }),
    );
    while (server.connections.size > 0) await settle();
    expect(clock.pending).toBe(0);
    expect(grown).toBeLessThan(MAX_GROWTH_BYTES);
    await server.stop();
  });
});
