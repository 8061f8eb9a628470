/** A home that exists only in the demo; every reply says so, because nothing real is switched. */
import type { Intent } from './intent.ts';

export const smartHome: readonly Intent[] = [
  {
    phrases: ['turn on the kitchen lights', 'make it brighter in the kitchen'],
    reply: 'The kitchen is bright now. This is a demo house, so only in my mind.',
  },
  {
    phrases: ['switch off the bedroom lamp'],
    reply: 'The bedroom is dark now. In this demo house, nothing real was switched.',
  },
  {
    phrases: ['set the heating to twenty degrees'],
    reply: 'Twenty degrees it is. The demo house will be cozy in no time.',
  },
  {
    phrases: ['did i lock the front door', 'is the garage closed'],
    reply: 'I cannot reach real doors. In the demo house everything is closed and locked.',
  },
  {
    phrases: ['close the living room curtains'],
    reply: 'The curtains are closed. The demo house has them in blue.',
  },
  {
    phrases: ['start the coffee machine'],
    reply: 'The coffee is brewing. Sadly, a demo house makes only demo coffee.',
  },
  {
    phrases: ['wake us up at seven tomorrow'],
    reply: 'I would wake you at seven. But I have no alarm clock yet, so please set your own.',
  },
  {
    phrases: ['is the washing machine finished'],
    reply: 'It needs ten more minutes. At least that is what the demo house tells me.',
  },
  {
    phrases: ['how warm is the living room'],
    reply: 'It is twenty one degrees there. That is the demo house, yours may be colder.',
  },
  {
    phrases: ['set a timer for five minutes'],
    reply: 'I have no timer to set. Please watch the clock with me, five minutes is not long.',
  },
  {
    phrases: ['how much power are we using'],
    reply: 'About four hundred watts. The demo house is very careful with power.',
  },
  {
    phrases: ['send the robot to clean the floor'],
    reply: 'The little robot is on its way. In the demo house it never gets stuck.',
  },
];
