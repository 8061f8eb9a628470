/** One answer under virtual time: its clauses, its marks, and every way in which it can fail. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isOpusSilence } from '../../src/audio/opus.ts';
import type { ParleyError } from '../../src/base/errors.ts';
import { silentLog } from '../../src/base/log.ts';
import { Answer } from '../../src/conversation/answer.ts';
import { DiscordMouth } from '../../src/discord/mouth/mouth.ts';
import { AsyncQueue } from '../../src/providers/async-queue.ts';
import type { LlmConnection, LlmEvent, LlmRequest } from '../../src/providers/llm/llm.ts';
import type { TtsChunk, TtsConnection } from '../../src/providers/tts/tts.ts';
import { silence, tone } from '../support/tone.ts';
import { settle, VirtualClock } from '../support/virtual-clock.ts';

const RATE = 16_000;
let clock: VirtualClock;
let mouth: DiscordMouth;
let connected: boolean;
let frames: number;
/** The model and the voice, worked by hand. */
let model: AsyncQueue<LlmEvent>;
let request: LlmRequest | null;
let voice: AsyncQueue<TtsChunk>;
let spoken: string[];
let voiceCalls: string[];
let over: AbortController;
/** "audible 1000", "done 1500", "failed CODE", "written ...". */
let told: string[];
let answer: Answer;

const llm = {
  stream: (asked: LlmRequest) => {
    request = asked;
    return model;
  },
} as unknown as LlmConnection;
const tts = {
  sampleRate: RATE,
  reply: () => ({
    speak: (clause: string) => spoken.push(clause),
    end: () => voiceCalls.push('end'),
    cancel: () => {
      voiceCalls.push('cancel');
      voice.abort();
    },
    audio: voice,
  }),
} as unknown as TtsConnection;

beforeEach(() => {
  clock = new VirtualClock(1_000);
  connected = true;
  frames = 0;
  model = new AsyncQueue();
  voice = new AsyncQueue();
  [request, spoken, voiceCalls, told, over] = [null, [], [], [], new AbortController()];
  mouth = new DiscordMouth(clock, {
    ready: () => connected,
    send: (packet) => {
      if (!isOpusSilence(packet)) frames += 1;
    },
    setSpeaking() {},
  });
  begin();
});
afterEach(() => mouth.close());

function begin(options: { llm?: LlmConnection; tts?: TtsConnection } = {}): void {
  answer = new Answer({
    ...{ clock, log: silentLog, mouth, llm, tts, ...options, over: over.signal },
    ...{ id: 'turn-1', system: 'be brief', messages: [{ role: 'user', content: 'hello' }], maxTokens: 150 },
    onAudible: (atMs) => told.push(`audible ${atMs}`),
    onDone: (atMs) => told.push(`done ${atMs}`),
    onFailed: (error: ParleyError) => told.push(`failed ${error.code}`),
    onWrittenInstead: (text) => told.push(`written ${text}`),
  });
}

/** The model writes. */
async function write(...texts: string[]): Promise<void> {
  for (const text of texts) model.push({ type: 'text', text });
  await settle();
}
async function endModel(): Promise<void> {
  model.push({ type: 'usage', inputTokens: 11, outputTokens: 7, cachedInputTokens: 5 });
  model.end();
  await settle();
}
/** The voice speaks a clause, or the first `ms` of it. */
async function speak(clause: number, ms: number, { last = true, pcm = tone(ms, { rate: RATE }) } = {}) {
  voice.push({ pcm, clause, last });
  await settle();
}
async function endVoice(): Promise<void> {
  voice.end();
  await settle();
}
const nothingLeft = () => {
  expect(clock.pending).toBe(0);
  expect(request?.signal.aborted).toBe(true);
};

