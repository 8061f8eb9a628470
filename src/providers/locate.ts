/** Which of a provider's addresses is used: the nearest by measured round trip, where there are several. */
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { ProviderChoice } from './choice.ts';
import { byDistance, type RoundTrip } from './wire/nearest.ts';

/** A vendor's own addresses by region; those of "auto" are open to every key. As of 2026-11. */
const OWN: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  elevenlabs: {
    auto: ['https://api.elevenlabs.io', 'https://api.us.elevenlabs.io'],
    global: ['https://api.elevenlabs.io'],
    us: ['https://api.us.elevenlabs.io'],
    // Isolated: accounts and keys of their own.
    eu: ['https://api.eu.residency.elevenlabs.io'],
    in: ['https://api.in.residency.elevenlabs.io'],
    sg: ['https://api.sg.residency.elevenlabs.io'],
  },
  deepgram: {
    auto: ['https://api.deepgram.com', 'https://api.eu.deepgram.com'],
    us: ['https://api.deepgram.com'],
    eu: ['https://api.eu.deepgram.com'],
  },
};

export interface Located {
  /** With the base addresses of each stage in the order in which they are to be used. */
  choice: ProviderChoice;
  /** What was measured, nearest first; empty where there was no choice. */
  roundTrips: Readonly<Record<keyof ProviderChoice, readonly RoundTrip[]>>;
}

/** Never rejects: addresses that cannot be reached come last, and fail where they are used. */
export async function locate(choice: ProviderChoice, context: { clock: Clock; log: Log }): Promise<Located> {
  const measured = new Map<string, Promise<RoundTrip[]>>();
  const measure = (candidates: readonly string[]) => {
    const key = candidates.join(' ');
    const found = measured.get(key) ?? byDistance(candidates, context);
    measured.set(key, found);
    return found;
  };
  const { stt, llm, tts } = choice;
  const ways = await Promise.all([stt, llm, tts].map((stage) => measure(candidatesOf(stage))));
  const urls = ways.map((way) => way.map(({ baseUrl }) => baseUrl));
  const told = ways.map((way) => (way.length > 1 ? way : []));
  return {
    choice: {
      stt: { ...stt, baseUrls: urls[0]! },
      llm: { ...llm, baseUrls: urls[1]! },
      tts: { ...tts, baseUrls: urls[2]! },
    },
    roundTrips: { stt: told[0]!, llm: told[1]!, tts: told[2]! },
  };
}

function candidatesOf({
  provider,
  baseUrls,
  region,
}: ProviderChoice[keyof ProviderChoice]): readonly string[] {
  return baseUrls.length > 0 ? baseUrls : (OWN[provider]?.[region] ?? []);
}

/** "24 ms to api.us.elevenlabs.io, 61 ms to api.elevenlabs.io"; empty where nothing was measured. */
export const describeWay = (way: readonly RoundTrip[]): string =>
  way
    .map(
      ({ baseUrl, ms }) => `${ms === null ? 'no way' : `${Math.round(ms)} ms`} to ${new URL(baseUrl).host}`,
    )
    .join(', ');
