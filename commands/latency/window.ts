/** The window of an asker, and what is said when nothing lies in it. */
import type { CommandContext } from '../../src/discord/command.ts';
import type { TurnWindow } from '../../src/latency/records.ts';
import { parseWindow, type TimeWindow } from '../../src/latency/window.ts';

const DAY_MS = 86_400_000;

/** What is said where no turn is kept at all. */
export const nobodyYet = ({ keptDays }: CommandContext): string =>
  `Nobody has talked to me in this server ${keptDays === null ? 'since I started' : 'yet'}.`;

/** Throws a ParleyError with examples for a window that nobody understands. */
export function windowOf(context: CommandContext, guildId: string): TimeWindow & TurnWindow {
  return { ...parseWindow(context.option('window'), context.nowUnixMs()), guildId };
}

/** What is said of a window without turns. */
export async function emptyWindow(context: CommandContext, window: TimeWindow & TurnWindow): Promise<string> {
  const last = await context.records.last(window.guildId);
  if (!last) return nobodyYet(context);
  const when = `<t:${Math.floor(last.endedAtUnixMs / 1000)}:R>`;
  return `There are no turns from ${window.name}. The last one was ${when}.${keptNote(context, window)}`;
}

/** Says so when the window begins before the oldest turn that may still be kept; else empty. */
export function keptNote({ keptDays, nowUnixMs }: CommandContext, { sinceUnixMs }: TimeWindow): string {
  if (keptDays === null) return '\n-# I remember turns only since I started.';
  const begins = nowUnixMs() - keptDays * DAY_MS;
  return sinceUnixMs < begins - DAY_MS / 24
    ? `\n-# Turns are kept for ${keptDays} days; older ones are gone.`
    : '';
}