describe('an answer', () => {
  it('is asked for with the conversation, and spoken clause by clause in order', async () => {
    answer.start();
    expect(request).toMatchObject({ system: 'be brief', maxTokens: 150, messages: [{ content: 'hello' }] });
    await write('It is noon ', 'now, and ', 'the sun is high. ', 'Have a ', 'good day.');
    expect(spoken).toEqual(['It is noon now,', 'and the sun is high.']);
    await endModel();
    expect(spoken).toEqual(['It is noon now,', 'and the sun is high.', 'Have a good day.']);
    expect(voiceCalls).toEqual(['end']);
    for (let clause = 0; clause < 3; clause++) await speak(clause, 400);
    await endVoice();
    await clock.advance(3_000);
    expect(told).toEqual(['audible 1000', 'done 2200']);
    expect(frames).toBe(60);
    expect(answer.text).toBe('It is noon now, and the sun is high. Have a good day.');
    expect(answer.heardText).toBe(answer.text);
    expect(answer.usage).toEqual({ inputTokens: 11, outputTokens: 7 });
    nothingLeft();
  });

  it('hands its first clause on while the model still writes, and is heard at once', async () => {
    answer.start();
    await write('Certainly, my dear friend,');
    expect(spoken).toEqual([]);
    await write(' let');
    expect(spoken).toEqual(['Certainly, my dear friend,']);
    await clock.advance(10);
    await speak(0, 20, { last: false });
    expect(frames).toBe(1);
    expect(told).toEqual([]);
    await speak(0, 200);
    await clock.advance(40);
    expect(told).toEqual(['audible 1010']);
  });

  it('has every mark at its instant', async () => {
    answer.start();
    await clock.advance(30);
    await write('It is noon ');
    await clock.advance(20);
    await write('now. And');
    await clock.advance(50);
    await speak(0, 200, { last: false });
    await clock.advance(7);
    await write(' so on.');
    await endModel();
    await speak(1, 200);
    await endVoice();
    await clock.advance(2_000);
    expect(answer.marks).toEqual({
      draftStarted: 1_000,
      llmSent: 1_000,
      llmFirstToken: 1_030,
      firstClause: 1_050,
      ttsSent: 1_050,
      ttsFirstByte: 1_100,
      firstFrameOut: 1_100,
      firstAudibleOut: 1_100,
      done: 1_500,
    });
  });

  it('stops the model at the word limit, also one that does not listen', async () => {
    let returned = false;
    const deaf = {
      stream: () => ({
        [Symbol.asyncIterator]: () => ({
          next: () => model[Symbol.asyncIterator]().next(),
          return: () => {
            returned = true;
            return new Promise(() => {});
          },
        }),
      }),
    } as unknown as LlmConnection;
    begin({ llm: deaf });
    answer.start();
    for (let i = 0; i < 9; i++) await write('Ten words are in this sentence, as you can see. ');
    expect(returned).toBe(true);
    expect(voiceCalls).toEqual(['end']);
    expect(answer.text.split(' ')).toHaveLength(60);
    for (const clause of spoken.keys()) await speak(clause, 100);
    await endVoice();
    await clock.advance(2_000);
    expect(told.at(-1)).toBe(`done ${1_000 + spoken.length * 100}`);
    expect(clock.pending).toBe(0);
  });

  it('does not know what a model used that was cut short, which it tells to stop', async () => {
    answer.start();
    for (let i = 0; i < 9; i++) await write('Ten words are in this sentence, as you can see. ');
    expect(request?.signal.aborted).toBe(true);
    expect(answer.usage).toBeNull();
  });
});

describe('a model that fails', () => {
  it('before anything was heard fails the answer, and what was synthesised is dropped', async () => {
    connected = false;
    answer.start();
    await write('It is noon now. And');
    await speak(0, 400);
    model.abort(new Error('overloaded'));
    await settle();
    expect(told).toEqual(['failed LLM_FAILED']);
    connected = true;
    await clock.advance(5_000);
    expect(frames).toBe(0);
    expect(voiceCalls).toEqual(['cancel']);
    nothingLeft();
  });

  it('after something was heard lets that be played, and the answer is what was heard', async () => {
    answer.start();
    await write('It is noon now. And');
    await speak(0, 400);
    await clock.advance(100);
    model.abort(new Error('overloaded'));
    await settle();
    expect(voiceCalls).toEqual(['end']);
    await endVoice();
    await clock.advance(2_000);
    expect(told).toEqual(['audible 1000', 'done 1400']);
    expect(answer.heardText).toBe('It is noon now.');
    nothingLeft();
  });

  it('when too little was heard to count is the reason, not the voice', async () => {
    answer.start();
    await write('It is noon now. And');
    await speak(0, 40, { last: false });
    model.abort(new Error('overloaded'));
    await settle();
    await endVoice();
    await clock.advance(2_000);
    expect(told).toEqual(['failed LLM_FAILED', 'written It is noon now.']);
    nothingLeft();
  });

  it('by writing nothing fails the answer', async () => {
    answer.start();
    await write('  \n');
    await endModel();
    expect(told).toEqual(['failed EMPTY_ANSWER']);
    expect(voiceCalls).toEqual(['cancel']);
    nothingLeft();
  });

  it('and then the voice too still ends what is being spoken', async () => {
    answer.start();
    await write('It is noon now. And');
    await speak(0, 400, { last: false });
    await clock.advance(100);
    model.abort(new Error('overloaded'));
    await settle();
    voice.abort(new Error('gone'));
    await clock.advance(2_000);
    expect(told).toEqual(['audible 1000', 'done 1400']);
    nothingLeft();
  });
});

