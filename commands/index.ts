/** All slash commands: a new one is a file beside this one and a line in this list. */
import type { Command } from '../src/discord/command.ts';
import { join } from './join.ts';
import { latency } from './latency.ts';
import { leave } from './leave.ts';
import { privacy } from './privacy.ts';
import { settings } from './settings.ts';
import { voice } from './voice.ts';

export const commands: readonly Command[] = [join, leave, latency, privacy, settings, voice];
