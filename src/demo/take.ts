/** One turn of the demo: a person speaks, the room waits for the answer, both sides' clocks are read. */
import type { TurnReport } from '../conversation/conversation.ts';
import { figuresOf } from '../latency/figures.ts';
import type { Marks } from '../latency/timeline.ts';
import type { Loopback, Person } from '../loopback/index.ts';
import type { TurnResult } from './results.ts';
import type { Line } from './script.ts';
import type { Spoken } from './voices.ts';

export interface Take {
  result: Omit<TurnResult, 'botHeardBack'>;
  /** The bot's voice in this turn as the room heard it, 16 kHz mono. */
  heard: Int16Array;
}

/** The longest answer takes about 25 s; the fallback comes after 2 s. */
const ANSWER_DEADLINE_MS = 40_000;
/** The room is quiet this long before the next person speaks: longer than the pauses between an answer's sentences. */
const QUIET_MS = 700;

/** @param nextReport resolves with the bot's own report of the next finished turn; null when none came in time. */
export async function takeTurn(
  loopback: Loopback,
  person: Person,
  line: Line,
  spoken: Spoken,
  nextReport: (deadlineMs: number) => Promise<TurnReport | null>,
): Promise<Take> {
  const report = nextReport(ANSWER_DEADLINE_MS);
  const beganMs = performance.now();
  const said = await person.say(spoken.pcm, { client: line.client, pauses: spoken.pauses });
  const turn = await report;
  await loopback.room.quiet(QUIET_MS, ANSWER_DEADLINE_MS);
  const audibleMs = loopback.room.firstAudible(beganMs);
  const answered = turn?.record.audible === 'answer' && audibleMs !== null;
  const figures = turn ? figuresOf(turn.record) : {};
  const result: Take['result'] = {
    type: 'turn',
    ...{ n: line.n, speaker: line.speaker, client: line.client, said: line.said },
    transcript: turn?.transcript ?? '',
    reply: turn?.reply ?? '',
    audible: turn?.record.audible ?? null,
    responseGapMs: round(figures.responseGapMs),
    roomGapMs: answered ? round(audibleMs - said.lastVoicedSentMs) : null,
    pipelineMs: round(figures.pipelineMs),
    promptMs: round(figures.promptMs),
    marks: relativeMarks(turn?.record.marks ?? {}),
    speculation: turn?.record.speculation ?? 'off',
    outcome: turn?.record.outcome ?? 'missed',
    reason: turn?.record.reason ?? null,
    falseCutoff: audibleMs !== null && audibleMs < said.lastVoicedSentMs,
    falseBargeIns: turn?.record.falseBargeIns ?? 0,
    repeated: turn?.record.repeated ?? false,
  };
  return { result, heard: loopback.room.recording(said.firstVoicedSentMs, performance.now()) };
}

const round = (ms: number | undefined): number | null => (ms === undefined ? null : Math.round(ms));

function relativeMarks(marks: Marks): Marks {
  const { lastVoiced } = marks;
  if (lastVoiced === undefined) return {};
  return Object.fromEntries(Object.entries(marks).map(([mark, ms]) => [mark, Math.round(ms - lastVoiced)]));
}
