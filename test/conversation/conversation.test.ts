/** Whole turns under virtual time: to the millisecond, with every provider failing in its turn. */
import { afterEach, describe, expect, it } from 'vitest';
import { NOTICE_TEXTS } from '../../src/conversation/notices.ts';
import type { LlmConnection, LlmRequest } from '../../src/providers/llm/llm.ts';
import type { TtsConnection, TtsReply } from '../../src/providers/tts/tts.ts';
import { TURN_DEFAULTS } from '../../src/turn/defaults.ts';
import { vendorError } from '../support/fake-providers.ts';
import type { VirtualClock } from '../support/virtual-clock.ts';
import { type ConversationRig, openConversation } from './conversation-rig.ts';

let rig: ConversationRig;
const open = async (...change: Parameters<typeof openConversation>) => {
  rig = await openConversation(...change);
};
afterEach(() => {
  rig.conversation.close();
  rig.mouth.close();
  expect(rig.clock.pending).toBe(0);
  expect(rig.fakes.vad.open).toBe(0);
  expect(rig.fakes.stt.heard.filter(({ closed }) => !closed)).toEqual([]);
});

const answered = { outcome: 'answered', reason: null, audible: 'answer' };
const unanswered = (reason: string, audible: 'notice' | null = 'notice') => ({
  ...{ outcome: 'unanswered', reason, audible },
});
/** The next turn is as if nothing had happened. */
async function expectNormalTurn(speakerId = 'ann'): Promise<void> {
  await rig.clock.advance(1_000);
  const report = rig.nextReport();
  const { lastMs } = await rig.talk(speakerId);
  const { record, reply } = await report;
  expect(record).toMatchObject({ ...answered, speakerId });
  const endOfTurn = lastMs + TURN_DEFAULTS.gateFinishedMs;
  expect(record.marks).toMatchObject({ lastVoiced: lastMs, endOfTurn, firstAudibleOut: endOfTurn });
  expect(reply).toBe('It is noon.');
}

const after = async (clock: VirtualClock, ms: number) => {
  await new Promise<void>((resolve) => clock.setTimer(ms, resolve));
};
/** The same connection with its first token so much later. */
const slowLlm = (llm: LlmConnection, clock: VirtualClock, ms: number): LlmConnection => ({
  ...llm,
  async *stream(request: LlmRequest) {
    await after(clock, ms);
    yield* llm.stream(request);
  },
});
/** The same connection with every sound so much later. */
const slowTts = (tts: TtsConnection, clock: VirtualClock, ms: number): TtsConnection => ({
  ...tts,
  reply(draftId): TtsReply {
    const reply = tts.reply(draftId);
    const audio = async function* () {
      for await (const chunk of reply.audio) {
        await after(clock, ms);
        yield chunk;
      }
    };
    return { ...reply, audio: audio() };
  },
});

