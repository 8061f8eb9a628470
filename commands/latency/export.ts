/** /latency export: the turns of a window as files, for a spreadsheet or a script. */
import type { CommandContext } from '../../src/discord/command.ts';
import { counted } from '../../src/latency/text.ts';
import { rangeText } from '../../src/latency/window.ts';
import { emptyWindow, keptNote, windowOf } from './window.ts';

/**
 * About 1.7 MB in both files. Discord takes 10, but sending twice as much was measured to hold up the thread that carries the
 * audio for 5 to 15 ms at once.
 */
const MOST_TURNS = 1_000;

export async function exported(context: CommandContext, guildId: string): Promise<void> {
  const window = windowOf(context, guildId);
  await context.defer();
  const { n, more, oldestUnixMs, csv, json } = await context.records.export(window, MOST_TURNS);
  if (n === 0) return await context.reply(await emptyWindow(context, window));
  const cut =
    more && oldestUnixMs !== null
      ? ` There are more: these are the newest ${MOST_TURNS}. For those before, ask for the window \`${rangeText(window.sinceUnixMs, oldestUnixMs)}\`.`
      : '';
  await context.reply({
    text: `${counted(n)} of ${window.name}, without a word or a name: people are numbered.${cut}${keptNote(context, window)}`,
    files: [
      { name: 'latency.csv', data: csv, description: 'A line a turn, with figures, stages and marks in ms' },
      { name: 'latency.json', data: json, description: 'The same as a list of objects' },
    ],
  });
}
