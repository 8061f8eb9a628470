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
import { ParleyError } from '../../base/errors.ts';
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
  /** `https://api.deepgram.com`, in the USA, unless given. */
  baseUrl?: string;
  /** `flux-general-en`, or `flux-general-multi` for another language than English, unless given. */
  model?: string;
  /** BCP 47 or ISO 639; English unless given, or with a model of several languages whichever it hears. */
  language?: string;
  /** How sure it must be that a turn has ended, 0.5 to 1; 0.7 unless given. 1 leaves it to us alone. */
  eotThreshold?: number;
  /** The same for an early guess, 0.3 to 0.9 and not above the other; 0.4 unless given. Lower costs more answers for nothing. */
  eagerEotThreshold?: number;
  /** The agent's names; asked whenever a session is opened. Those of channel and speakers come with them. */
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

const BASE_URL = 'https://api.deepgram.com';
/** Its own hosts. */
const PLACES: Readonly<Record<string, string>> = {
  'api.deepgram.com': 'Deepgram, in the USA',
  'api.eu.deepgram.com': 'Deepgram, in the European Union',
};
const ENGLISH_MODEL = 'flux-general-en';
const MULTILINGUAL_MODEL = 'flux-general-multi';
/** By model, as developers.deepgram.com/docs/flux/language-prompting lists them (2026-11). */
const LANGUAGES: Readonly<Record<string, readonly string[]>> = {
  [ENGLISH_MODEL]: ['en'],
  [MULTILINGUAL_MODEL]: ['en', 'es', 'fr', 'de', 'hi', 'ru', 'pt', 'ja', 'it', 'nl'],
};
/** The vendor allows more, of 500 tokens together: no token is shorter than a byte. */
const KEYTERM_LIMITS = { most: 50, maxCharacters: 30, maxBytes: 500 };
const EOT_THRESHOLD = 0.7;
const EAGER_EOT_THRESHOLD = 0.4;
/** The vendor's default. */
const EOT_TIMEOUT_MS = 5_000;
const MAX_AGE_MS = 1_800_000;
const MAX_SESSIONS = 16;
const SPARE_SESSIONS = 1;

export function createDeepgramFlux(options: DeepgramFluxOptions): DeepgramFlux {
  const { clock, log, apiKey, baseUrl = BASE_URL, names = () => [] } = options;
  const language = options.language?.split('-')[0]?.toLowerCase();
  const model = options.model ?? fluxModelFor(language);
  if (model === ENGLISH_MODEL && language !== undefined && language !== 'en') throw englishOnly(language);
  const settings = {
    ...{ clock, log, apiKey, baseUrl, model, eotTimeoutMs: EOT_TIMEOUT_MS },
    eotThreshold: options.eotThreshold ?? EOT_THRESHOLD,
    eagerEotThreshold: options.eagerEotThreshold ?? EAGER_EOT_THRESHOLD,
    // Only this model takes one; without one it finds out.
    ...(model.startsWith(MULTILINGUAL_MODEL) && language !== undefined && { languageHint: language }),
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
    ...(LANGUAGES[model] && { languages: LANGUAGES[model] }),
    place: PLACES[hostOf(baseUrl)] ?? `Deepgram, through ${hostOf(baseUrl)}`,
    // A commit ends its turn, and with it what it knows of the sentence; its early guesses serve the same end.
    earlyCommit: false,
    connect: (signal, there) => StreamConnection.connect(vendor, signal, there),
    probe: (signal) =>
      timed(clock, async () => {
        signal.throwIfAborted();
        const session = await openFluxSession({ ...settings, keyterms: [], signal });
        await session.close();
        return `${model} at ${hostOf(baseUrl)}`;
      }),
  };
}

/** What hears this language, and costs least. */
export const fluxModelFor = (language = 'en'): string =>
  /^en(-|$)/i.test(language) ? ENGLISH_MODEL : MULTILINGUAL_MODEL;

const englishOnly = (language: string): ParleyError =>
  new ParleyError(`Deepgram's ${ENGLISH_MODEL} hears English, and the language is to be "${language}"`, {
    code: 'STT_LANGUAGE',
    remedy: `Set STT_MODEL to ${MULTILINGUAL_MODEL} or leave it empty, or leave STT_LANGUAGE empty.`,
  });

const hostOf = (baseUrl: string): string => URL.parse(baseUrl)?.host ?? 'an address that is none';
