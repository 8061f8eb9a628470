/** What a turn comes to, and a turn as it should be. */
import { expect } from 'vitest';
import { TURN_DEFAULTS } from '../../src/turn/defaults.ts';
import type { ConversationRig } from './conversation-rig.ts';

/** Without drafts, so that each failure is of the one answer that there is; all words are for the agent. */
export const SERIAL = { ...TURN_DEFAULTS, speculation: 'off', addressing: 'always' } as const;

export const answered = { outcome: 'answered', reason: null, audible: 'answer' };

export const unanswered = (reason: string, audible: 'notice' | null = 'notice') => ({
  ...{ outcome: 'unanswered', reason, audible },
});

/** The next turn is as if nothing had happened. */
export async function expectNormalTurn(rig: ConversationRig, speakerId = 'zoe'): Promise<void> {
  await rig.clock.advance(1_000);
  const report = rig.nextReport();
  const { lastMs } = await rig.talk(speakerId);
  const { record, reply } = await report;
  expect(record).toMatchObject({ ...answered, speakerId });
  const endOfTurn = lastMs + TURN_DEFAULTS.gateCompleteMs;
  expect(record.marks).toMatchObject({ lastVoiced: lastMs, endOfTurn, firstAudibleOut: endOfTurn });
  expect(reply).toBe('It is noon.');
}

/** Nothing of the conversation is left. */
export function expectClosed(rig: ConversationRig): void {
  rig.conversation.close();
  rig.mouth.close();
  expect(rig.clock.pending).toBe(0);
  expect(rig.fakes.vad.open).toBe(0);
  expect(rig.fakes.stt.heard.filter(({ closed }) => !closed)).toEqual([]);
}
