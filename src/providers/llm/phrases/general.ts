/** Talk that fits every persona: greetings, the clock, games of chance, and the agent itself. */

import { nameIn, rememberedName } from '../names.ts';
import { spokenDate, spokenNumber, spokenTime } from '../spoken-values.ts';
import type { Intent } from './intent.ts';

const AGAIN = 'Gladly, I said this.';

export const general: readonly Intent[] = [
  {
    phrases: ['hello there parley', 'good morning parley', 'good evening everyone'],
    reply: 'Hello there, good to hear you. What shall we talk about?',
  },
  {
    phrases: ['how are you doing today', 'how was your morning'],
    reply: 'I am doing well, thank you. My ears are open and my voice is warm.',
  },
  {
    phrases: ['what should we call you', 'introduce yourself to my friends'],
    reply: 'My name is Parley. I am a voice agent, and I live in this channel.',
  },
  {
    phrases: ['what can you do for us', 'which questions do you understand'],
    reply: 'I answer simple questions offline. I know the time, a few riddles, and some stories of the sea.',
  },
  {
    phrases: ['what time is it', 'could you tell me the time'],
    reply: ({ now }) => `It is ${spokenTime(now())}. Time flies in good company.`,
  },
  {
    phrases: ["what is today's date", 'which day of the week is it'],
    reply: ({ now }) => `Today is ${spokenDate(now())}. I hope it is a good one.`,
  },
  {
    phrases: ['how fast are you', 'how quickly do you answer', 'what is your response time'],
    reply: ({ measured }) => {
      const figure = measured();
      if (!figure) return 'I have not answered anyone yet. Ask me again, and I will know my speed.';
      const answers = figure.n === 1 ? 'one answer' : `${spokenNumber(figure.n)} answers`;
      const cut = figure.falseCutoffs === 0 ? 'nobody' : `${spokenNumber(figure.falseCutoffs)} of them`;
      return `At the median, ${spokenNumber(figure.p50Ms)} milliseconds, over ${answers}. I cut ${cut} off.`;
    },
  },
  {
    phrases: ['thank you very much', 'thanks for your help'],
    reply: 'You are very welcome. I am glad that it helped.',
  },
  {
    phrases: ['goodbye and take care', 'see you later my friend'],
    reply: 'Goodbye my friend, and take care. I will be here when you come back.',
  },
  {
    phrases: ['tell me a joke', 'make me laugh please'],
    reply: [
      'Why did the scarecrow win a prize? Because he was outstanding in his field.',
      'What do you call a sleeping bull? A bulldozer, and he is not amused.',
      'My wallet is like an onion. Opening it makes me cry every time.',
    ],
  },
  {
    phrases: ['flip a coin for me', 'should we say heads or tails'],
    reply: ({ random }) => `The coin is in the air. It landed on ${random() < 0.5 ? 'heads' : 'tails'}.`,
  },
  {
    phrases: ['roll the dice please', 'throw a die for our game'],
    reply: ({ random }) => `The dice are rolling. You got a ${spokenNumber(1 + Math.floor(random() * 6))}.`,
  },
  {
    phrases: ['pick a number between one and ten'],
    reply: ({ random }) =>
      `Let me think about it. My number is ${spokenNumber(1 + Math.floor(random() * 10))}.`,
  },
  {
    phrases: ['are you a real person', 'am i talking to a machine'],
    reply: 'I am a machine, and I say so gladly. My jokes are older than I am.',
  },
  {
    phrases: ['do you record our voices', 'who can hear this conversation'],
    reply: 'Your voice is never stored. What becomes of your words, I wrote in the chat when I joined.',
  },
  {
    phrases: ['do you need the internet', 'does this work without a network'],
    reply: 'No internet is needed here. My ears and my voice both run on this computer.',
  },
  {
    phrases: ['can you hear me now', 'is my microphone working'],
    reply: 'Yes, I can hear you well. Every word came through clearly.',
  },
  {
    phrases: ['please say that again', 'could you repeat your last answer'],
    reply: ({ earlier }) => {
      const last = earlier.findLast((message) => message.role === 'assistant')?.content;
      if (!last) return 'I have not said anything yet. Ask me something first.';
      // Asked twice, it repeats the answer and not its own repetition.
      return `${AGAIN} ${last.replaceAll(AGAIN, '').trim()}`;
    },
  },
  {
    phrases: ['my name is robin', 'my name is alexander', 'my name is julia', 'my name is martha'],
    reply: ({ words }) =>
      `Nice to meet you, ${nameIn(words) ?? 'friend'}. I will remember that while we talk.`,
  },
  {
    phrases: ['do you remember my name'],
    reply: ({ earlier, speaker }) => {
      const name = rememberedName(earlier, speaker);
      return name
        ? `Of course I remember you. Your name is ${name}.`
        : 'You have not told me yet. Say it, and I will remember it.';
    },
  },
  {
    phrases: ['that was really clever', 'you are very funny'],
    reply: 'You are too kind to me. I will try to deserve it.',
  },
  {
    phrases: ['i am so bored tonight'],
    reply: 'Then let us play a game. Ask me for a riddle, or tell me to roll the dice.',
  },
  {
    phrases: ['i had a terrible day'],
    reply: 'I am sorry to hear that. Would you like a joke, or just some company?',
  },
  {
    phrases: ['will it rain tomorrow', 'how is the weather outside'],
    reply: 'I cannot see the sky from here. Without a network I have no weather, only good company.',
  },
  {
    phrases: ['sing us a little song'],
    reply: 'Row, row, row your boat, gently down the stream. That is all my voice can bear.',
  },
  {
    phrases: ['what is the meaning of life'],
    reply: 'Some people say forty two. I say good friends, long talks, and a warm meal.',
  },
];
