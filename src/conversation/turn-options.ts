/** How turns are taken in one conversation: the defaults, as the settings and the recogniser change them. */
import { TURN_DEFAULTS, type TurnOptions } from '../turn/defaults.ts';

type Choice = Pick<TurnOptions, 'addressing' | 'speculation' | 'agentNames' | 'earlyCommit'> & {
  /** What people speak, in BCP 47; null where nobody said. */
  language: string | null;
};

export const turnOptions = ({ language, ...choice }: Choice): TurnOptions => ({
  ...TURN_DEFAULTS,
  ...choice,
  language: language ?? TURN_DEFAULTS.language,
});
