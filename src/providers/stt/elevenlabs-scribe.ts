/**
 * Speech to text by ElevenLabs: Scribe v2 realtime, whose segments end when our own endpointing says so.
 *
 * One session (a socket) per speaker who talks, taken from a spare that is open already and given back after a minute
 * of silence; at most `maxSessions` talk at once, over all channels, and each channel keeps `spareSessions` besides.
 * The vendor counts both against the sessions that the plan allows.
 */
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { elevenLabsPlace } from '../wire/elevenlabs-place.ts';
import { openScribeSession } from './scribe/session.ts';
import { StreamConnection, type StreamVendor } from './streaming/connection.ts';
import { type ProbeResult, timed } from './streaming/probe.ts';
import { Talkers } from './streaming/session-pool.ts';
import type { SpeechToText } from './stt.ts';

export interface ElevenLabsScribeOptions {
  clock: Clock;
  log: Log;
  apiKey: string;
  /** `https://api.elevenlabs.io` unless given; residency hosts have their own accounts and keys. */
  baseUrl?: string;
  /** `scribe_v2_realtime` unless given. */
  model?: string;
  /** BCP 47 or ISO 639; found out by the vendor, at some cost in accuracy, when absent. */
  language?: string;
  /** The agent's names; asked whenever a session is opened. Those of channel and speakers come with them. */
  names?: () => readonly string[];
  /** 16 unless given. */
  maxSessions?: number;
  /** 1 unless given. */
  spareSessions?: number;
}

export interface ElevenLabsScribe extends SpeechToText {
  /** Opens one session and closes it: the network, the key, the plan, the model. Rejects with a ParleyError. */
  probe(signal: AbortSignal): Promise<ProbeResult>;
}

const BASE_URL = 'https://api.elevenlabs.io';
const MODEL = 'scribe_v2_realtime';
const KEYTERM_LIMITS = { most: 50, maxCharacters: 20, maxWords: 5 };
/** The vendor advises to commit every 20 to 30 s, and was seen to do it by itself after 36 s, documented are 90. */
const SETTLE_AFTER_MS = 20_000;
/** How long a session may last is not documented: it is replaced before it could matter, and when it ends by itself. */
const MAX_AGE_MS = 300_000;
const MAX_SESSIONS = 16;
const SPARE_SESSIONS = 1;

export function createElevenLabsScribe(options: ElevenLabsScribeOptions): ElevenLabsScribe {
  const { clock, log, apiKey, baseUrl = BASE_URL, model = MODEL, language, names = () => [] } = options;
  const settings = { clock, log, apiKey, baseUrl, model, ...(language !== undefined && { language }) };
  const vendor: StreamVendor = {
    ...{ clock, log, names, keytermLimits: KEYTERM_LIMITS },
    traits: { endsAlone: false, settleAfterMs: SETTLE_AFTER_MS, maxAgeMs: MAX_AGE_MS },
    spares: options.spareSessions ?? SPARE_SESSIONS,
    talkers: new Talkers(options.maxSessions ?? MAX_SESSIONS),
    open: (keyterms, signal, onSent) => openScribeSession({ ...settings, keyterms, signal, onSent }),
  };
  return {
    name: 'elevenlabs-scribe',
    place: elevenLabsPlace(baseUrl),
    // Commits only mark where one transcript ends and the next begins; what was heard before stays known to it.
    earlyCommit: true,
    connect: (signal, there) => StreamConnection.connect(vendor, signal, there),
    probe: (signal) =>
      timed(clock, async () => {
        signal.throwIfAborted();
        const session = await openScribeSession({ ...settings, keyterms: [], signal });
        await session.close();
        return `${model} at ${new URL(baseUrl).host}`;
      }),
  };
}
