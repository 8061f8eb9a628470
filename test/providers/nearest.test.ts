/** Of several addresses the nearest is used, by measured round trip; the others stay as a way out. */
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { embeddedChoice, type ProviderChoice } from '../../src/providers/choice.ts';
import { describeWay, locate } from '../../src/providers/locate.ts';
import { byDistance } from '../../src/providers/wire/nearest.ts';
import { DistantServer } from '../support/distant-server.ts';

const context = { clock: systemClock, log: silentLog };
const servers: DistantServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

/** An address that is so far away. */
async function away(ms: number): Promise<DistantServer> {
  const server = await DistantServer.listen(ms);
  servers.push(server);
  return server;
}

describe('byDistance', () => {
  it('puts the nearer of two first, whichever is named first, and tells how far both are', async () => {
    const near = await away(0);
    const far = await away(80);
    for (const given of [
      [near.url, far.url],
      [far.url, near.url],
    ]) {
      const [first, second] = await byDistance(given, context);
      expect(first!.baseUrl).toBe(near.url);
      expect(second!.baseUrl).toBe(far.url);
      expect(second!.ms! - first!.ms!).toBeGreaterThan(20);
    }
  });

  it('puts what cannot be reached last, and leaves no connection', async () => {
    const near = await away(0);
    const gone = await away(0);
    await gone.close();
    const ways = await byDistance([gone.url, near.url], context);
    expect(ways.map(({ baseUrl, ms }) => [baseUrl, ms !== null])).toEqual([
      [near.url, true],
      [gone.url, false],
    ]);
    await near.until(() => near.open === 0);
    expect(describeWay(ways)).toMatch(/^\d+ ms to 127\.0\.0\.1:\d+, no way to 127\.0\.0\.1:\d+$/);
  });

  it('asks nothing where there is no choice', async () => {
    const only = await away(0);
    expect(await byDistance([only.url], context)).toEqual([{ baseUrl: only.url, ms: null }]);
    expect(only.requests).toBe(0);
  });
});

describe('locate', () => {
  it('orders the addresses of each stage, and measures those of two stages once', async () => {
    const near = await away(0);
    const far = await away(80);
    const embedded = embeddedChoice('slt');
    const baseUrls = [far.url, near.url];
    const choice: ProviderChoice = {
      stt: { ...embedded.stt, provider: 'elevenlabs', apiKey: 'k', baseUrls },
      llm: embedded.llm,
      tts: { ...embedded.tts, provider: 'elevenlabs', apiKey: 'k', baseUrls },
    };
    const located = await locate(choice, context);
    expect(located.choice).toEqual({
      stt: { ...choice.stt, baseUrls: [near.url, far.url] },
      llm: choice.llm,
      tts: { ...choice.tts, baseUrls: [near.url, far.url] },
    });
    expect(located.roundTrips.llm).toEqual([]);
    expect(located.roundTrips.stt.map(({ baseUrl }) => baseUrl)).toEqual([near.url, far.url]);
    expect(near.requests).toBe(4);
  });

  it('takes the region that is set, without measuring', async () => {
    const embedded = embeddedChoice('slt');
    const stt = { ...embedded.stt, provider: 'elevenlabs', region: 'eu' };
    const located = await locate({ ...embedded, stt }, context);
    expect(located.choice.stt.baseUrls).toEqual(['https://api.eu.residency.elevenlabs.io']);
    expect(located.roundTrips.stt).toEqual([]);
  });
});
