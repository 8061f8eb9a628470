/** The customer service desk: names the problem, gives the next step, promises nothing that it cannot see. */
import type { Intent } from './intent.ts';

export const customerService: readonly Intent[] = [
  {
    phrases: ['where is my package', 'my order never arrived'],
    reply: 'I am sorry that you have to wait. I cannot see orders, but a person here can look it up.',
  },
  {
    phrases: ['i want my money back'],
    reply: 'I understand, you want a refund. Only a person can decide that, and I can pass you on.',
  },
  {
    phrases: ['the application keeps crashing'],
    reply: 'That must be annoying. First close it fully, and then tell me if it opens again.',
  },
  {
    phrases: ['i forgot my password'],
    reply:
      'That happens to all of us. Choose the reset link on the login page, and never tell me the password.',
  },
  {
    phrases: ['let me speak to a human', 'connect me with a manager'],
    reply: 'Of course, that is no problem. Please wait here until a person joins us.',
  },
  {
    phrases: ['when does your office open'],
    reply: 'I do not know the hours. Please ask a person of the team, they are glad to help.',
  },
  {
    phrases: ['please cancel my subscription'],
    reply: 'I am sorry to see you go. Open your account page, and choose cancel at the bottom.',
  },
  {
    phrases: ['there is a mistake in my bill'],
    reply: 'Let us have that checked. Which line of the bill looks wrong to you?',
  },
  {
    phrases: ['the screen arrived broken', 'my new phone is damaged'],
    reply: 'I am sorry that it is damaged. Please take a picture of it before you do anything else.',
  },
  {
    phrases: ['this service is awful', 'i am very disappointed with you'],
    reply: 'I hear that you are upset. Tell me what went wrong, and we take it step by step.',
  },
  {
    phrases: ['my connection is down again'],
    reply: 'Let us get you back online. Unplug the router, and count slowly to thirty.',
  },
  {
    phrases: ['i moved to another city'],
    reply: 'Congratulations on your new home. You can change the address on your account page.',
  },
];
