/** Whole turns under virtual time with answers drafted ahead, and people who talk over them; the real mouth. */
import { afterEach, expect, it } from 'vitest';
import { TURN_DEFAULTS } from '../../src/turn/defaults.ts';
import { vendorError } from '../support/fake-providers.ts';
import { type ConversationRig, openConversation } from './conversation-rig.ts';
import { answered, expectClosed } from './conversation-steps.ts';

let rig: ConversationRig;
const open = async (turnOptions = {}) => {
  rig = await openConversation(() => ({ turnOptions: { ...TURN_DEFAULTS, ...turnOptions } }));
};
afterEach(() => expectClosed(rig));

it('a draft is heard the instant the gate opens', async () => {
  await open();
  const { lastMs } = await rig.talk('ann');
  const { record } = await rig.nextReport();
  expect(record).toMatchObject({ ...answered, speculation: 'hit', modelCalls: 1 });
  const { marks } = record;
  expect(marks).toMatchObject({ pauseDetected: lastMs + 60, draftStarted: lastMs + 60 });
  expect(marks).toMatchObject({ endOfTurn: lastMs + 200, firstAudibleOut: lastMs + 200 });
  expect(marks.interimUsed).toBeLessThan(lastMs);
  expect(rig.soundMs[0]).toBe(lastMs + 200);
});

it('a draft of words that the final changes is told as a miss, with what it cost', async () => {
  await open();
  await rig.talkOn('ann', 200);
  rig.fakes.stt.heard[0]!.emit({ type: 'interim', text: 'what time is it now', finished: true });
  await rig.talk('ann', 200);
  const { record, transcript } = await rig.nextReport();
  expect(transcript).toBe('what time is it');
  expect(record).toMatchObject({ ...answered, speculation: 'miss', modelCalls: 2 });
  expect(record.wasted).toEqual({ tokens: 5, characters: 11 });
  expect(rig.fakes.llm.requests[0]!.signal.aborted).toBe(true);
  expect(rig.soundMs[0]).toBe(record.marks.endOfTurn);
});

it('a draft that fails is made anew, and nobody hears of it', async () => {
  await open();
  rig.fakes.llm.scripts.push({ error: vendorError('LLM_OVERLOADED') });
  await rig.talk('ann');
  const { record } = await rig.nextReport();
  expect(record).toMatchObject({ ...answered, modelCalls: 2 });
  expect(rig.fakes.llm.requests).toHaveLength(2);
});

it('no draft is made where speculation is off', async () => {
  await open({ speculation: 'off' });
  const { lastMs } = await rig.talk('ann');
  const { record } = await rig.nextReport();
  expect(record).toMatchObject({ ...answered, speculation: 'off', modelCalls: 1 });
  expect(record.marks.draftStarted).toBe(lastMs + 200);
});

/** Ann is being answered for two seconds and more; `text` is what she says over it. */
async function talkOver(text: string | null, ms: number) {
  await open();
  rig.fakes.tts.script = { toneMs: 3_000 };
  await rig.talk('ann');
  await rig.clock.advance(1_500);
  rig.fakes.stt.texts.push(text);
  return await rig.talk('ann', ms);
}

it('words over the answer stop it within 400 ms, and are the next turn', async () => {
  const { firstMs } = await talkOver('what then', 600);
  await rig.untilReports(1);
  const lastSound = rig.soundMs.findLast((ms) => ms < firstMs + 600)!;
  expect(lastSound - firstMs).toBeLessThan(400);
  expect(rig.reports[0]!.record).toMatchObject({ ...answered, bargedIn: true, heardEstimated: true });
  rig.fakes.tts.script = { toneMs: 300 };
  const next = await rig.nextReport();
  expect(next).toMatchObject({ transcript: 'what then', record: answered });
});

it('a backchannel over the answer pauses it, and no frame of it is lost or doubled', async () => {
  const { firstMs, lastMs } = await talkOver('mhm', 300);
  const { record } = await rig.nextReport();
  expect(record).toMatchObject({ ...answered, bargedIn: false, falseBargeIns: 1 });
  // Three seconds of sound, a hole in the middle of them.
  const before = rig.soundMs.filter((ms) => ms < firstMs + 240);
  const after = rig.soundMs.filter((ms) => ms > lastMs);
  expect(before.length + after.length).toBe(rig.soundMs.length);
  expect(rig.soundMs.length).toBe(150);
  expect(after[0]! - lastMs).toBeLessThanOrEqual(TURN_DEFAULTS.overSilenceMs + 60);
  await rig.clock.advance(5_000);
  expect(rig.reports).toHaveLength(1);
});

it('two people who talk with each other are left alone, and are part of the talk', async () => {
  await open();
  rig.fakes.stt.texts.push('what time is it', 'Ann, did you see the game', 'parley who won');
  await rig.talk('ann');
  await rig.nextReport();
  await rig.talk('bob');
  await rig.clock.advance(3_000);
  expect(rig.reports).toHaveLength(1);
  await rig.talk('bob');
  await rig.nextReport();
  expect(rig.fakes.llm.lastMessages.map(({ content }) => content)).toEqual([
    'ANN: what time is it',
    'It is noon.',
    'BOB: Ann, did you see the game',
    'BOB: parley who won',
  ]);
});