describe('a turn', () => {
  it('has every mark at its instant, and the room hears it then', async () => {
    await open(({ clock, llm, tts }) => ({ llm: slowLlm(llm, clock, 110), tts: slowTts(tts, clock, 40) }));
    rig.fakes.tts.script = { toneMs: 300 };
    const { firstMs, lastMs } = await rig.talk('ann');
    const { record, transcript, reply } = await rig.nextReport();
    expect({ transcript, reply }).toEqual({ transcript: 'what time is it', reply: 'It is noon.' });
    const endOfTurn = lastMs + 200;
    expect(record).toEqual({
      id: `channel-1-${endOfTurn}`,
      ...{ guildId: 'guild', channelId: 'channel', speakerId: 'ann', endedAtUnixMs: 0 },
      ...{ ...answered, falseCutoff: false, speculation: 'off' },
      marks: {
        speechStarted: firstMs,
        lastVoiced: lastMs,
        ...{ endOfTurn, sttFinal: endOfTurn, draftStarted: endOfTurn, llmSent: endOfTurn },
        ...{ llmFirstToken: endOfTurn + 110, firstClause: endOfTurn + 110, ttsSent: endOfTurn + 110 },
        ...{
          ttsFirstByte: endOfTurn + 150,
          firstFrameOut: endOfTurn + 150,
          firstAudibleOut: endOfTurn + 150,
        },
        done: endOfTurn + 450,
      },
      providers: { stt: 's', llm: 'l', tts: 't' },
      usage: { inputTokens: 10, outputTokens: 5 },
    });
    expect(rig.soundMs[0]).toBe(endOfTurn + 150);
    expect(rig.posted).toEqual([]);
  });

  it('knows what was said before, and of its own answers what was heard', async () => {
    await open();
    rig.fakes.tts.script = { toneMs: 2_000 };
    rig.fakes.llm.scripts.push({ text: 'One two three. Four five six.' });
    await rig.talk('ann');
    await rig.clock.advance(2_500);
    // Ann talks over the answer until it stops.
    await rig.talk('ann', 800);
    const [first] = rig.reports;
    expect(first!.record).toMatchObject(answered);
    expect(first!.reply).toBe('One two three. Four five six.');
    await rig.nextReport();
    const [asked, heard] = rig.fakes.llm.lastMessages;
    expect(asked).toEqual({ role: 'user', content: 'what time is it' });
    expect(heard).toEqual({ role: 'assistant', content: 'One two three. Four' });
  });

  it('that goes on before the answer is audible is one turn, and the first request is cancelled', async () => {
    await open(({ clock, llm }) => ({ llm: slowLlm(llm, clock, 300) }));
    rig.fakes.stt.texts.push('tell me', 'a joke');
    await rig.talk('ann');
    await rig.clock.advance(150);
    await rig.talk('ann');
    const { transcript, record } = await rig.nextReport();
    expect(transcript).toBe('tell me a joke');
    expect(record).toMatchObject(answered);
    expect(rig.reports).toHaveLength(1);
    expect(rig.soundMs[0]).toBeGreaterThan(record.marks.endOfTurn!);
    const [first, second] = rig.fakes.llm.requests;
    expect(first!.signal.aborted).toBe(true);
    expect(second!.messages).toEqual([{ role: 'user', content: 'tell me a joke' }]);
  });

  it('of noise that is no word is none', async () => {
    await open();
    rig.fakes.stt.text = null;
    rig.fakes.stt.interimAfterMs = null;
    await rig.talk('ann', 100);
    await rig.clock.advance(5_000);
    expect(rig.reports).toEqual([]);
    expect(rig.soundMs).toEqual([]);
  });
});

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
      await expectNormalTurn();
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
    await expectNormalTurn();
  });

  it('that fails is apologised for at once, with its own reason', async () => {
    await open();
    rig.fakes.llm.scripts.push({ error: vendorError('LLM_OVERLOADED') });
    const { lastMs } = await rig.talk('ann');
    const { record } = await rig.nextReport();
    expect(record).toMatchObject(unanswered('LLM_OVERLOADED'));
    expect(rig.soundMs[0]).toBe(lastMs + 200);
    expect(rig.posted).toEqual([]);
    await expectNormalTurn();
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
    await expectNormalTurn();
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
    await expectNormalTurn();
  });

  it('that never speaks is replaced by a notice 2,000 ms after the end of turn', async () => {
    await open();
    rig.fakes.tts.script = { hangs: true };
    const { lastMs } = await rig.talk('ann');
    expect((await rig.nextReport()).record).toMatchObject(unanswered('ANSWER_TIMEOUT'));
    expect(rig.soundMs[0]).toBe(lastMs + 2_200);
    expect(rig.fakes.tts.cancelled).toEqual(['turn-1']);
    rig.fakes.tts.script = { toneMs: 300 };
    await expectNormalTurn();
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
    await expectNormalTurn();
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
    await expectNormalTurn();
    expect(rig.fakes.stt.heard).toHaveLength(2);
  });

  it('that fails when it is asked is apologised for, and reopened', async () => {
    await open();
    rig.fakes.stt.commit = vendorError('STT_GONE');
    await rig.talk('ann');
    expect((await rig.nextReport()).record).toMatchObject(unanswered('STT_GONE'));
    rig.fakes.stt.commit = 'final';
    await expectNormalTurn();
  });

  it('that never answers is given up 1,000 ms after the end of turn', async () => {
    await open();
    rig.fakes.stt.commit = 'nothing';
    const { lastMs } = await rig.talk('ann');
    const { record } = await rig.nextReport();
    expect(record).toMatchObject(unanswered('STT_TIMEOUT'));
    expect(record.marks.sttFinal).toBeUndefined();
    expect(rig.soundMs[0]).toBe(lastMs + 200 + TURN_DEFAULTS.finalDueMs);
    rig.fakes.stt.commit = 'final';
    await expectNormalTurn();
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

describe('two speakers', () => {
  it('are answered one after the other, by name', async () => {
    await open();
    rig.fakes.tts.script = { toneMs: 1_000 };
    rig.fakes.stt.texts.push('what time is it', 'and what day');
    await rig.talk('ann');
    await rig.talk('bob');
    const [first, second] = [await rig.nextReport(), await rig.nextReport()];
    expect([first.record, second.record]).toMatchObject([
      { ...answered, speakerId: 'ann' },
      { ...answered, speakerId: 'bob' },
    ]);
    expect(second.record.marks.firstAudibleOut).toBeGreaterThanOrEqual(first.record.marks.done!);
    expect(rig.fakes.llm.lastMessages.map(({ content }) => content)).toEqual([
      'ANN: what time is it',
      'It is noon.',
      'BOB: and what day',
    ]);
  });

  it('while the other has not finished are heard apart', async () => {
    await open();
    rig.fakes.stt.texts.push('hello from ann', 'hello from bob');
    await rig.talkOn('ann', 300);
    await rig.talk('bob');
    await rig.untilReports(2);
    expect(rig.fakes.stt.heard.map(({ speaker }) => speaker)).toEqual([
      { id: 'ann', name: 'ANN' },
      { id: 'bob', name: 'BOB' },
    ]);
    expect(new Set(rig.reports.map(({ transcript }) => transcript))).toEqual(
      new Set(['hello from ann', 'hello from bob']),
    );
  });
});

describe('a speaker who is gone', () => {
  const leave = (speakerId: string) => rig.tell({ type: 'gone', speakerId });

  it('in the middle of a word leaves no turn and no recogniser', async () => {
    await open();
    await rig.talkOn('ann', 300);
    leave('ann');
    expect(rig.fakes.stt.heard[0]!.closed).toBe(true);
    expect(rig.fakes.vad.open).toBe(0);
    await rig.clock.advance(5_000);
    expect(rig.reports).toEqual([]);
    expect(rig.clock.pending).toBe(0);
    await expectNormalTurn();
  });

  it('before the answer ends the turn with the reason, and the request', async () => {
    await open();
    rig.fakes.llm.scripts.push({ hangs: 'until aborted' });
    await rig.talk('ann');
    await rig.clock.advance(300);
    leave('ann');
    expect(rig.reports[0]!.record).toMatchObject(unanswered('SPEAKER_LEFT', null));
    expect(rig.fakes.llm.requests[0]!.signal.aborted).toBe(true);
    await rig.clock.advance(5_000);
    expect(rig.soundMs).toEqual([]);
    await expectNormalTurn('bob');
  });

  it('during the answer stops it, and what was heard counts', async () => {
    await open();
    rig.fakes.tts.script = { toneMs: 5_000 };
    await rig.talk('ann');
    await rig.clock.advance(1_000);
    leave('ann');
    const sounds = rig.soundMs.length;
    expect(rig.reports[0]!.record).toMatchObject(answered);
    await rig.clock.advance(5_000);
    expect(rig.soundMs).toHaveLength(sounds);
  });

  it('during the notice stops it', async () => {
    await open();
    rig.fakes.llm.scripts.push({ error: vendorError('LLM_OVERLOADED') });
    await rig.talk('ann');
    await rig.clock.advance(180);
    leave('ann');
    const sounds = rig.soundMs.length;
    expect(rig.reports[0]!.record).toMatchObject(unanswered('LLM_OVERLOADED'));
    await rig.clock.advance(5_000);
    expect(rig.soundMs).toHaveLength(sounds);
  });

  it('while waiting for the floor is not answered', async () => {
    await open();
    rig.fakes.tts.script = { toneMs: 3_000 };
    await rig.talk('ann');
    await rig.talk('bob');
    await rig.clock.advance(500);
    leave('bob');
    expect(rig.reports[0]!.record).toMatchObject({ ...unanswered('SPEAKER_LEFT', null), speakerId: 'bob' });
    await rig.nextReport();
    expect(rig.fakes.llm.requests).toHaveLength(1);
  });

  it('is forgotten: nothing of it is told to the model', async () => {
    await open();
    rig.fakes.stt.texts.push('my secret is');
    await rig.talk('ann');
    await rig.nextReport();
    leave('ann');
    await expectNormalTurn('bob');
    expect(rig.fakes.llm.lastMessages.map(({ content }) => content).join()).not.toContain('secret');
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
    await expectNormalTurn();
  });
});

describe('close', () => {
  it('ends every turn with its reason, starts no new answer, and leaves no timer', async () => {
    await open();
    rig.fakes.llm.always = { hangs: 'until aborted' };
    await rig.talk('ann');
    await rig.talk('bob');
    await rig.clock.advance(150);
    await rig.talkOn('eve', 200);
    rig.conversation.close();
    expect(rig.reports.map(({ record }) => [record.speakerId, record.outcome, record.reason])).toEqual([
      ['ann', 'unanswered', 'ROOM_CLOSED'],
      ['bob', 'unanswered', 'ROOM_CLOSED'],
    ]);
    expect(rig.fakes.llm.requests).toHaveLength(1);
    expect(rig.fakes.llm.requests[0]!.signal.aborted).toBe(true);
    expect(rig.clock.pending).toBe(0);
    await rig.clock.advance(10_000);
    expect(rig.reports).toHaveLength(2);
    expect(rig.soundMs).toEqual([]);
  });

  it('between the end of turn and the final transcript does so too', async () => {
    await open();
    rig.fakes.stt.commit = 'nothing';
    await rig.talk('ann');
    await rig.clock.advance(300);
    rig.conversation.close();
    expect(rig.reports.map(({ record }) => record.reason)).toEqual(['ROOM_CLOSED']);
    expect(rig.clock.pending).toBe(0);
  });

  it('in the middle of an answer keeps it answered, and no frame leaves any more', async () => {
    await open();
    rig.fakes.tts.script = { toneMs: 5_000 };
    await rig.talk('ann');
    await rig.clock.advance(1_000);
    rig.conversation.close();
    const sounds = rig.soundMs.length;
    expect(rig.reports[0]!.record).toMatchObject(answered);
    await rig.clock.advance(5_000);
    expect(rig.soundMs).toHaveLength(sounds);
  });

  it('hears nothing more, and can be repeated', async () => {
    await open();
    await rig.talk('ann');
    await rig.nextReport();
    rig.conversation.close();
    rig.conversation.close();
    const written = rig.fakes.stt.writtenMs('ann');
    await rig.talk('ann');
    await rig.clock.advance(5_000);
    expect(rig.reports).toHaveLength(1);
    expect(rig.fakes.stt.writtenMs('ann')).toBe(written);
  });

  it('from a listener, in the middle of what happens, is safe', async () => {
    await open(() => ({ onTurn: () => rig.conversation.close() }));
    rig.fakes.tts.script = { toneMs: 500 };
    await rig.talk('ann');
    await rig.talk('bob');
    await rig.clock.advance(5_000);
    expect(rig.clock.pending).toBe(0);
    expect(rig.fakes.llm.requests).toHaveLength(1);
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
    await expectNormalTurn();
  });
});
