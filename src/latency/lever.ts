/** The biggest lever of one turn: which stage costs most over what it should, and what would help, in plain words. */
import { keepsTo, STAGE_BUDGETS_MS } from './budget.ts';
import type { Stage } from './critical-path.ts';
import { figuresOf } from './figures.ts';
import { stageRows } from './stages.ts';
import type { TurnRecord } from './timeline.ts';

/** What a stage may take before it is worth a word, in ms: the most of its published budget, else what it takes at best. */
const MAY_TAKE_MS: Record<Stage, number> = {
  receiveRepair: 0,
  // The silence that ends a turn after a complete phrase.
  gate: 200,
  sttConnect: 0,
  speechToText: STAGE_BUDGETS_MS.speechToText[1],
  dispatch: 0,
  llmConnect: 0,
  languageModel: STAGE_BUDGETS_MS.languageModel[1],
  firstClause: 50,
  handover: 0,
  ttsConnect: 0,
  textToSpeech: STAGE_BUDGETS_MS.textToSpeech[1],
  leadingSilence: 20,
  // One frame.
  encodeAndPacing: 20,
  quietStart: 20,
  unattributed: 0,
};

/** Less than a frame is not worth a word. */
const WORTH_MS = 20;

const NAMES: Record<Stage, string> = {
  receiveRepair: 'waiting for late or lost packets of the speaker',
  gate: 'waiting to be sure that the speaker was done',
  sttConnect: 'opening a connection to the recogniser',
  speechToText: 'speech to text',
  dispatch: 'waiting until the question could be asked',
  llmConnect: 'opening a connection to the language model',
  languageModel: 'the language model, to its first word',
  firstClause: 'the model writing its first clause',
  handover: 'handing the clause to the voice',
  ttsConnect: 'opening a connection to the voice',
  textToSpeech: 'text to speech, to its first audio',
  leadingSilence: 'the silence that the voice begins with',
  encodeAndPacing: 'getting the first audio on its way',
  quietStart: 'the first frames of the voice, too quiet to hear',
  unattributed: 'something that my timeline cannot explain',
};

/** @returns one or two sentences, at most 500 characters. */
export function biggestLever(record: TurnRecord, budgetMs: number): string {
  const gapMs = figuresOf(record).responseGapMs;
  if (gapMs === undefined) return withoutGap(record);
  const [first] = stageRows(record)
    .flatMap(({ stage, waitedMs }) =>
      waitedMs ? [{ stage, waitedMs, overMs: waitedMs - MAY_TAKE_MS[stage] }] : [],
    )
    .sort((a, b) => b.overMs - a.overMs || b.waitedMs - a.waitedMs);
  if (!first) return 'The answer was there before anybody had to wait for it.';
  const { stage, waitedMs, overMs } = first;
  if (keepsTo(budgetMs, gapMs) && overMs <= WORTH_MS) {
    const longest = stageRows(record).reduce((a, b) => ((b.waitedMs ?? 0) > (a.waitedMs ?? 0) ? b : a));
    return `Nothing to gain: every stage kept to its share; the longest was ${NAMES[longest.stage]} (${longest.waitedMs} ms).`;
  }
  const much = overMs > 0 && MAY_TAKE_MS[stage] > 0 ? `, ${overMs} ms over its share` : '';
  return `Biggest lever: ${NAMES[stage]} (${waitedMs} ms${much}). ${helpFor(stage, record)}`;
}

function withoutGap({ outcome, reason, audible }: TurnRecord): string {
  if (outcome === 'missed') return 'This turn got neither an answer nor a reason: that is a defect of mine.';
  if (outcome === 'answered') return 'When the answer became audible is not known.';
  const said = audible === 'notice' ? ' I said so in the channel.' : '';
  return `Nobody heard an answer (${reason ?? 'no reason'}).${said} ${reasonHelp(reason)}`;
}

function reasonHelp(reason: string | null): string {
  const asked = /^(STT|LLM|TTS)_/.exec(reason ?? '')?.[1];
  return asked
    ? `What helps: \`npm run doctor\` checks the vendor behind \`${asked}\`, its key and its quota.`
    : 'What helps: the log of that moment says more.';
}

function helpFor(stage: Stage, { speculation, providers }: TurnRecord): string {
  switch (stage) {
    case 'receiveRepair':
      return 'What helps: a better network of the speaker, or a voice region nearer to the people (channel settings).';
    case 'gate':
      return 'What helps: push to talk ends a turn when the key is released; whole sentences end sooner than unfinished ones.';
    case 'speechToText':
      return `What helps: a quicker recogniser (\`STT\`, now ${providers.stt}) or one nearer to this machine; \`npm run doctor\` measures them.`;
    case 'dispatch':
      return speculation === 'miss'
        ? 'The answer that was prepared did not fit the last words, so a new one was asked for.'
        : 'Another answer had to end first, or the words came late; one answer is spoken at a time.';
    case 'sttConnect':
    case 'llmConnect':
    case 'ttsConnect':
      return 'What helps: an address nearer to this machine; connections stay open while people talk, so the next turn should not pay for it.';
    case 'languageModel':
      return speculation === 'off'
        ? 'What helps: `SPECULATION=llm+tts`, which asks the model while the end of the turn is awaited, or a quicker model (`LLM`, `LLM_MODEL`).'
        : `What helps: a quicker model (\`LLM\`, \`LLM_MODEL\`; now ${providers.llm}).`;
    case 'firstClause':
      return `What helps: a model that writes quicker (\`LLM\`, \`LLM_MODEL\`; now ${providers.llm}).`;
    case 'textToSpeech':
      return `What helps: a quicker voice (\`TTS\`, now ${providers.tts}) or a region nearer to this machine; \`npm run doctor\` measures them.`;
    case 'leadingSilence':
      return `What helps: another voice or model of ${providers.tts}; this one begins with silence.`;
    case 'quietStart':
      return `What helps: another voice or model of ${providers.tts}; this one begins too quietly to be heard.`;
    case 'handover':
    case 'encodeAndPacing':
      return 'What helps: less other work on this machine; audio needs a core that is free in time.';
    case 'unattributed':
      return 'A mark of the timeline is missing, so I do not guess.';
  }
}
