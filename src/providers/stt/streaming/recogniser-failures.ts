/** What can go wrong with a speaker's audio, whoever the vendor is. */
import { ParleyError } from '../../../base/errors.ts';

export const finalLate = (dueMs: number): ParleyError =>
  new ParleyError(`The speech recogniser gave no final within ${Math.round(dueMs)} ms`, {
    code: 'STT_LATE',
    remedy: 'Speak again; if it goes on, look at the status page of the vendor and at the network.',
    retryable: true,
  });

export const tooMuchWaits = (waitingMs: number): ParleyError =>
  new ParleyError(`${Math.round(waitingMs / 1000)} s of speech wait for the recogniser`, {
    code: 'STT_OVERFLOW',
    remedy: 'Check the network of this machine, and that speech is not sent faster than it is spoken.',
    retryable: true,
  });

/** It was the network that failed: a connection, or a handshake, which can be lost like any connection. */
export const isLost = (error: unknown): boolean =>
  error instanceof ParleyError && ['STT_UNREACHABLE', 'STT_CONNECTION_LOST'].includes(error.code);
