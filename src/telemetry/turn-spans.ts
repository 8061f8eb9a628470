/** One finished turn as a trace: the turn, what of the response gap was waited for, and the work that went on meanwhile. */
import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { criticalPath } from '../latency/critical-path.ts';
import { figuresOf } from '../latency/figures.ts';
import type { Mark, Marks, TurnRecord } from '../latency/timeline.ts';
import { type FinishedTurn, reasonLabel } from './finished-turn.ts';
import { ATTRIBUTES, SPANS } from './names.ts';

/** A stretch of work, on the clock of the marks. */
interface Work {
  name: string;
  startMs: number;
  endMs: number;
  kind?: SpanKind;
  attributes?: Attributes;
  failed?: boolean;
}

type Stage = 'STT' | 'LLM' | 'TTS';

/** A vendor's work is shown up to the end of the turn where it was begun and never came to its end. */
type Begun = Partial<Work> & { stage?: Stage };

/** Reasons that are the failure of whichever vendor had not come to its end, as is none at all. */
const NOTHING_CAME: ReadonlySet<string> = new Set(['', 'ANSWER_TIMEOUT', 'ANSWER_STALLED', 'EMPTY_ANSWER']);

/** Vendors that work in this process; all others are called over a network. */
const HERE = 'embedded';

/** All its spans at once, with the times that they had. */
export function traceTurn(tracer: Tracer, turn: FinishedTurn): void {
  const { record, toUnixMs } = turn;
  const draw = (parent: Context, { name, startMs, endMs, ...more }: Work): Context => {
    const { kind = SpanKind.INTERNAL, attributes = {}, failed = false } = more;
    const span = tracer.startSpan(name, { kind, attributes, startTime: startMs + toUnixMs }, parent);
    if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(Math.max(startMs, endMs) + toUnixMs);
    return trace.setSpan(parent, span);
  };
  const { startMs, endMs } = extent(turn);
  const inTurn = draw(ROOT_CONTEXT, {
    ...{ name: SPANS.turn, startMs, endMs, kind: SpanKind.SERVER, attributes: turnAttributes(record) },
    failed: record.outcome !== 'answered',
  });
  const path = record.audible === 'answer' ? criticalPath(record.marks) : [];
  const [first, last] = [path[0], path.at(-1)];
  if (first && last) {
    const gap = { name: SPANS.responseGap, startMs: first.startMs, endMs: last.endMs };
    const inGap = draw(inTurn, gap);
    for (const { stage, ...stretch } of path)
      draw(inGap, { name: SPANS.wait(stage), ...stretch, attributes: { [ATTRIBUTES.stage]: stage } });
  }
  for (const work of workOf(turn, endMs)) draw(inTurn, work);
}

/** Between the first that is known of a turn and its end, on the clock of the marks. */
function extent({ record: { marks, endedAtUnixMs }, toUnixMs }: FinishedTurn): {
  startMs: number;
  endMs: number;
} {
  const toldMs = endedAtUnixMs - toUnixMs;
  const startMs = Math.min(marks.speechStarted ?? marks.lastVoiced ?? toldMs, toldMs);
  return { startMs, endMs: Math.max(startMs, marks.done ?? toldMs) };
}

/** Each stretch of work that is known to have begun; what ran backwards is left out. */
function workOf({ record, models }: FinishedTurn, turnEndMs: number): Work[] {
  const { marks, providers, outcome } = record;
  const works: Work[] = [];
  const add = (name: string, from: Mark, to: Mark, { stage, ...more }: Begun = {}) => {
    const [startMs, endMs] = [marks[from], marks[to]];
    if (startMs === undefined) return;
    const unended = stage !== undefined && endMs === undefined && outcome !== 'answered';
    if (endMs === undefined ? !unended : endMs < startMs) return;
    const failed = unended && isFailureOf(stage, record, false);
    works.push({ name, startMs, endMs: endMs ?? turnEndMs, ...more, failed });
  };
  const addToDraft = (name: string, from: Mark, to: Mark, more: Begun = {}) => {
    const startMs = marks[from];
    if (startMs === undefined) return;
    add(name, from, to, { ...more, attributes: { ...more.attributes, ...speculative(marks, startMs) } });
  };
  const early =
    marks.sttFinal !== undefined && marks.sttFinal < (marks.endOfTurn ?? Number.NEGATIVE_INFINITY);
  if (marks.repaired !== marks.lastVoiced) add(SPANS.receiveRepair, 'lastVoiced', 'repaired');
  add(SPANS.gate, marks.repaired === undefined ? 'lastVoiced' : 'repaired', 'endOfTurn');
  add(SPANS.speechToText, early ? 'pauseDetected' : 'endOfTurn', 'sttFinal', {
    ...vendor(providers.stt, models.stt),
    stage: 'STT',
  });
  add(
    SPANS.hearingConnect,
    early ? 'pauseDetected' : 'endOfTurn',
    'sttConnected',
    vendor(providers.stt, models.stt),
  );
  addToDraft(SPANS.modelConnect, 'llmSent', 'llmConnected', vendor(providers.llm, models.llm));
  works.push(...modelCall(record, models.llm, turnEndMs));
  addToDraft(SPANS.firstClause, 'llmFirstToken', 'firstClause');
  addToDraft(SPANS.voiceConnect, 'ttsSent', 'ttsConnected', vendor(providers.tts, models.tts));
  addToDraft(SPANS.textToSpeech, 'ttsSent', 'ttsFirstByte', {
    ...vendor(providers.tts, models.tts),
    stage: 'TTS',
  });
  addToDraft(SPANS.leadingSilence, 'ttsFirstByte', 'ttsFirstSound');
  add(SPANS.speaking, 'firstFrameOut', 'done');
  return works;
}

