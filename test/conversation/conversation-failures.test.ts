/** Whole turns under virtual time, with every provider failing in its turn: what is heard, why, and the turn after it. */
// @module-tag fault
import { afterEach, describe, expect, it } from 'vitest';
import { NOTICE_TEXTS, neverAnswered, neverPausing } from '../../src/conversation/notices.ts';
import { TURN_DEFAULTS } from '../../src/turn/defaults.ts';
import { vendorError } from '../support/fake-providers.ts';
import { type ConversationRig, openConversation } from './conversation-rig.ts';
import { answered, expectClosed, expectNormalTurn, SERIAL, unanswered } from './conversation-steps.ts';

let rig: ConversationRig;
const open = async (change: Parameters<typeof openConversation>[0] = () => ({})) => {
  rig = await openConversation((given) => ({ turnOptions: SERIAL, ...change(given) }));
};
afterEach(() => expectClosed(rig));

describe('a model', () => {
  it.each(['for ever', 'until aborted'] as const)(
    'that never answers (it hangs %s) is replaced by a notice 2,000 ms after the end of turn',
    async (hangs) => {
      await open();
      rig.fakes.llm.scripts.push({ hangs });
      const { lastMs } = await rig.talk('ann');
      const { record, reply } = await rig.nextReport();
      const endOfTurn = lastMs + 200;
      expect(record).toMatchObject(unanswered('ANSWER_TIMEOUT'));
      expect(record.marks).toMatchObject({ endOfTurn, llmSent: endOfTurn });
      expect(record.marks.firstAudibleOut).toBeUndefined();
      expect(rig.soundMs[0]).toBe(endOfTurn + 2_000);
      expect(reply).toBe('');
      expect(rig.fakes.llm.requests[0]!.signal.aborted).toBe(true);
      await expectNormalTurn(rig);
    },
  );

  it('that stops in the middle of its first clause is no different', async () => {
    await open();
    rig.fakes.llm.scripts.push({ text: 'It is', hangs: 'for ever' });
    const { lastMs } = await rig.talk('ann');
    const { record } = await rig.nextReport();
    expect(record).toMatchObject(unanswered('ANSWER_TIMEOUT'));
    expect(record.marks.llmFirstToken).toBe(lastMs + 200);
    expect(rig.soundMs[0]).toBe(lastMs + 2_200);
    await expectNormalTurn(rig);
  });

  it('that fails is apologised for at once, with its own reason', async () => {
    await open();
    rig.fakes.llm.scripts.push({ error: vendorError('LLM_OVERLOADED') });
    const { lastMs } = await rig.talk('ann');
    const { record } = await rig.nextReport();
    expect(record).toMatchObject(unanswered('LLM_OVERLOADED'));
    expect(rig.soundMs[0]).toBe(lastMs + 200);
    expect(rig.posted).toEqual([]);
    await expectNormalTurn(rig);
  });

  it('that fails in the middle of its answer is heard as far as it came', async () => {
    const halfway = Promise.withResolvers<void>();
    await open(({ llm }) => ({
      llm: {
        ...llm,
        async *stream() {
          yield { type: 'text', text: 'It is noon now. And ' };
          await halfway.promise;
          throw vendorError('LLM_OVERLOADED');
        },
      },
    }));
    await rig.talk('ann');
    await rig.clock.advance(200);
    expect(rig.soundMs.length).toBeGreaterThan(0);
    halfway.resolve();
    const { record, reply } = await rig.nextReport();
    expect(record).toMatchObject(answered);
    expect(reply).toBe('It is noon now.');
  });

  it('that answers nothing is apologised for', async () => {
    await open();
    rig.fakes.llm.scripts.push({ text: '' });
    await rig.talk('ann');
    expect((await rig.nextReport()).record).toMatchObject(unanswered('EMPTY_ANSWER'));
    await expectNormalTurn(rig);
  });
});

