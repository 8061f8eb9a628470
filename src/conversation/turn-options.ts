/** How turns are taken in one conversation: the defaults, as the settings and the recogniser change them. */
import { TURN_DEFAULTS, type TurnOptions } from '../turn/defaults.ts';

type Choice = Pick<TurnOptions, 'addressing' | 'speculation' | 'agentNames' | 'earlyCommit'>;

export const turnOptions = (choice: Choice): TurnOptions => ({ ...TURN_DEFAULTS, ...choice });
