/**
 * Voices, models and quota of an ElevenLabs account, by the vendor's own package. It is used for this alone: it has no
 * client for the multi-context socket, its client for recognition hides why a socket was closed, and it takes 1.4 to
 * 2.4 s and 110 MB to load. So speech goes over thin clients on `ws`, and the package lives in a worker, which is made
 * when somebody asks and ended when nobody has asked for a while.
 */
import type { Clock } from '../../base/clock.ts';
import { ParleyError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { WorkerDesk } from '../../base/worker-desk.ts';
import type { SpawnWorker } from '../../base/worker-host.ts';
import type { TtsChoice } from '../choice.ts';
import { elevenLabsError } from '../wire/elevenlabs-errors.ts';
import type {
  AccountAnswers,
  AccountModel,
  AccountQuestion,
  AccountQuota,
  AccountVoice,
  AccountWorkerData,
  Refusal,
} from './elevenlabs/account-protocol.ts';
import { DEFAULT_ELEVENLABS_URL } from './elevenlabs/options.ts';

export type { AccountModel, AccountQuota, AccountVoice };

const ANSWER_WITHIN_MS = 3_000;
/** The memory is worth more than the seconds that the next question waits. */
const IDLE_MS = 60_000;

export interface ElevenLabsAccountOptions {
  clock: Clock;
  log: Log;
  apiKey: string;
  /** As of the voice. */
  baseUrl?: string;
  spawn?: SpawnWorker;
}

/** Each question rejects with a ParleyError, after 3 s at the latest once the worker runs, or the signal's reason. */
export interface ElevenLabsAccount {
  /** Begins to load the package, for a question that is about to come. */
  warm(): void;
  /** At most 25 whose name or description fits; all for an empty search. */
  voices(search: string, signal: AbortSignal): Promise<readonly AccountVoice[]>;
  /** Those that speak. */
  models(signal: AbortSignal): Promise<readonly AccountModel[]>;
  quota(signal: AbortSignal): Promise<AccountQuota>;
  close(): Promise<void>;
}

export function createElevenLabsAccount({
  clock,
  log,
  apiKey,
  baseUrl = DEFAULT_ELEVENLABS_URL,
  spawn,
}: ElevenLabsAccountOptions): ElevenLabsAccount {
  const address = baseUrl.replace(/\/+$/, '').replace(/\/v1$/, '');
  const workerData: AccountWorkerData = { apiKey, baseUrl: address, timeoutS: ANSWER_WITHIN_MS / 1000 };
  const desk = new WorkerDesk<AccountQuestion, AccountAnswers>({
    url: new URL('./elevenlabs/account-worker.ts', import.meta.url),
    name: 'ElevenLabs account',
    ...{ workerData, clock, log, answerWithinMs: ANSWER_WITHIN_MS, idleMs: IDLE_MS },
    codes: { died: 'TTS_ACCOUNT_DIED', late: 'TTS_TIMEOUT', closed: 'TTS_CLOSED' },
    lateRemedy: 'Check the network of this machine; status.elevenlabs.io tells more.',
    refusal: (why) => refusal(why as Refusal),
    ...(spawn && { spawn }),
  });
  return {
    warm: () => desk.warm(),
    voices: (search, signal) => desk.ask({ ask: 'voices', search: search.trim() }, { signal }),
    models: (signal) => desk.ask({ ask: 'models' }, { signal }),
    quota: (signal) => desk.ask({ ask: 'quota' }, { signal }),
    close: () => desk.close(),
  };
}

/** Of whoever is chosen to speak; null when that is not ElevenLabs. */
export function accountOf(
  { provider, apiKey, baseUrls: [baseUrl] }: TtsChoice,
  { clock, log }: Pick<ElevenLabsAccountOptions, 'clock' | 'log'>,
): ElevenLabsAccount | null {
  if (provider !== 'elevenlabs' || apiKey === null) return null;
  return createElevenLabsAccount({ clock, log, apiKey, ...(baseUrl !== undefined && { baseUrl }) });
}

function refusal({ status, text }: Refusal): ParleyError {
  if (status !== undefined) return elevenLabsError({ status, text }, 'TTS');
  return new ParleyError('ElevenLabs could not be asked about the account', {
    code: 'TTS_UNREACHABLE',
    remedy: 'Check the network of this machine, and whether the address of ElevenLabs is right.',
    retryable: true,
  });
}
