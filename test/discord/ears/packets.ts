/** Packets of a steady tone, sent without waiting: enough to hear whether audio comes through. */
import { expect } from 'vitest';
import { rmsDbfs, VOICED_DBFS } from '../../../src/audio/energy.ts';
import { OPUS_SILENCE } from '../../../src/audio/opus.ts';
import { noReceiveCounters } from '../../../src/discord/ears/counters.ts';
import type { Person } from '../../../src/loopback/index.ts';
import { tone } from '../../support/tone.ts';
import type { Rig, Stay } from '../voice-rig.ts';

/** One packet, as the person's client encodes it. */
export const loud = (person: Person): Buffer => person.encode(tone(20));

export function send(person: Person, count: number): void {
  for (let i = 0; i < count; i++) person.sendOpus(loud(person));
}

/** Sends a talk of `count` packets; resolves once its end was heard, with the frames of it. */
export async function talk(rig: Rig, stay: Stay, person: Person, count: number) {
  const before = stay.told.length;
  send(person, count);
  person.sendOpus(OPUS_SILENCE, { dave: false });
  await rig.waitFor('the end of the talk', () =>
    stay.told.slice(before).some((event) => event.type === 'talkEnded' && event.speakerId === person.id),
  );
  return stay.told
    .slice(before)
    .flatMap((event) => (event.type === 'frame' && event.speakerId === person.id ? [event] : []));
}

/** Resolves when no packet has come for 100 ms. */
export async function silent(stay: Stay): Promise<void> {
  const { speaking } = stay.voice.connection.receiver;
  if (speaking.users.size === 0) return;
  await new Promise<void>((resolve) => speaking.once('end', () => resolve()));
}

/** Everything comes through: as many frames as packets, loud, and the silence frame. */
export async function expectAudio(rig: Rig, stay: Stay, person: Person): Promise<void> {
  const frames = await talk(rig, stay, person, 10);
  expect(frames).toHaveLength(11);
  for (const { pcm } of frames.slice(2, 10)) expect(rmsDbfs(pcm)).toBeGreaterThan(VOICED_DBFS);
}

/** What the counters say when nothing went wrong. */
export const nothing = noReceiveCounters();
