/** Turns as files for a spreadsheet or a script: figures, stages and marks of each, no words and no names. */
import { figuresOf } from './figures.ts';
import { STAGE_ORDER, stageRows } from './stages.ts';
import { MARKS, type TurnRecord } from './timeline.ts';

type Cell = string | number | boolean | null;

export interface ExportFiles {
  /** Turns in the files; without any, the files hold none. */
  n: number;
  /** There were more, which are older. */
  more: boolean;
  /** When the oldest of them ended, in ms since 1970; null without any. */
  oldestUnixMs: number | null;
  csv: Uint8Array<ArrayBuffer>;
  json: Uint8Array<ArrayBuffer>;
}

/**
 * The newest `limit` of `records`, which are in order of time, as CSV with a head line, and as JSON. Figures and waits are
 * whole ms, and the waits of a turn add up to its gap; times of marks are ms after the last voiced frame, to a tenth.
 * People are numbered in the order in which they came, those who opted out are not, and an absent figure is empty (null).
 * A thousand turns take some 30 ms: not for the thread that carries the audio.
 */
export function exportTurns(records: readonly TurnRecord[], limit: number): ExportFiles {
  const people = new Map<string, number>();
  const numberOf = (speakerId: string): number | null => {
    // Whoever opted out: several people, who must not look like one.
    if (speakerId === '') return null;
    const number = people.get(speakerId) ?? people.size + 1;
    people.set(speakerId, number);
    return number;
  };
  const newest = records.slice(-limit);
  const rows = newest.map((record) => rowOf(record, numberOf(record.speakerId)));
  const lines = rows.map((row) => `${Object.values(row).map(csvCell).join(',')}\r\n`);
  const head = rows[0] ? `${Object.keys(rows[0]).join(',')}\r\n` : '';
  const encoder = new TextEncoder();
  return {
    ...{ n: newest.length, more: records.length > newest.length },
    oldestUnixMs: newest[0]?.endedAtUnixMs ?? null,
    csv: encoder.encode(head + lines.join('')),
    json: encoder.encode(`[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`),
  };
}

/** Rounded once and for all, as it is shown everywhere: a reader who rounds tenths again gets another figure. */
const whole = (ms: number | undefined): number | null => (ms === undefined ? null : Math.round(ms));

const tenths = (ms: number | undefined): number | null =>
  ms === undefined ? null : Math.round(ms * 10) / 10;

function rowOf(record: TurnRecord, speaker: number | null): Record<string, Cell> {
  const { marks, providers, speculation, wasted, cost, usage } = record;
  const { responseGapMs, pipelineMs, promptMs } = figuresOf(record);
  const waits = new Map(stageRows(record).map(({ stage, waitedMs }) => [stage, waitedMs]));
  const zeroMs = marks.lastVoiced;
  const mark = (ms: number | undefined) =>
    zeroMs === undefined || ms === undefined ? undefined : ms - zeroMs;
  return {
    endedAt: new Date(record.endedAtUnixMs).toISOString(),
    ...{ channelId: record.channelId, speaker },
    ...{ outcome: record.outcome, reason: record.reason, audible: record.audible },
    responseGapMs: whole(responseGapMs),
    pipelineMs: whole(pipelineMs),
    promptMs: whole(promptMs),
    ...Object.fromEntries(STAGE_ORDER.map((stage) => [`waited_${stage}Ms`, waits.get(stage) ?? null])),
    ...{ speculation, modelCalls: record.modelCalls },
    ...{ wastedTokens: wasted.tokens, wastedCharacters: wasted.characters },
    ...{ falseCutoff: record.falseCutoff, bargedIn: record.bargedIn, falseBargeIns: record.falseBargeIns },
    heardEstimated: record.heardEstimated ?? null,
    ...{ repeated: record.repeated, stt: providers.stt, llm: providers.llm, tts: providers.tts },
    ...{ inputTokens: usage?.inputTokens ?? null, outputTokens: usage?.outputTokens ?? null },
    cachedInputTokens: cost?.usage.cachedInputTokens ?? null,
    costUsd: cost?.usd ?? null,
    ...Object.fromEntries(MARKS.map((name) => [`mark_${name}Ms`, tenths(mark(marks[name]))])),
  };
}

/** As RFC 4180 has it. A text that a spreadsheet would take for a formula is kept one by an apostrophe. */
function csvCell(value: Cell): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
