/** Tells in words what the bot does, as it happens. */
import type { Loopback } from '../index.ts';
import { LOUD_DBFS } from '../level.ts';
import type { LogEntry } from '../log.ts';

/** Sound after so long a silence is a new sentence. */
const SILENCE_MS = 1000;

type Say = (text: string) => void;

/** Which entries are worth a line, and how it reads; null for those that are not. */
function wordsFor(entry: LogEntry, loopback: Loopback): string | null {
  switch (entry.kind) {
    case 'gateway.identify':
      return 'the bot has logged in';
    case 'gateway.resume':
      return 'the bot has resumed its session';
    case 'gateway.refused':
    case 'voice.refused':
      return `the bot was closed with ${entry.code}: ${entry.reason}`;
    case 'gateway.voiceStateDenied':
      return 'the bot may not enter this voice channel';
    case 'voice.ready':
      return `the bot is connected to voice (${entry.mode})`;
    case 'dave.epoch':
      return `end-to-end encryption: epoch ${entry.epoch} with ${(entry.members as unknown[]).length} members`;
    case 'voiceState':
      return entry.userId === loopback.botUserId && entry.channelId === null
        ? 'the bot has left voice'
        : null;
    case 'message.create':
    case 'message.edit': {
      const message = loopback.messages(String(entry.channelId)).find(({ id }) => id === entry.id);
      return message ? `the bot writes: ${message.text}` : null;
    }
    default:
      return null;
  }
}

/** Returns the function that stops it. */
export function watch(loopback: Loopback, verbose: boolean, say: Say): () => void {
  const stopLog = loopback.log.onEntry((entry) => {
    const words = wordsFor(entry, loopback);
    if (words !== null) say(words);
    else if (verbose) say(JSON.stringify(entry));
  });
  let lastLoudMs = Number.NEGATIVE_INFINITY;
  const stopRoom = loopback.room.onFrame(({ arrivedMs, dbfs }) => {
    if (dbfs < LOUD_DBFS) return;
    if (arrivedMs - lastLoudMs > SILENCE_MS) say('the bot speaks');
    lastLoudMs = arrivedMs;
  });
  return () => {
    stopLog();
    stopRoom();
  };
}
