/** Shim. */
export type Completeness = 'complete' | 'incomplete' | 'wait';
export interface CompletenessJudge { judge(text: string, language?: string): Completeness }
import { looksFinished } from './finished.ts';
export const heuristicJudge: CompletenessJudge = {
  judge: (text) => (/hold on|wait a/.test(text) ? 'wait' : looksFinished(text) ? 'complete' : 'incomplete'),
};
