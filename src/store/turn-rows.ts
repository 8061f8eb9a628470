/** A turn as a row of the store, and back. */
import type { Insertable } from 'kysely';
import { figuresOf, type StageFigures, stageFigures } from '../latency/figures.ts';
import type { Figures, TurnRecord } from '../latency/timeline.ts';
import type { TurnTable } from './tables.ts';

export type TurnRow = Insertable<TurnTable>;

/** The columns of the figures. */
export const FIGURE_COLUMNS = {
  responseGapMs: 'response_gap_ms',
  pipelineMs: 'pipeline_ms',
  promptMs: 'prompt_ms',
  receiveRepairMs: 'receive_repair_ms',
  gateMs: 'gate_ms',
  speechToTextMs: 'speech_to_text_ms',
  languageModelMs: 'language_model_ms',
  firstClauseMs: 'first_clause_ms',
  textToSpeechMs: 'text_to_speech_ms',
} as const satisfies Record<keyof Figures | keyof StageFigures, keyof TurnTable>;

export type FigureName = keyof typeof FIGURE_COLUMNS;
export const FIGURE_NAMES = Object.keys(FIGURE_COLUMNS) as FigureName[];

/** In place of the id of somebody who opted out. */
export const NOBODY = '';

/** Figures are rounded to whole ms: percentiles of rounded values are the rounded percentiles. */
export function rowOf(record: TurnRecord): TurnRow {
  const { speakerId, providers, cost } = record;
  const all = { ...figuresOf(record), ...stageFigures(record.marks) };
  const figure = (name: FigureName): number | null =>
    all[name] === undefined ? null : Math.round(all[name]);
  return {
    ...{ id: record.id, guild_id: record.guildId, ended_at: Math.round(record.endedAtUnixMs) },
    speaker_id: speakerId,
    vendors: `${providers.stt} + ${providers.llm} + ${providers.tts}`,
    ...{ outcome: record.outcome, reason: record.reason, speculation: record.speculation },
    ...{ false_cutoff: Number(record.falseCutoff), repeated: Number(record.repeated) },
    ...{ false_barge_ins: record.falseBargeIns },
    ...{ wasted_tokens: record.wasted.tokens, wasted_characters: record.wasted.characters },
    ...{ billed: Number(cost !== undefined), usd: cost?.usd ?? null },
    response_gap_ms: figure('responseGapMs'),
    pipeline_ms: figure('pipelineMs'),
    prompt_ms: figure('promptMs'),
    receive_repair_ms: figure('receiveRepairMs'),
    gate_ms: figure('gateMs'),
    speech_to_text_ms: figure('speechToTextMs'),
    language_model_ms: figure('languageModelMs'),
    first_clause_ms: figure('firstClauseMs'),
    text_to_speech_ms: figure('textToSpeechMs'),
  };
}

/** What is kept beside the row, for `recordOf`. */
export const jsonOf = ({ speakerId: _, ...rest }: TurnRecord): string => JSON.stringify(rest);

/** The turn as it was told; without its speaker when that one has opted out since. */
export const recordOf = (row: { record: string; speaker_id: string }): TurnRecord => ({
  ...(JSON.parse(row.record) as Omit<TurnRecord, 'speakerId'>),
  speakerId: row.speaker_id,
});