describe('a voice that fails', () => {
  it('before anything was heard fails the answer at once, and the chat gets all of it once it is written', async () => {
    answer.start();
    await write('It is noon now. And');
    voice.abort(new Error('quota'));
    await settle();
    expect(told).toEqual(['failed TTS_FAILED']);
    answer.stop();
    await write(' so on.');
    await endModel();
    expect(told).toEqual(['failed TTS_FAILED', 'written It is noon now. And so on.']);
    expect(spoken).toEqual(['It is noon now.']);
    nothingLeft();
  });

  it('at its opening is no different', async () => {
    const closed = {
      sampleRate: RATE,
      reply() {
        throw new Error('closed');
      },
    } as unknown as TtsConnection;
    begin({ tts: closed });
    answer.start();
    answer.stop();
    expect(told).toEqual(['failed TTS_FAILED']);
    await write('It is noon now.');
    await endModel();
    expect(told).toEqual(['failed TTS_FAILED', 'written It is noon now.']);
    nothingLeft();
  });

  it('when it is given a clause is no different, and the model is not blamed', async () => {
    const broken = {
      sampleRate: RATE,
      reply: () => ({
        speak() {
          throw new Error('socket closed');
        },
        ...{ end() {}, cancel() {}, audio: voice },
      }),
    } as unknown as TtsConnection;
    begin({ tts: broken });
    answer.start();
    await write('It is noon now. And');
    expect(told).toEqual(['failed TTS_FAILED']);
    await write(' so on.');
    await endModel();
    expect(told.at(-1)).toBe('written It is noon now. And so on.');
  });

  it('after something was heard lets that be played, and the chat gets all of it', async () => {
    answer.start();
    await write('It is noon now. And so on. ');
    await speak(0, 400);
    await clock.advance(100);
    voice.abort(new Error('gone'));
    await settle();
    await endModel();
    await clock.advance(2_000);
    expect(told).toEqual(['audible 1000', 'written It is noon now. And so on.', 'done 1400']);
    expect(answer.heardText).toBe('It is noon now.');
    nothingLeft();
  });

  it('when too little was heard to count fails the answer with its own reason', async () => {
    answer.start();
    await write('It is noon now. And');
    await speak(0, 40, { last: false });
    voice.abort(new Error('gone'));
    await clock.advance(1_000);
    await endModel();
    expect(told).toEqual(['failed TTS_FAILED', 'written It is noon now. And']);
    nothingLeft();
  });

  it('by ending before the answer does', async () => {
    answer.start();
    await write('It is noon now. And');
    await speak(0, 400);
    await clock.advance(100);
    await endVoice();
    await endModel();
    await clock.advance(1_000);
    expect(told).toEqual(['audible 1000', 'written It is noon now. And', 'done 1400']);
  });

  it('by ending without a sound', async () => {
    answer.start();
    await write('It is noon now.');
    await endModel();
    await endVoice();
    expect(told).toEqual(['failed TTS_ENDED_EARLY', 'written It is noon now.']);
    nothingLeft();
  });

  it('by speaking silence', async () => {
    answer.start();
    await write('It is noon now.');
    await endModel();
    await speak(0, 1_000, { pcm: silence(1_000) });
    await endVoice();
    await clock.advance(20);
    expect(told).toEqual(['failed TTS_SILENT', 'written It is noon now.']);
    nothingLeft();
  });

  it('with a model that never ends: the chat gets what there is after 4 s', async () => {
    answer.start();
    await write('It is noon now. And');
    voice.abort(new Error('quota'));
    await settle();
    answer.stop();
    await clock.advance(3_999);
    expect(told).toEqual(['failed TTS_FAILED']);
    await clock.advance(1);
    expect(told).toEqual(['failed TTS_FAILED', 'written It is noon now.']);
    nothingLeft();
  });

  it('writes nothing when the conversation is over', async () => {
    answer.start();
    await write('It is noon now. And');
    voice.abort(new Error('quota'));
    await settle();
    answer.stop();
    over.abort();
    nothingLeft();
    await write(' so on.');
    await endModel();
    await clock.advance(10_000);
    expect(told).toEqual(['failed TTS_FAILED']);
  });
});

