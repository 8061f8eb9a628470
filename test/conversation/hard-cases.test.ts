/** Whole turns under virtual time: sequences in which each part does as it should, and the whole must as well. */
import { afterEach, expect, it } from 'vitest';
import { onDemand } from '../../src/conversation/recognisers.ts';
import type { TtsConnection } from '../../src/providers/tts/tts.ts';
import { TURN_DEFAULTS } from '../../src/turn/defaults.ts';
import { fakeProviders, vendorError } from '../support/fake-providers.ts';
import { settle, VirtualClock } from '../support/virtual-clock.ts';
import { type ConversationRig, openConversation } from './conversation-rig.ts';
import { answered, expectClosed, SERIAL, unanswered } from './conversation-steps.ts';

let rig: ConversationRig | null = null;
const open = async (change: Parameters<typeof openConversation>[0]) => {
  rig = await openConversation(change);
  return rig;
};
afterEach(() => {
  if (rig) expectClosed(rig);
  rig = null;
});

it('words overheard during an answer come after it in the history', async () => {
  const rig = await open(() => ({ turnOptions: TURN_DEFAULTS }));
  rig.fakes.tts.script = { toneMs: 3_000 };
  rig.fakes.stt.texts.push('what time is it', 'Ann, did you see the game', 'parley who won');
  await rig.talk('bob', 0);
  await rig.talk('ann');
  await rig.clock.advance(500);
  await rig.talk('bob');
  await rig.nextReport();
  rig.fakes.tts.script = { toneMs: 300 };
  await rig.talk('bob');
  await rig.nextReport();
  expect(rig.fakes.llm.lastMessages.map(({ content }) => content)).toEqual([
    'ANN: what time is it',
    'It is noon.',
    'BOB: Ann, did you see the game',
    'BOB: parley who won',
  ]);
});

it('an answer that was taken back is told as wasted', async () => {
  const rig = await open(() => ({ turnOptions: SERIAL }));
  rig.fakes.tts.script = { hangs: true };
  rig.fakes.stt.texts.push('tell me', 'a joke');
  await rig.talk('ann');
  await rig.clock.advance(300);
  rig.fakes.tts.script = { toneMs: 300 };
  await rig.talk('ann');
  const { record } = await rig.nextReport();
  expect(record).toMatchObject({ ...answered, modelCalls: 2 });
  expect(record.wasted.characters).toBe('It is noon.'.length);
});

it('a recogniser that was reset is idle, and makes room for another', async () => {
  const { stt } = fakeProviders();
  stt.commit = 'nothing';
  const clock = new VirtualClock(0);
  const connection = await stt.connect(new AbortController().signal);
  const limited = onDemand(connection, clock, { idleMs: 60_000, most: 1 });
  const errors: string[] = [];
  const openFor = (id: string) =>
    limited.openRecogniser({ id, name: id }, (event) => {
      if (event.type === 'error') errors.push(event.error.code);
    });
  const ann = openFor('ann');
  ann.write(new Int16Array(320));
  ann.commit();
  ann.reset();
  const bob = openFor('bob');
  bob.write(new Int16Array(320));
  await settle();
  expect(errors).toEqual([]);
  ann.close();
  bob.close();
});

it('a voice whose connection was lost is cancelled, also when the model had failed before', async () => {
  const rig = await open(({ llm }) => ({
    turnOptions: SERIAL,
    llm: {
      ...llm,
      async *stream(request) {
        yield { type: 'text', text: 'It is noon now in all of the country. And ' };
        await new Promise((resolve) => rig.clock.setTimer(400, () => resolve(null)));
        if (!request.signal.aborted) throw vendorError('LLM_DOWN');
      },
    },
  }));
  rig.fakes.tts.script = { toneMs: 2_000 };
  await rig.talk('ann');
  await rig.clock.advance(800);
  rig.connected = false;
  const { record } = await rig.nextReport();
  rig.connected = true;
  expect(record).toMatchObject(answered);
  expect(rig.fakes.tts.cancelled).toContain('draft-1');
});