describe('a voice', () => {
  it('that fails is apologised for at once, and the answer is written', async () => {
    await open();
    rig.fakes.tts.script = { error: vendorError('TTS_QUOTA') };
    const { lastMs } = await rig.talk('ann');
    const { record, reply } = await rig.nextReport();
    expect(record).toMatchObject(unanswered('TTS_QUOTA'));
    // The notices were synthesised at the beginning.
    expect(rig.soundMs[0]).toBe(lastMs + 200);
    expect(rig.posted).toEqual(['It is noon.']);
    expect(reply).toBe('It is noon.');
    rig.fakes.tts.script = { toneMs: 300 };
    await expectNormalTurn(rig);
  });

  it('that never speaks is replaced by a notice 2,000 ms after the end of turn', async () => {
    await open();
    rig.fakes.tts.script = { hangs: true };
    const { lastMs } = await rig.talk('ann');
    expect((await rig.nextReport()).record).toMatchObject(unanswered('ANSWER_TIMEOUT'));
    expect(rig.soundMs[0]).toBe(lastMs + 2_200);
    expect(rig.fakes.tts.cancelled).toEqual(['draft-1']);
    rig.fakes.tts.script = { toneMs: 300 };
    await expectNormalTurn(rig);
  });

  it('that could not even say the notices leaves them to the chat, and nothing was heard', async () => {
    await open(() => ({ notices: { sampleRate: 24_000, pcm: () => null } }));
    rig.fakes.llm.scripts.push({ hangs: 'for ever' }, { error: vendorError('LLM_OVERLOADED') });
    await rig.talk('ann');
    expect((await rig.nextReport()).record).toMatchObject(unanswered('ANSWER_TIMEOUT', null));
    expect(rig.posted).toEqual([NOTICE_TEXTS.tooSlow]);
    await rig.talk('ann');
    expect((await rig.nextReport()).record).toMatchObject(unanswered('LLM_OVERLOADED', null));
    expect(rig.posted).toEqual([NOTICE_TEXTS.tooSlow, NOTICE_TEXTS.failed]);
    expect(rig.soundMs).toEqual([]);
    await expectNormalTurn(rig);
  });
});

describe('a recogniser', () => {
  it('that fails while somebody speaks is apologised for at the end of turn, and reopened', async () => {
    await open();
    await rig.talkOn('ann', 300);
    rig.fakes.stt.heard[0]!.emit({ type: 'error', error: vendorError('STT_QUOTA') });
    await rig.talk('ann', 300);
    const { record } = await rig.nextReport();
    expect(record).toMatchObject(unanswered('STT_QUOTA'));
    expect(rig.soundMs[0]).toBe(record.marks.endOfTurn);
    expect(rig.fakes.llm.requests).toEqual([]);
    await expectNormalTurn(rig);
    expect(rig.fakes.stt.heard).toHaveLength(2);
  });

  it('that fails when it is asked is apologised for, and reopened', async () => {
    await open();
    rig.fakes.stt.commit = vendorError('STT_GONE');
    await rig.talk('ann');
    expect((await rig.nextReport()).record).toMatchObject(unanswered('STT_GONE'));
    rig.fakes.stt.commit = 'final';
    await expectNormalTurn(rig);
  });

  it('that never answers is given up 1,000 ms after the end of turn', async () => {
    await open();
    rig.fakes.stt.interimAfterMs = null;
    rig.fakes.stt.commit = 'nothing';
    const { lastMs } = await rig.talk('ann');
    const { record } = await rig.nextReport();
    expect(record).toMatchObject(unanswered('STT_TIMEOUT'));
    expect(record.marks.sttFinal).toBeUndefined();
    expect(rig.soundMs[0]).toBe(lastMs + TURN_DEFAULTS.gateIncompleteMs + TURN_DEFAULTS.finalDueMs);
    Object.assign(rig.fakes.stt, { commit: 'final', interimAfterMs: 100 });
    await expectNormalTurn(rig);
  });

  it('of one speaker that fails is nothing to the other', async () => {
    await open();
    await rig.talkOn('ann', 200);
    rig.fakes.stt.heard[0]!.emit({ type: 'error', error: vendorError('STT_QUOTA') });
    await rig.talk('bob');
    await rig.untilReports(2);
    const of = (id: string) => rig.reports.find(({ record }) => record.speakerId === id)!.record;
    expect(of('bob')).toMatchObject(answered);
    expect(of('ann')).toMatchObject({ outcome: 'unanswered', reason: 'STT_QUOTA' });
  });
});

