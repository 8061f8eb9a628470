import { describe, expect, it } from 'vitest';
import {
  ADDRESSED_DEFAULTS,
  type AddressEvidence,
  addressedScore,
  isAddressed,
} from '../../src/turn/addressed.ts';
import { nameSaid } from '../../src/turn/names.ts';

const LONG_AGO = 600_000;
const NEVER = { withThisSpeaker: false, agoMs: LONG_AGO };

const surroundings = {
  quiet: { lastTalk: { by: null, sameSpeaker: false, agoMs: LONG_AGO }, dialogue: NEVER },
  afterQuiet: { lastTalk: { by: 'person', sameSpeaker: false, agoMs: 30_000 }, dialogue: NEVER },
  reply: { lastTalk: { by: 'person', sameSpeaker: false, agoMs: 800 }, dialogue: NEVER },
  laterReply: { lastTalk: { by: 'person', sameSpeaker: false, agoMs: 6_000 }, dialogue: NEVER },
  pause: { lastTalk: { by: 'person', sameSpeaker: false, agoMs: 13_000 }, dialogue: NEVER },
  goesOn: { lastTalk: { by: 'person', sameSpeaker: true, agoMs: 1_000 }, dialogue: NEVER },
  dialogue: {
    lastTalk: { by: 'agent', sameSpeaker: false, agoMs: 2_000 },
    dialogue: { withThisSpeaker: true, agoMs: 2_000 },
  },
  oldDialogue: {
    lastTalk: { by: 'agent', sameSpeaker: false, agoMs: 14_000 },
    dialogue: { withThisSpeaker: true, agoMs: 14_000 },
  },
  brokenDialogue: {
    lastTalk: { by: 'person', sameSpeaker: false, agoMs: 1_000 },
    dialogue: { withThisSpeaker: true, agoMs: 6_000 },
  },
  othersDialogue: { lastTalk: { by: 'agent', sameSpeaker: false, agoMs: 2_000 }, dialogue: NEVER },
} as const satisfies Record<string, Pick<AddressEvidence, 'lastTalk' | 'dialogue'>>;

function evidence(text: string, when: keyof typeof surroundings, people = 3): AddressEvidence {
  return { text, agentNames: ['Parley'], otherNames: ['Ben', 'Charlotte'], people, ...surroundings[when] };
}

