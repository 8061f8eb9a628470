/**
 * Speech to text by Deepgram: Flux, which tells early that a speaker is probably done, and takes it back if not.
 *
 * The vendor guarantees that the words of an EndOfTurn are those of the EagerEndOfTurn just before it, and that a
 * TurnResumed comes in between otherwise: an answer to the eager words needs no comparison. Turns that it ends by
 * itself are kept, and our commit is answered with all words since the last one; a commit within a turn ends it
 * (`ForceEndTurn`, which only the hosted service knows).
 *
 * One session (a socket) per speaker who talks, taken from a spare that is open already and given back after a minute
 * of silence; at most `maxSessions` talk at once, over all channels, and each channel keeps `spareSessions` besides.
 */
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { openFluxSession } from './flux/session.ts';
import { StreamConnection, type StreamVendor } from './streaming/connection.ts';
import { type ProbeResult, timed } from './streaming/probe.ts';
import { Talkers } from './streaming/session-pool.ts';
import type { SpeechToText } from './stt.ts';

export interface DeepgramFluxOptions {
  clock: Clock;
  log: Log;
  apiKey: string;
  /** Where the audio goes; "us" unless given. */
  region?: 'us' | 'eu';
  /** Instead of the region's. */
  baseUrl?: string;
  /** `flux-general-en`, or `flux-general-multi` for another language than English, unless given. */
  model?: string;
  /** BCP 47 or ISO 639; English unless given. */
  language?: string;
  /** How sure it must be that a turn has ended, 0.5 to 1; 0.7 unless given. 1 leaves it to us alone. */
  eotThreshold?: number;
  /** The same for an early guess, 0.3 to 0.9 and not above the other; 0.4 unless given. Lower costs more answers for nothing. */
  eagerEotThreshold?: number;
  /** The agent's names, the channel's; asked whenever a session is opened. Those of the speakers come by themselves. */
  names?: () => readonly string[];
  /** 16 unless given. */
  maxSessions?: number;
  /** 1 unless given. */
  spareSessions?: number;
}

export interface DeepgramFlux extends SpeechToText {
  /** Opens one session and closes it: the network, the key, the model. Rejects with a ParleyError. */
  probe(signal: AbortSignal): Promise<ProbeResult>;
}

const BASE_URLS = { us: 'https://api.deepgram.com', eu: 'https://api.eu.deepgram.com' } as const;
const PLACES = { us: 'Deepgram, in the USA', eu: 'Deepgram, in the European Union' } as const;
/** The vendor allows more, of 500 tokens together. */
const KEYTERM_LIMITS = { most: 50, maxCharacters: 30 };
const EOT_THRESHOLD = 0.7;
const EAGER_EOT_THRESHOLD = 0.4;
/** The vendor's default. */
const EOT_TIMEOUT_MS = 5_000;
const MAX_AGE_MS = 1_800_000;
const MAX_SESSIONS = 16;
const SPARE_SESSIONS = 1;

export function createDeepgramFlux(options: DeepgramFluxOptions): DeepgramFlux {
  const { clock, log, apiKey, region = 'us', baseUrl = BASE_URLS[region], names = () => [] } = options;
  const language = options.language?.split('-')[0]?.toLowerCase() ?? 'en';
  const model = options.model ?? (language === 'en' ? 'flux-general-en' : 'flux-general-multi');
  const settings = {
    ...{ clock, log, apiKey, baseUrl, model, eotTimeoutMs: EOT_TIMEOUT_MS },
    eotThreshold: options.eotThreshold ?? EOT_THRESHOLD,
    eagerEotThreshold: options.eagerEotThreshold ?? EAGER_EOT_THRESHOLD,
    ...(model.endsWith('-multi') && { languageHint: language }),
  };
  const vendor: StreamVendor = {
    ...{ clock, log, names, keytermLimits: KEYTERM_LIMITS },
    traits: { endsAlone: true, settleAfterMs: null, maxAgeMs: MAX_AGE_MS },
    spares: options.spareSessions ?? SPARE_SESSIONS,
    talkers: new Talkers(options.maxSessions ?? MAX_SESSIONS),
    open: (keyterms, signal, onSent) => openFluxSession({ ...settings, keyterms, signal, onSent }),
  };
  return {
    name: 'deepgram-flux',
    place: options.baseUrl === undefined ? PLACES[region] : `Deepgram, through ${hostOf(baseUrl)}`,
    // A commit ends its turn, and with it what it knows of the sentence; its early guesses serve the same end.
    earlyCommit: false,
    connect: (signal) => StreamConnection.connect(vendor, signal),
    probe: (signal) =>
      timed(clock, async () => {
        signal.throwIfAborted();
        const session = await openFluxSession({ ...settings, keyterms: [], signal });
        await session.close();
        return `${model} at ${hostOf(baseUrl)}`;
      }),
  };
}

const hostOf = (baseUrl: string): string => URL.parse(baseUrl)?.host ?? 'an address that is none';
