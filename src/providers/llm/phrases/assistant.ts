/** Smart talk: small questions of knowledge and taste. */
import type { Intent } from './intent.ts';

export const assistant: readonly Intent[] = [
  {
    phrases: ['what is the capital of france'],
    reply: 'The capital of France is Paris. The river through it is called the Seine.',
  },
  {
    phrases: ['what is the capital of japan'],
    reply: 'The capital of Japan is Tokyo. It is one of the largest cities in the world.',
  },
  {
    phrases: ['how far away is the moon'],
    reply: 'The moon is far away, about three hundred eighty thousand kilometers from here.',
  },
  {
    phrases: ['how many planets circle the sun'],
    reply: 'There are eight planets. The largest of them is Jupiter.',
  },
  {
    phrases: ['which mountain is the highest'],
    reply: 'Mount Everest is the highest. It stands almost nine thousand meters above the sea.',
  },
  {
    phrases: ['name the largest ocean'],
    reply: 'The Pacific Ocean is the largest. It covers about a third of the earth.',
  },
  {
    phrases: ['which poet wrote romeo and juliet'],
    reply: 'William Shakespeare wrote it, more than four hundred years ago.',
  },
  {
    phrases: ['why is the sky blue'],
    reply: 'Because of the air above us. It spreads blue light more than red light.',
  },
  {
    phrases: ['which animal runs the fastest'],
    reply: 'The cheetah is the fastest. It can run about a hundred kilometers in an hour.',
  },
  {
    phrases: ['how do i make good tea'],
    reply: 'Use fresh boiling water. Wait four minutes, and take the leaves out again.',
  },
  {
    phrases: ['what should we eat tonight'],
    reply: 'How about a hot soup? Serve it with fresh bread and a little cheese.',
  },
  {
    phrases: ['recommend a good book to me'],
    reply: 'Try an old adventure story. Treasure Island is short and full of pirates.',
  },
  {
    phrases: ['ask me a riddle', 'do you know any riddles'],
    reply: 'Here is one for you. What has many keys but cannot open a single door?',
  },
  {
    phrases: ['i give up on the riddle'],
    reply: 'The answer is a piano. It has many keys, and not one opens a door.',
  },
  {
    phrases: ['teach me something interesting', 'share a fun fact with us'],
    reply: [
      'An octopus has three hearts. Two of them stop when it swims.',
      'Honey never goes bad. People have eaten some that was thousands of years old.',
      'A day on Venus is very long. It lasts longer than a whole year there.',
    ],
  },
  {
    phrases: ['when did the dinosaurs die out'],
    reply: 'That was very long ago, about sixty six million years before us.',
  },
  {
    phrases: ['what is seven times eight'],
    reply: 'Seven times eight is fifty six. Now you may ask me a harder one.',
  },
  {
    phrases: ['how much is twelve plus thirty'],
    reply: 'Twelve plus thirty is forty two. That number answers many things.',
  },
  {
    phrases: ['is a tomato a fruit or a vegetable'],
    reply: 'A tomato is a fruit to scientists. To every cook it is a vegetable.',
  },
  {
    phrases: ['i need some motivation'],
    reply: 'You have done hard things before. Take one small step now, and the next will be easier.',
  },
];
