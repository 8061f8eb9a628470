/** Talks in German under virtual time: the engine goes by the words of the language that was set. */
import { afterEach, expect, it } from 'vitest';
import { turnOptions } from '../../src/conversation/turn-options.ts';
import { TURN_DEFAULTS } from '../../src/turn/defaults.ts';
import { type ConversationRig, openConversation } from './conversation-rig.ts';
import { answered, expectClosed } from './conversation-steps.ts';

let rig: ConversationRig;
afterEach(() => expectClosed(rig));

const open = async (language: string | null) => {
  const { addressing, speculation, agentNames, earlyCommit } = TURN_DEFAULTS;
  const options = turnOptions({ addressing, speculation, agentNames, earlyCommit, language });
  rig = await openConversation(() => ({ turnOptions: options }));
  // It would say by itself whether they are whole phrases.
  rig.fakes.stt.interimAfterMs = null;
};

/** Ann says it; resolves with how long her silence was before she was answered, in ms. */
async function gateMs(language: string | null, text: string): Promise<number> {
  await open(language);
  rig.fakes.stt.texts.push(text);
  await rig.talkOn('ann', 200);
  rig.fakes.stt.heard[0]!.emit({ type: 'interim', text });
  const { lastMs } = await rig.talk('ann', 200);
  const { record } = await rig.nextReport();
  expect(record).toMatchObject(answered);
  return record.marks.endOfTurn! - lastMs;
}

it.each([
  ['de', 'moment mal', TURN_DEFAULTS.gateWaitMs],
  ['de', 'ich möchte wissen ob du', TURN_DEFAULTS.gateIncompleteMs],
  ['de', 'mach das licht an', TURN_DEFAULTS.gateCompleteMs],
  ['nl', 'ik wil weten of je', TURN_DEFAULTS.gateCompleteMs],
  [null, 'hold on', TURN_DEFAULTS.gateWaitMs],
])('in %s, %j is waited out', async (language, text, expectedMs) => {
  expect(await gateMs(language, text)).toBe(expectedMs);
});

it.each([
  ['de', 'genau', false],
  ['de', 'ja', false],
  ['de', 'nein', true],
  [null, 'genau', true],
])('in %s, %j over an answer takes the floor: %s', async (language, text, bargedIn) => {
  await open(language);
  rig.fakes.tts.script = { toneMs: 3_000 };
  await rig.talk('ann');
  await rig.clock.advance(1_500);
  rig.fakes.stt.texts.push(text);
  await rig.talk('ann', 400);
  await rig.untilReports(1);
  expect(rig.reports[0]!.record).toMatchObject({ ...answered, bargedIn });
  rig.fakes.tts.script = { toneMs: 100 };
  if (bargedIn) await rig.nextReport();
});
