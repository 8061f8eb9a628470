/** /latency export: the turns of a window as files, for a spreadsheet or a script. */
import type { CommandContext } from '../../src/discord/command.ts';
import { exportTurns } from '../../src/latency/export.ts';
import { counted } from '../../src/latency/text.ts';
import { emptyWindow, keptNote, windowOf } from './window.ts';

/** About 2 MB as JSON; Discord takes 10. More would keep the thread that carries the audio too long. */
const MOST_TURNS = 2_000;

export async function exported(context: CommandContext, guildId: string): Promise<void> {
  const window = windowOf(context, guildId);
  await context.defer();
  const found = await context.records.list(window, MOST_TURNS + 1);
  if (found.length === 0) return await context.reply(await emptyWindow(context, window));
  const turns = found.slice(-MOST_TURNS);
  const { csv, json } = await exportTurns(turns);
  const cut =
    found.length > turns.length
      ? ` There are more: these are the newest ${MOST_TURNS}. A shorter window holds the rest of its time.`
      : '';
  await context.reply({
    text: `${counted(turns.length)} of ${window.name}, without a word or a name: people are numbered.${cut}${keptNote(context, window)}`,
    files: [
      { name: 'latency.csv', data: csv, description: 'A line a turn, with figures, stages and marks in ms' },
      { name: 'latency.json', data: json, description: 'The same as a list of objects' },
    ],
  });
}