/** Whether a vendor is why there was no answer: that a speaker left, or the room was closed, is no failure of one who was cancelled. */
function isFailureOf(stage: Stage, record: TurnRecord, ended: boolean): boolean {
  const reason = reasonLabel(record);
  return reason.startsWith(`${stage}_`) || (!ended && NOTHING_CAME.has(reason));
}

function vendor(name: string, model: string): { kind: SpanKind; attributes: Attributes } {
  return {
    kind: name === HERE ? SpanKind.INTERNAL : SpanKind.CLIENT,
    attributes: { [ATTRIBUTES.provider]: name, [ATTRIBUTES.requestModel]: model },
  };
}

/**
 * The whole call, as the conventions want it: until the stream had ended, or until the turn had where that is not known.
 * It failed when it is the reason why nothing was answered; what was cancelled for another one did not.
 */
function modelCall(record: TurnRecord, model: string, turnEndMs: number): Work[] {
  const { marks, providers, outcome } = record;
  const { llmSent: startMs, llmFirstToken, llmDone: endMs = turnEndMs } = marks;
  if (startMs === undefined || endMs < startMs) return [];
  const reason = reasonLabel(record);
  const failed = outcome !== 'answered' && isFailureOf('LLM', record, llmFirstToken !== undefined);
  const attributes = {
    ...modelAttributes(record, model),
    ...speculative(marks, startMs),
    ...(failed && reason !== '' && { [ATTRIBUTES.errorType]: reason }),
  };
  const { kind } = vendor(providers.llm, model);
  return [{ name: SPANS.model(model), startMs, endMs, kind, attributes, failed }];
}

const speculative = ({ endOfTurn }: Marks, startMs: number): Attributes => ({
  [ATTRIBUTES.speculative]: endOfTurn !== undefined && startMs < endOfTurn,
});

function modelAttributes({ marks, providers, usage }: TurnRecord, model: string): Attributes {
  const attributes: Attributes = {
    ...vendor(providers.llm, model).attributes,
    [ATTRIBUTES.operation]: 'chat',
    [ATTRIBUTES.stream]: true,
    [ATTRIBUTES.outputType]: 'text',
  };
  const { llmSent, llmFirstToken } = marks;
  if (llmSent !== undefined && llmFirstToken !== undefined && llmFirstToken >= llmSent)
    attributes[ATTRIBUTES.timeToFirstChunk] = (llmFirstToken - llmSent) / 1_000;
  if (usage) {
    attributes[ATTRIBUTES.inputTokens] = usage.inputTokens;
    attributes[ATTRIBUTES.outputTokens] = usage.outputTokens;
  }
  return attributes;
}

function turnAttributes(record: TurnRecord): Attributes {
  const { responseGapMs, pipelineMs, promptMs } = figuresOf(record);
  const reason = reasonLabel(record);
  const usd = record.cost?.usd;
  return {
    [ATTRIBUTES.outcome]: record.outcome,
    ...(reason === '' ? {} : { [ATTRIBUTES.errorType]: reason }),
    [ATTRIBUTES.audible]: record.audible ?? 'nothing',
    [ATTRIBUTES.falseCutoff]: record.falseCutoff,
    [ATTRIBUTES.bargedIn]: record.bargedIn,
    [ATTRIBUTES.falseBargeIns]: record.falseBargeIns,
    [ATTRIBUTES.repeated]: record.repeated,
    [ATTRIBUTES.speculation]: record.speculation,
    [ATTRIBUTES.modelCalls]: record.modelCalls,
    [ATTRIBUTES.wastedTokens]: record.wasted.tokens,
    [ATTRIBUTES.wastedCharacters]: record.wasted.characters,
    [ATTRIBUTES.stt]: record.providers.stt,
    [ATTRIBUTES.llm]: record.providers.llm,
    [ATTRIBUTES.tts]: record.providers.tts,
    ...(typeof usd === 'number' ? { [ATTRIBUTES.costUsd]: usd } : {}),
    ...(responseGapMs === undefined ? {} : { [ATTRIBUTES.responseGapMs]: responseGapMs }),
    ...(pipelineMs === undefined ? {} : { [ATTRIBUTES.pipelineMs]: pipelineMs }),
    ...(promptMs === undefined ? {} : { [ATTRIBUTES.promptMs]: promptMs }),
  };
}