describe('a connection that is lost', () => {
  it('before anything was heard fails the answer, and the chat gets it', async () => {
    connected = false;
    answer.start();
    await write('It is noon now.');
    await endModel();
    await speak(0, 400);
    await endVoice();
    await clock.advance(3_100);
    expect(told).toEqual(['failed VOICE_LOST', 'written It is noon now.']);
    nothingLeft();
  });
});

describe('a stall', () => {
  it('fails the answer 4 s after the last sign of life, and its streams are cancelled', async () => {
    answer.start();
    await clock.advance(1_000);
    await write('It is ');
    await clock.advance(3_999);
    expect(told).toEqual([]);
    await clock.advance(1);
    expect(told).toEqual(['failed ANSWER_STALLED']);
    expect(voiceCalls).toEqual(['cancel']);
    nothingLeft();
  });

  it('is not a long answer that is being played', async () => {
    answer.start();
    await write('It is noon now.');
    await endModel();
    await speak(0, 10_000);
    await endVoice();
    await clock.advance(20_000);
    expect(told).toEqual(['audible 1000', 'done 11000']);
  });

  it('in the middle of what is spoken fails the answer there', async () => {
    answer.start();
    await write('It is noon now. And');
    await speak(0, 400);
    await clock.advance(10_000);
    expect(told).toEqual(['audible 1000', 'failed ANSWER_STALLED']);
    nothingLeft();
  });
});

describe('stop', () => {
  it('lets no further frame leave, and keeps of the answer what was heard', async () => {
    answer.start();
    await write('It is noon now. And the sun is high.');
    await endModel();
    await speak(0, 400);
    await speak(1, 1_000);
    await endVoice();
    await clock.advance(600);
    const before = frames;
    answer.stop();
    await clock.advance(1_000);
    expect(frames).toBe(before);
    // 31 frames: all of the first clause, and 220 ms of the second, which is one word of five.
    expect(before).toBe(31);
    expect(answer.heardText).toBe('It is noon now. And');
    expect(answer.text).toBe('It is noon now. And the sun is high.');
    expect(answer.marks.done).toBe(1_600);
    expect(told).toEqual(['audible 1000']);
    nothingLeft();
  });

  it('before anything was heard leaves nothing heard and nothing told', async () => {
    answer.start();
    await write('It is noon now. And');
    answer.stop();
    await speak(0, 400);
    await write(' so on.');
    await clock.advance(10_000);
    expect(frames).toBe(0);
    expect(told).toEqual([]);
    expect(answer.heardText).toBe('');
    expect(answer.marks.done).toBeUndefined();
    nothingLeft();
  });

  it('twice, or after the end, changes nothing', async () => {
    answer.start();
    await write('It is noon now.');
    await endModel();
    await speak(0, 400);
    await endVoice();
    await clock.advance(1_000);
    const { done } = answer.marks;
    answer.stop();
    answer.stop();
    expect(answer.marks.done).toBe(done);
    expect(answer.heardText).toBe('It is noon now.');
    nothingLeft();
  });

  it('is not held up by a model and a voice that ignore it', async () => {
    const deaf = { sampleRate: RATE, reply: () => ({ speak() {}, end() {}, cancel() {}, audio: voice }) };
    begin({ tts: deaf as unknown as TtsConnection });
    answer.start();
    await write('It is noon now. And');
    answer.stop();
    nothingLeft();
    await speak(0, 400);
    await write(' so on. And on.');
    model.abort(new Error('late'));
    voice.abort(new Error('late'));
    await clock.advance(10_000);
    expect(told).toEqual([]);
    expect(frames).toBe(0);
    expect(clock.pending).toBe(0);
  });
});