it('a voice that takes no more clauses when the gate opens is not heard to begin', async () => {
  const rig = await open(({ tts }) => ({ turnOptions: TURN_DEFAULTS, tts: secondClauseFails(tts) }));
  rig.fakes.llm.always = { text: 'It is noon now. And the sun is out. ' };
  await rig.talk('ann');
  const { record } = await rig.nextReport();
  expect(record).toMatchObject(unanswered('TTS_DOWN'));
  // What is heard is the notice alone, from its first frame on.
  expect(record.marks.firstFrameOut).toBeUndefined();
});

const secondClauseFails = (tts: TtsConnection): TtsConnection => ({
  ...tts,
  reply(draftId) {
    const reply = tts.reply(draftId);
    let clauses = 0;
    return {
      ...reply,
      speak(clause) {
        clauses += 1;
        if (clauses > 1 && draftId.startsWith('draft')) throw vendorError('TTS_DOWN');
        reply.speak(clause);
      },
    };
  },
});

it('a notice that cannot be begun ends its turn at once', async () => {
  let broken = true;
  const rig = await open(() => ({
    turnOptions: SERIAL,
    notices: {
      sampleRate: 24_000,
      pcm: () => {
        if (broken) throw new Error('no memory');
        return null;
      },
    },
  }));
  rig.fakes.llm.scripts.push({ error: vendorError('LLM_DOWN') });
  const { lastMs } = await rig.talk('ann');
  await rig.nextReport();
  expect(rig.clock.now()).toBeLessThan(lastMs + 2_000);
  broken = false;
});

it("the agent's own apology, come back as echo, is no turn", async () => {
  const rig = await open(() => ({ turnOptions: SERIAL }));
  rig.fakes.tts.script = { toneMs: 600 };
  rig.fakes.llm.scripts.push({ error: vendorError('LLM_DOWN') });
  await rig.talk('ann');
  await rig.nextReport();
  rig.fakes.stt.texts.push('sorry something went wrong on my side');
  await rig.talk('ann', 600);
  await rig.clock.advance(5_000);
  expect(rig.reports).toHaveLength(1);
});

it('what a failed voice left to be written is not posted after the conversation was closed', async () => {
  const goOn = Promise.withResolvers<void>();
  const rig = await open(({ llm }) => ({
    turnOptions: SERIAL,
    llm: {
      ...llm,
      async *stream() {
        yield { type: 'text', text: 'It is noon now. And' };
        await goOn.promise;
        yield { type: 'text', text: ' so on.' };
      },
    },
  }));
  rig.fakes.tts.script = { error: vendorError('TTS_DOWN') };
  await rig.talk('ann');
  expect((await rig.nextReport()).record).toMatchObject(unanswered('TTS_DOWN'));
  rig.conversation.close();
  // The answer no longer waits for its model either.
  await rig.clock.advance(3_000);
  expect(rig.clock.pending).toBe(0);
  goOn.resolve();
  await rig.clock.advance(10_000);
  expect(rig.posted).toEqual([]);
});

it('how far an interrupted answer was heard is known by a voice that times its words', async () => {
  const rig = await open(({ tts }) => ({
    turnOptions: SERIAL,
    tts: {
      ...tts,
      reply(draftId) {
        const reply = tts.reply(draftId);
        const timed = async function* () {
          for await (const chunk of reply.audio)
            yield {
              ...chunk,
              words: ['It', 'is', 'noon.'].map((text, i) => ({
                text,
                startMs: 1_000 * i,
                endMs: 500 + 1_000 * i,
              })),
            };
        };
        return { ...reply, audio: timed() };
      },
    } satisfies TtsConnection,
  }));
  rig.fakes.tts.script = { toneMs: 3_000 };
  rig.fakes.stt.texts.push('what time is it', 'stop it', 'go on');
  await rig.talk('ann');
  await rig.clock.advance(1_500);
  await rig.talk('ann', 600);
  await rig.untilReports(1);
  expect(rig.reports[0]!.record).toMatchObject({ ...answered, bargedIn: true, heardEstimated: false });
  await rig.clock.advance(10_000);
  await rig.talk('ann');
  await rig.nextReport();
  expect(rig.fakes.llm.lastMessages[1]).toEqual({ role: 'assistant', content: 'It is' });
});
