/** Lets the thread that carries the audio go first when the cores are busy. */
import { readlinkSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/** Leaves such a thread a third of the share of one that carries audio: enough to be heard from in time. */
const WORKER_NICENESS = 5;
const NICEST = 19;

/**
 * To be called once in a worker thread that computes (recognition, synthesis, pictures). Does nothing where threads
 * have no priority of their own: anywhere but on Linux.
 */
export function goAfterAudio(): void {
  if (process.platform !== 'linux') return;
  try {
    const threadId = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    // On Linux the "process id" of setpriority(2) is a thread's.
    setPriority(threadId, Math.min(NICEST, getPriority(threadId) + WORKER_NICENESS));
  } catch {
    // A sandbox without /proc or without the right: all threads stay equal, which works, only less evenly.
  }
}
