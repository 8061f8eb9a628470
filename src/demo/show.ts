/** What a person sees of the demo: a line a turn while it runs, a table at the end. */
import { styleText } from 'node:util';
import type { DemoSummary, TurnResult } from './results.ts';

const BUDGET_MS = 500;
const BAR_WIDTH = 25;
/** Where answers begin, behind bar and time. */
const ANSWER_COLUMN = 4 + BAR_WIDTH + 2 + 8 + 2;
const NAME_WIDTH = 38;
const CELL_WIDTH = 9;

export interface Show {
  /** What is going on right now: replaces the line before on a terminal, silent elsewhere. */
  status(text: string): void;
  line(text: string): void;
  /** Where long answers are broken; without an end in a file or pipe. */
  columns: number;
}

/** @param stream a terminal gets a live status line, a file or pipe plain lines only. */
export function createShow(stream: NodeJS.WriteStream): Show {
  const live = stream.isTTY === true;
  const clear = live ? '\r\u001b[K' : '';
  return {
    columns: live ? (stream.columns ?? 80) : Number.POSITIVE_INFINITY,
    status: (text) => {
      if (live) stream.write(`${clear}  ${text.slice(0, (stream.columns ?? 80) - 3)}`);
    },
    line: (text) => void stream.write(`${clear}${text}\n`),
  };
}

/** Colours are left out where the stream is no terminal. */
const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
  styleText(style, text, { stream: process.stdout });

/** Two lines or more: who said what, and after how long the room heard which answer. */
export function turnLine(turn: TurnResult, total: number, columns: number): string {
  const number = `${turn.n}`.padStart(`${total}`.length);
  const heard = turn.transcript === turn.said ? '' : `  (heard: "${turn.transcript}")`;
  const head = `${number}. ${paint('bold', turn.speaker)}: "${turn.said}"${heard}`;
  const gap = turn.roomGapMs;
  if (gap === null) return `${head}\n    ${turn.outcome}: ${turn.reason ?? 'no answer was heard'}`;
  const flags = [turn.botHeardBack ? '' : 'not heard back', turn.falseCutoff ? 'CUT OFF' : ''].filter(
    Boolean,
  );
  const note = flags.length > 0 ? paint('red', `  (${flags.join(', ')})`) : '';
  const colour = gap <= BUDGET_MS ? 'green' : 'red';
  const time = paint(colour, `${bar(gap)} ${`${gap}`.padStart(4)} ms`);
  const indent = ANSWER_COLUMN + 'Parley: '.length;
  const reply = wrap(`"${turn.reply}"`, columns - indent, indent);
  return `${head}\n    ${time}  ${paint('bold', 'Parley')}: ${reply}${note}`;
}

/** `text` in lines of at most `width` characters, the later ones indented. */
function wrap(text: string, width: number, indent: number): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join(`\n${' '.repeat(indent)}`);
}

/** A bar of which the whole width is the budget. */
function bar(ms: number): string {
  const filled = Math.min(BAR_WIDTH, Math.round((ms / BUDGET_MS) * BAR_WIDTH));
  return `▕${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}${ms > BUDGET_MS ? '▶' : '▏'}`;
}

export function closingTable(summary: DemoSummary): string {
  const { byClient } = summary;
  const rows: [string, string, string, string, string][] = [
    ['', 'n', 'p50', 'p95', 'p99'],
    row('Response gap, heard by the room', summary.answered, summary.roomGapMs),
    row('  voice activity (gate closes late)', byClient.voiceActivity.n, byClient.voiceActivity.roomGapMs),
    row('  push to talk', byClient.pushToTalk.n, byClient.pushToTalk.roomGapMs),
    row("Response gap, by the bot's timeline", summary.answered, summary.responseGapMs),
    row('Final transcript to first sound', summary.answered, summary.promptMs),
  ];
  const cells = (row: readonly string[]) => row.map((cell) => cell.padStart(CELL_WIDTH)).join('');
  const table = rows.map(([name, ...rest]) => `  ${name.padEnd(NAME_WIDTH)}${cells(rest)}`);
  const turns = `${summary.n} turns: ${summary.answered} answered, ${summary.unanswered} unanswered, ${summary.missed} missed`;
  const truth = [
    `${summary.falseCutoffs} false cut-offs`,
    `${summary.falseBargeIns} false barge-ins`,
    `${summary.repeats} repeats`,
  ].join(', ');
  const setup = [
    `speech to text ${summary.stt}, model ${summary.llm}, voice ${summary.tts}, codec ${summary.opus}`,
    `end-to-end encryption ${summary.dave ? 'on' : 'OFF'}`,
  ].join(', ');
  const heard = `${summary.exactTranscripts} exact transcripts, ${summary.botHeardBack} answers recognised by the far side`;
  return ['', ...table, '', `  ${turns}`, `  ${truth}`, `  ${heard}`, `  ${setup}`, ''].join('\n');
}

function row(
  name: string,
  n: number,
  values: { p50: number; p95: number; p99: number } | null,
): [string, string, string, string, string] {
  if (!values) return [name, `${n}`, '–', '–', '–'];
  return [name, `${n}`, `${values.p50} ms`, `${values.p95} ms`, `${values.p99} ms`];
}
