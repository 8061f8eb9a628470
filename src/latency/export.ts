/** Turns as files for a spreadsheet or a script: figures, stages and marks of each, no words and no names. */
import { figuresOf } from './figures.ts';
import { STAGE_ORDER, stageRows } from './stages.ts';
import { MARKS, type TurnRecord } from './timeline.ts';

/** Turns are written in portions, between which audio gets its turn: each takes about a millisecond. */
const PORTION = 20;

type Cell = string | number | boolean | null;

export interface ExportFiles {
  csv: Uint8Array;
  json: Uint8Array;
}

/**
 * `records` as CSV with a head line, and as JSON. Figures and waits are whole ms, and the waits of a turn add up to its
 * gap; times of marks are ms after the last voiced frame, to a tenth. People are numbered in the order in which they
 * came, those who opted out are not, and an absent figure is empty (null).
 */
export async function exportTurns(records: readonly TurnRecord[]): Promise<ExportFiles> {
  const people = new Map<string, number>();
  const numberOf = (speakerId: string): number | null => {
    // Whoever opted out: several people, who must not look like one.
    if (speakerId === '') return null;
    const number = people.get(speakerId) ?? people.size + 1;
    people.set(speakerId, number);
    return number;
  };
  const csv = new Pages();
  const json = new Pages();
  json.write('[\n');
  for (const [index, record] of records.entries()) {
    const row = rowOf(record, numberOf(record.speakerId));
    if (index === 0) csv.write(`${Object.keys(row).join(',')}\r\n`);
    csv.write(`${Object.values(row).map(csvCell).join(',')}\r\n`);
    json.write(`${index === 0 ? '' : ',\n'}${JSON.stringify(row)}`);
    if (index % PORTION !== PORTION - 1) continue;
    csv.turn();
    json.turn();
    await new Promise(setImmediate);
  }
  json.write('\n]\n');
  return { csv: csv.bound(), json: json.bound() };
}

/** Text that becomes bytes page by page, so that no step has to encode the whole. */
class Pages {
  readonly #encoder = new TextEncoder();
  readonly #pages: Uint8Array[] = [];
  #open: string[] = [];

  write(text: string): void {
    this.#open.push(text);
  }

  turn(): void {
    this.#pages.push(this.#encoder.encode(this.#open.join('')));
    this.#open = [];
  }

  bound(): Uint8Array {
    this.turn();
    const all = new Uint8Array(this.#pages.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const page of this.#pages) {
      all.set(page, at);
      at += page.length;
    }
    return all;
  }
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
