/** Whole turns under virtual time: their marks to the millisecond, their words, and how they end. */
import { afterEach, describe, expect, it } from 'vitest';
import type { LlmConnection, LlmRequest } from '../../src/providers/llm/llm.ts';
import type { TtsConnection, TtsReply } from '../../src/providers/tts/tts.ts';
import { vendorError } from '../support/fake-providers.ts';
import type { VirtualClock } from '../support/virtual-clock.ts';
import { type ConversationRig, openConversation } from './conversation-rig.ts';
import { answered, expectClosed, expectNormalTurn, SERIAL, unanswered } from './conversation-steps.ts';

let rig: ConversationRig;
const open = async (change: Parameters<typeof openConversation>[0] = () => ({})) => {
  rig = await openConversation((given) => ({ turnOptions: SERIAL, ...change(given) }));
};
afterEach(() => expectClosed(rig));

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
      ...{ ...answered, falseCutoff: false, bargedIn: false, falseBargeIns: 0, repeated: false },
      heardEstimated: false,
      ...{ speculation: 'off', modelCalls: 1, wasted: { tokens: 0, characters: 0 } },
      marks: {
        speechStarted: firstMs,
        lastVoiced: lastMs,
        pauseDetected: lastMs + 60,
        ...{ endOfTurn, sttFinal: endOfTurn, draftStarted: endOfTurn, llmSent: endOfTurn },
        ...{ llmFirstToken: endOfTurn + 110, firstClause: endOfTurn + 110, llmDone: endOfTurn + 110 },
        ...{
          ttsSent: endOfTurn + 110,
          ttsFirstByte: endOfTurn + 150,
          ttsFirstSound: endOfTurn + 150,
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

  it('wakes the model and the voice as soon as somebody speaks', async () => {
    const woken: string[] = [];
    await open(({ llm, tts }) => ({
      llm: { ...llm, warm: () => woken.push('llm') },
      tts: { ...tts, warm: () => woken.push('tts') },
    }));
    await rig.talkOn('ann', 300);
    expect(woken).toEqual(['llm', 'tts']);
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
    expect(heard).toEqual({ role: 'assistant', content: 'One two three.' });
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
    await expectNormalTurn(rig);
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
    await expectNormalTurn(rig, 'bob');
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
    await expectNormalTurn(rig, 'bob');
    expect(rig.fakes.llm.lastMessages.map(({ content }) => content).join()).not.toContain('secret');
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
