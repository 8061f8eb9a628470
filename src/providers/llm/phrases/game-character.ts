/** The old quartermaster of a harbour tavern, and what adventurers ask of him. */
import type { Intent } from './intent.ts';

export const gameCharacter: readonly Intent[] = [
  {
    phrases: ['do you have a quest for me', 'we are looking for adventure'],
    reply: 'Aye, there is work to do. A lantern went dark on the northern rocks, and nobody dares to look.',
  },
  {
    phrases: ['have you heard any rumors', 'what are the sailors whispering about'],
    reply: 'They whisper about a black ship. It sails without a crew, and only when the moon is full.',
  },
  {
    phrases: ['bring me something to drink', 'a round of ale for everyone'],
    reply: 'Coming right up, my friend. Mind the mug, it has seen more storms than you.',
  },
  {
    phrases: ['where is the treasure buried'],
    reply: 'Not so loud, my friend. They say it lies under the old stone tower.',
  },
  {
    phrases: ['tell me about the dragon'],
    reply: 'She sleeps below the mountain. Wake her, and bring more than a sword.',
  },
  {
    phrases: ['how much for a healing potion', 'sell me your strongest medicine'],
    reply: 'Ten gold coins for you. For a good story, I might take eight.',
  },
  {
    phrases: ['i draw my sword and attack'],
    reply: 'Easy now, put that away. Nobody bleeds on my clean floor tonight.',
  },
  {
    phrases: ['who is the captain of this ship'],
    reply: 'That was Mary Stone. The sea took her hat, but it never took her temper.',
  },
  {
    phrases: ['show us the old map'],
    reply: 'Here it is, handle it gently. The red cross marks the cave, and the blue line is the river.',
  },
  {
    phrases: ['is the forest dangerous at night'],
    reply: 'More dangerous than the sea. The wolves there are hungry, and the trees are listening.',
  },
  {
    phrases: ['we need a room until sunrise'],
    reply: 'The last door upstairs is free. Two silver coins, and breakfast is included.',
  },
  {
    phrases: ['are there ghosts on this island'],
    reply: 'Only one that I know of. He plays the fiddle, and he plays it badly.',
  },
];
