/** Random talks and random failures under virtual time: every turn ends with an outcome, in order, and nothing is left. */
// @module-tag fault
import { expect, it } from 'vitest';
import type { Mark, Marks } from '../../src/latency/timeline.ts';
import { vendorError } from '../support/fake-providers.ts';
import { seededRandom } from '../support/random.ts';
import { type ConversationRig, openConversation } from './conversation-rig.ts';

const CHAINS: readonly (readonly Mark[])[] = [
  ['speechStarted', 'lastVoiced', 'endOfTurn', 'firstFrameOut', 'firstAudibleOut', 'done'],
  ['draftStarted', 'llmSent', 'llmFirstToken', 'firstClause', 'ttsSent', 'ttsFirstByte', 'firstFrameOut'],
];

/** Pairs of marks that are the wrong way round. */
function disorder(marks: Marks): string[] {
  return CHAINS.flatMap((chain) => {
    const reached = chain.flatMap((mark) => (marks[mark] === undefined ? [] : [{ mark, ms: marks[mark] }]));
    return reached
      .slice(1)
      .flatMap(({ mark, ms }, i) => (ms < reached[i]!.ms ? [`${mark} before ${reached[i]!.mark}`] : []));
  });
}

/** Something goes wrong, or right again. */
function mishaps(rig: ConversationRig): (() => void)[] {
  const { stt, llm, tts } = rig.fakes;
  const recogniser = () => stt.heard.filter(({ closed }) => !closed).at(-1);
  return [
    () => llm.scripts.push({ error: vendorError('LLM_DOWN') }),
    () => llm.scripts.push({ text: 'One two three four. And', error: vendorError('LLM_DOWN') }),
    () => llm.scripts.push({ hangs: 'for ever' }),
    () => llm.scripts.push({ text: 'One two three four. And', hangs: 'until aborted' }),
    () => llm.scripts.push({ text: 'Long answer here. '.repeat(30) }),
    () => llm.scripts.push({ text: '' }),
    () => {
      tts.script = { error: vendorError('TTS_DOWN') };
    },
    () => {
      tts.script = { hangs: true };
    },
    () => {
      tts.script = { toneMs: 700 };
    },
    () => {
      stt.commit = 'nothing';
    },
    () => {
      stt.commit = vendorError('STT_DOWN');
    },
    () => {
      stt.commit = 'final';
    },
    () => recogniser()?.emit({ type: 'error', error: vendorError('STT_DOWN') }),
    () => stt.texts.push(null),
    () => {
      rig.connected = !rig.connected;
    },
  ];
}

const seeds = Array.from({ length: 30 }, (_, i) => i + 1);

it.each(seeds)('every turn ends, whatever fails (seed %i)', async (seed) => {
  const random = seededRandom(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const rig = await openConversation();
  for (let step = 0; step < 15; step++) {
    if (random() < 0.5) pick(mishaps(rig))();
    const speaker = pick(['ann', 'bob', 'eve']);
    if (random() < 0.1) rig.tell({ type: 'gone', speakerId: speaker });
    else if (random() < 0.2) await rig.talkOn(speaker, 20 + Math.floor(random() * 20) * 20);
    else await rig.talk(speaker, 20 + Math.floor(random() * 40) * 20);
    await rig.clock.advance(random() < 0.5 ? random() * 300 : random() * 4_000);
  }
  // Whoever fails last fails for ever; the conversation does not.
  rig.connected = true;
  await rig.clock.advance(120_000);
  expect(rig.clock.pending).toBe(0);
  for (const { record } of rig.reports) {
    expect(disorder(record.marks), JSON.stringify(record)).toEqual([]);
    expect(record.outcome === 'answered').toBe(record.reason === null);
    expect(record.outcome === 'answered').toBe(record.audible === 'answer');
    expect(record.marks.firstAudibleOut !== undefined).toBe(record.audible === 'answer');
  }
  // No turn is told twice.
  expect(new Set(rig.reports.map(({ record }) => record.id)).size).toBe(rig.reports.length);
  Object.assign(rig.fakes.stt, { commit: 'final', texts: [] });
  rig.fakes.llm.scripts.length = 0;
  rig.fakes.tts.script = { toneMs: 300 };
  // A recogniser that failed in silence is opened again by the words after it.
  await rig.talk('ann');
  expect((await rig.nextReport()).record).toMatchObject({ outcome: 'answered' });
  rig.conversation.close();
  rig.mouth.close();
  expect(rig.clock.pending).toBe(0);
  expect(rig.fakes.vad.open).toBe(0);
});
