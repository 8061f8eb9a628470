/** Lets the thread that carries the audio go first when the cores are busy. */
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';

/** One step is about a tenth of the share; ten leave a thread an eighth of what it competes for. */
const WORKER_NICENESS = 10;

/**
 * To be called once in a worker thread that computes (recognition, synthesis, pictures). Does nothing where threads
 * have no priority of their own: anywhere but on Linux.
 */
export function goAfterAudio(): void {
  if (process.platform !== 'linux') return;
  try {
    const threadId = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    // On Linux the "process id" of setpriority(2) is a thread's.
    setPriority(threadId, WORKER_NICENESS);
  } catch {
    // A sandbox without /proc or without the right: all threads stay equal, which works, only less evenly.
  }
}