describe('isAddressed', () => {
  it.each<[string, keyof typeof surroundings]>([
    // by name
    ['Parley, what time is it', 'reply'],
    ['parley what time is it', 'reply'],
    ['hey parley', 'reply'],
    ['what do you think, Parley?', 'reply'],
    ['what do you think parley', 'goesOn'],
    ['turn the light on, Parley', 'reply'],
    ['ok parley stop', 'reply'],
    ['we could ask Parley', 'reply'],
    ['let us see what parley says about it', 'reply'],
    ['Parley, tell Ben that dinner is ready', 'reply'],
    ['Parley, is Ben right?', 'brokenDialogue'],
    // by a name that was misheard
    ['hey parlay what time is it', 'reply'],
    ['barley what time is it', 'reply'],
    ['hey party what time is it', 'reply'],
    ['hey par lee turn on the light', 'reply'],
    ['hey Parlea', 'reply'],
    ['I would say parlay knows that', 'goesOn'],
    // in a dialogue
    ['and tomorrow', 'dialogue'],
    ['thanks', 'dialogue'],
    ['the second one', 'dialogue'],
    ['make it warmer', 'dialogue'],
    ['I meant the other light', 'oldDialogue'],
    ['what about sunday', 'oldDialogue'],
    // nobody else can be meant
    ['what time is it', 'quiet'],
    ['turn on the light', 'afterQuiet'],
    ['it is quite cold in here', 'quiet'],
    ['hello', 'afterQuiet'],
    ['can you hear me', 'quiet'],
    ['can you help', 'pause'],
    // the agent's answer is taken up by somebody else
    ['what about tomorrow?', 'othersDialogue'],
    ['turn it off again', 'othersDialogue'],
  ])('%j (%s) is for the agent', (text, when) => {
    expect(isAddressed(evidence(text, when))).toBe(true);
  });

  it.each<[string, keyof typeof surroundings]>([
    // another is called
    ['Ben, did you see that', 'quiet'],
    ['ben did you see that', 'quiet'],
    ['Ben, did you see that', 'dialogue'],
    ['what do you think, Ben', 'dialogue'],
    ['what do you think ben', 'quiet'],
    ['hey Charlotte how are you', 'quiet'],
    ['hey charlot how are you', 'quiet'],
    ['Ben, ask Parley what time it is', 'reply'],
    ['can you come over here, Charlotte?', 'afterQuiet'],
    ['hi everyone', 'quiet'],
    // people with each other
    ['I saw it yesterday', 'reply'],
    ['yeah it was great', 'reply'],
    ['did you like the ending', 'reply'],
    ['what do you mean', 'reply'],
    ['no I was at home', 'laterReply'],
    ['how was your weekend', 'laterReply'],
    ['and then we went to the sea', 'goesOn'],
    ['are you coming to the party', 'reply'],
    ['we need barley for the soup', 'reply'],
    ['do you want some more', 'goesOn'],
    ['is it cold outside', 'pause'],
    ['it was early and barely light', 'reply'],
    // the talk went on to another person
    ['I told you so', 'brokenDialogue'],
    ['what did you say', 'brokenDialogue'],
    ['that was quick', 'othersDialogue'],
    ['I knew it', 'othersDialogue'],
  ])('%j (%s) is not', (text, when) => {
    expect(isAddressed(evidence(text, when))).toBe(false);
  });

  it('takes all that is said for the agent when nobody else is there', () => {
    for (const text of ['Ben, did you see that', 'hi everyone', 'um', '']) {
      expect(isAddressed(evidence(text, 'reply', 1)), text).toBe(true);
    }
  });

  it('lets a dialogue fade instead of ending it at an instant', () => {
    const at = (agoMs: number) => {
      const dialogue = { withThisSpeaker: true, agoMs };
      return addressedScore({ ...evidence('the second one', 'othersDialogue'), dialogue });
    };
    expect(at(20_000)).toBe(at(0));
    expect(at(30_000)).toBeLessThan(at(20_000));
    expect(at(40_000)).toBe(at(LONG_AGO));
  });

  it('can be made stricter', () => {
    const plain = evidence('it is quite cold in here', 'quiet');
    expect(isAddressed(plain, { ...ADDRESSED_DEFAULTS, threshold: 2 })).toBe(false);
    expect(isAddressed(evidence('Parley, hello', 'reply'), { ...ADDRESSED_DEFAULTS, threshold: 2 })).toBe(
      true,
    );
  });
});

describe('nameSaid', () => {
  it.each<[string, string, 'vocative' | 'mention' | null]>([
    ['Ben, come here', 'Ben', 'vocative'],
    ['Ben is late', 'Ben', 'mention'],
    ['Ben will you come', 'Ben', 'vocative'],
    ['Ben will come', 'Ben', 'mention'],
    ['I talked to Ben', 'Ben', 'mention'],
    ['is that you Ben', 'Ben', 'vocative'],
    ['I think, Ben, that you are right', 'Ben', 'vocative'],
    ['Ada, Ben, and I went home', 'Ben', 'mention'],
    ['been there', 'Ben', null],
    ['are you going to the party', 'Parley', null],
    ['early tomorrow', 'Parley', null],
    ['hello mister robot', 'Mister Robot', 'vocative'],
    ['hey mr robot', 'Mister Robot', null],
    ['', 'Ben', null],
    ['hello', '', null],
  ])('%j says %s as %s', (text, name, as) => {
    expect(nameSaid(text, [name])?.as ?? null).toBe(as);
  });
});
