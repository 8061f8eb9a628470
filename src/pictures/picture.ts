/** What can be drawn, and what comes of it: the question and the answer between the program and the painter's thread. */
import type { HistoryPoint } from '../latency/records.ts';
import type { Summary } from '../latency/summary.ts';
import type { TurnRecord } from '../latency/timeline.ts';

/** One bar of the percentile picture, for several speakers or vendors. */
export interface NamedSummary {
  /** Latin letters and digits: the picture's font has no others. */
  name: string;
  summary: Summary;
}

export type Subject =
  | { ask: 'waterfall'; record: TurnRecord; budgetMs: number }
  /** The whole window alone: response gap and stages. */
  | { ask: 'percentiles'; summary: Summary; budgetMs: number; over: string }
  /** Response gaps beside each other. */
  | { ask: 'comparison'; groups: readonly NamedSummary[]; budgetMs: number; over: string }
  | { ask: 'history'; points: readonly HistoryPoint[]; span: HistorySpan; budgetMs: number; over: string };

export interface HistorySpan {
  sinceUnixMs: number;
  untilUnixMs: number;
  /** Of each point. */
  widthMs: number;
}

export interface Picture {
  png: Uint8Array;
  /** The same in words, at most 1,024 characters. */
  alt: string;
}

/** One answer for each kind of question. */
export type PictureAnswers = Record<Subject['ask'], Picture>;
