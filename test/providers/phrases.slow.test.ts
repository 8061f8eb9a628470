/** Every phrase and every reply survives voices, noise, Opus, and pauses for thought. */
import { beforeAll, describe, expect, it } from 'vitest';
import { throughRoom } from '../../bench/support/room.ts';
import { concatPcm, SAMPLE_RATE, samplesToMs } from '../../src/audio/pcm.ts';
import { phrases } from '../../src/providers/llm/phrases/index.ts';
import { plainWords } from '../../src/providers/plain-words.ts';
import { synthesise } from '../../src/providers/tts/flite/flite.ts';
import { trimClause } from '../../src/providers/tts/flite/trim.ts';
import { DEFAULT_FLITE_VOICE } from '../../src/providers/tts/flite/voices.ts';
import { Ear } from './support/ear.ts';
import { everyReply } from './support/replies.ts';

const VOICES = ['slt', 'awb', 'rms', 'kal16'] as const;
const ROOMS = [
  { colour: 'white', noiseDbfs: -60 },
  { colour: 'pink', noiseDbfs: -60 },
  { colour: 'pink', noiseDbfs: -50 },
] as const;
const LEAD_MS = 300;
/** Silence that counts as the end of a finished phrase begins to matter about here. */
const SETTLED_MS = 100;

const samples = (ms: number): number => (ms * SAMPLE_RATE) / 1000;

describe('The phrases', () => {
  let ear: Ear;
  beforeAll(async () => {
    ear = await Ear.for(phrases());
  });

  it('are recognised word for word, each from two voices', async () => {
    const wrong: string[] = [];
    for (const [i, phrase] of phrases().entries()) {
      for (const voice of [VOICES[i % 4]!, VOICES[(i + 1) % 4]!]) {
        const room = { ...ROOMS[i % ROOMS.length]!, seed: i, leadMs: LEAD_MS, tailMs: 200 };
        const { text, understood } = await ear.hear(throughRoom(synthesise(phrase, voice), room));
        if (text !== phrase || !understood) wrong.push(`${voice}: ${phrase} -> ${text} (${understood})`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('stay whole with a pause inside, in which they do not seem finished', async () => {
    const wrong: string[] = [];
    for (const [i, phrase] of phrases().entries()) {
      const words = phrase.split(' ');
      const cut = 1 + (i % (words.length - 1));
      const voice = VOICES[i % VOICES.length]!;
      const room = { ...ROOMS[i % ROOMS.length]!, seed: i };
      const pauseMs = 400 + ((i * 137) % 501);
      // Either the room is heard in the pause, or nothing is sent but the 200 ms of silence that close a talk.
      const sent = i % 2 === 0;
      const before = trimClause(synthesise(words.slice(0, cut).join(' '), voice));
      const after = trimClause(synthesise(words.slice(cut).join(' '), voice));
      const head = throughRoom(before, { ...room, leadMs: LEAD_MS, tailMs: sent ? pauseMs : 60 });
      const silence = new Int16Array(sent ? 0 : samples(200));
      const tail = throughRoom(after, { ...room, leadMs: sent ? 0 : 40, tailMs: 250 });
      const { text, understood, known } = await ear.hear(concatPcm([head, silence, tail]));
      const fromMs = LEAD_MS + samplesToMs(before.length) + SETTLED_MS;
      const toMs = samplesToMs(head.length + silence.length);
      const inPause = known.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
      expect(inPause.length).toBeGreaterThan(0);
      const shown = `${voice}: ${words.slice(0, cut).join(' ')} | ${words.slice(cut).join(' ')}`;
      if (text !== phrase || !understood) wrong.push(`${shown} -> ${text} (${understood})`);
      if (inPause.some(({ finished }) => finished)) wrong.push(`${shown} seemed finished`);
    }
    expect(wrong).toEqual([]);
  });
});

describe('The replies', () => {
  it('are recognised word for word', async () => {
    const replies = everyReply().map(plainWords);
    const ear = await Ear.for(replies);
    const wrong: string[] = [];
    for (const [i, reply] of replies.entries()) {
      const room = { colour: 'white', noiseDbfs: -75, seed: i, leadMs: 40, tailMs: 100 } as const;
      const { text } = await ear.hear(throughRoom(trimClause(synthesise(reply, DEFAULT_FLITE_VOICE)), room));
      if (text !== reply) wrong.push(`${reply} -> ${text}`);
    }
    expect(wrong).toEqual([]);
  });
});