describe('what no next try heals', () => {
  const TOLD = 'The vendor said no. Ask the vendor.';

  it('is written with its remedy, once a code', async () => {
    await open();
    const [key, credit] = [vendorError('LLM_KEY_REFUSED', false), vendorError('LLM_NO_CREDIT', false)];
    const posted: string[][] = [];
    for (const error of [key, key, credit, vendorError('LLM_OVERLOADED')]) {
      rig.fakes.llm.scripts.push({ error });
      await rig.talk('ann');
      expect((await rig.nextReport()).record).toMatchObject(unanswered(error.code));
      posted.push(rig.posted.splice(0));
      await rig.clock.advance(3_000);
    }
    expect(posted).toEqual([[TOLD], [], [TOLD], []]);
  });

  it('of a voice comes before the answer in writing', async () => {
    await open();
    rig.fakes.tts.script = { error: vendorError('TTS_VOICE', false) };
    await rig.talk('ann');
    expect((await rig.nextReport()).record).toMatchObject(unanswered('TTS_VOICE'));
    expect(rig.posted).toEqual([TOLD, 'It is noon.']);
  });

  it('of a recogniser is written as well', async () => {
    await open();
    rig.fakes.stt.commit = vendorError('STT_KEY', false);
    await rig.talk('ann');
    expect((await rig.nextReport()).record).toMatchObject(unanswered('STT_KEY'));
    expect(rig.posted).toEqual([TOLD]);
  });

  it('of a draft is written when it was to be the answer, and not before', async () => {
    await open(() => ({ turnOptions: { ...TURN_DEFAULTS, addressing: 'always' } }));
    rig.fakes.llm.always = { error: vendorError('LLM_KEY_REFUSED', false) };
    await rig.talkOn('ann', 400);
    expect(rig.posted).toEqual([]);
    await rig.talk('ann');
    expect((await rig.nextReport()).record).toMatchObject(unanswered('LLM_KEY_REFUSED'));
    expect(rig.posted).toEqual([TOLD]);
  });
});

describe('a connection that is lost', () => {
  it('during the notice: it was not heard, and the record says so', async () => {
    await open();
    rig.fakes.llm.scripts.push({ error: vendorError('LLM_OVERLOADED') });
    rig.connected = false;
    await rig.talk('ann');
    expect((await rig.nextReport()).record).toMatchObject(unanswered('LLM_OVERLOADED', null));
    rig.connected = true;
    await expectNormalTurn(rig);
  });
});

describe('a defect', () => {
  it('in a listener of turns does not stop the conversation', async () => {
    let calls = 0;
    await open(() => ({
      onTurn: () => {
        calls += 1;
        throw new Error('the disk is full');
      },
    }));
    rig.fakes.tts.script = { toneMs: 500 };
    await rig.talk('ann');
    await rig.talk('bob');
    await rig.clock.advance(5_000);
    expect(calls).toBe(2);
    expect(rig.fakes.llm.requests).toHaveLength(2);
  });

  it('in starting an answer is apologised for', async () => {
    let broken = true;
    await open(({ llm, tts }) => ({
      llm,
      tts: {
        ...tts,
        get sampleRate(): 24_000 {
          if (broken) throw new Error('not connected');
          return 24_000;
        },
      },
    }));
    await rig.talk('ann');
    expect((await rig.nextReport()).record).toMatchObject(unanswered('INTERNAL'));
    broken = false;
    await expectNormalTurn(rig);
  });
});

describe('the room', () => {
  it('is told in writing who was never answered, as the voice was busy', async () => {
    await open();
    rig.fakes.tts.script = { toneMs: 30_000 };
    await rig.talk('ann');
    const report = rig.nextReport();
    await rig.talk('bob');
    await rig.clock.advance(TURN_DEFAULTS.floorWaitMs + 1_000);
    expect((await report).record).toMatchObject({ ...unanswered('FLOOR_BUSY', null), speakerId: 'bob' });
    expect(rig.posted).toEqual([neverAnswered('BOB')]);
    await rig.clock.advance(30_000);
    expect(rig.reports.at(-1)!.record).toMatchObject({ ...answered, speakerId: 'ann' });
    expect(rig.posted).toHaveLength(1);
  });
});

describe('sound without end', () => {
  it('is told of once, in writing', async () => {
    await open();
    for (const minutes of [1, 2]) {
      await rig.talk('ann', 125_000);
      await rig.clock.advance(5_000);
      const last = rig.reports.filter(({ record }) => record.reason === 'TOO_LONG');
      expect(last).toHaveLength(minutes);
    }
    expect(rig.posted).toEqual([neverPausing('ANN')]);
  });
});

describe('an event that the engine fails at', () => {
  it('is lost, and nothing else is', async () => {
    let failures = 0;
    await open(() => ({
      record: (line) => {
        if (!line.includes('"talkEnded"') || failures > 0) return;
        failures += 1;
        throw new Error('a defect');
      },
    }));
    await rig.talk('ann');
    await rig.clock.advance(5_000);
    expect(failures).toBe(1);
    expect(rig.reports.at(-1)!.record).toMatchObject(answered);
    await expectNormalTurn(rig);
  });
});
