/** Recognisers are open for those who talk, and for no one else; their speakers do not notice. */
import { beforeEach, expect, it } from 'vitest';
import { onDemand, RECOGNISER_LIMITS } from '../../src/conversation/recognisers.ts';
import type { Recogniser, SttConnection, SttEvent } from '../../src/providers/stt/stt.ts';
import { type FakeProviders, fakeProviders, vendorError } from '../support/fake-providers.ts';
import { tone } from '../support/tone.ts';
import { settle, VirtualClock } from '../support/virtual-clock.ts';

const { idleMs, most } = RECOGNISER_LIMITS;
const SOUND = tone(200);

let clock: VirtualClock;
let fakes: FakeProviders;
let stt: SttConnection;
let events: { id: string; event: SttEvent }[];

beforeEach(async () => {
  clock = new VirtualClock();
  fakes = fakeProviders();
  events = [];
  stt = onDemand(await fakes.stt.connect(new AbortController().signal), clock);
});

const recogniser = (id: string): Recogniser =>
  stt.openRecogniser({ id, name: id }, (event) => events.push({ id, event }));
const open = () => fakes.stt.heard.filter(({ closed }) => !closed).map(({ speaker }) => speaker.id);
const finals = () =>
  events.flatMap(({ id, event }) => (event.type === 'final' ? [`${id}${event.commitId} ${event.text}`] : []));

/** Says something, to the end; a millisecond later it is the next one's turn. */
async function speak(who: Recogniser): Promise<number> {
  who.write(SOUND);
  const id = who.commit();
  await clock.advance(1);
  return id;
}

it('opens none before the first words', async () => {
  const all = Array.from({ length: 25 }, (_, i) => recogniser(`p${i}`));
  expect(fakes.stt.heard).toEqual([]);
  await speak(all[3]!);
  expect(open()).toEqual(['p3']);
  expect(finals()).toEqual(['p31 what time is it']);
});

it('closes one after a while of silence, and numbers the commits on when it is open again', async () => {
  const ann = recogniser('ann');
  await speak(ann);
  await speak(ann);
  await clock.advance(idleMs - 2);
  expect(open()).toEqual(['ann']);
  await clock.advance(2);
  expect(open()).toEqual([]);
  expect(await speak(ann)).toBe(3);
  expect(finals().at(-1)).toBe('ann3 what time is it');
  expect(fakes.stt.heard).toHaveLength(2);
});

it('does not close one in the middle of a long utterance', async () => {
  const ann = recogniser('ann');
  await speak(ann);
  ann.write(SOUND);
  await clock.advance(2 * idleMs);
  expect(open()).toEqual(['ann']);
});

it('never has more open than its bound: the one that was silent for longest gives way', async () => {
  const all = Array.from({ length: most + 2 }, (_, i) => recogniser(`p${i}`));
  for (const one of all.slice(0, most)) await speak(one);
  await speak(all[0]!);
  await speak(all[most]!);
  expect(open()).toHaveLength(most);
  expect(open()).not.toContain('p1');
  await speak(all[most + 1]!);
  expect(open()).not.toContain('p2');
  expect(open()).toContain('p0');
  // Nobody was told.
  expect(events.filter(({ event }) => event.type === 'error')).toEqual([]);
  await speak(all[1]!);
  expect(finals().at(-1)).toBe('p12 what time is it');
});

it('refuses one more with a reason when all are busy, and hears it as soon as one is not', async () => {
  const all = Array.from({ length: most + 1 }, (_, i) => recogniser(`p${i}`));
  for (const one of all) one.write(SOUND);
  await settle();
  const failures = events.filter(({ event }) => event.type === 'error');
  expect(failures).toMatchObject([{ id: `p${most}`, event: { error: { code: 'TOO_MANY_TALKERS' } } }]);
  expect(open()).toHaveLength(most);
  all[0]!.commit();
  await settle();
  await speak(all[most]!);
  expect(finals().at(-1)).toContain(`p${most}`);
});

it('does not close one whose final is still to come', async () => {
  fakes.stt.commit = 'nothing';
  const all = Array.from({ length: most + 1 }, (_, i) => recogniser(`p${i}`));
  for (const one of all) await speak(one);
  expect(open()).toEqual(all.slice(0, most).map((_, i) => `p${i}`));
});

it('answers a commit of nothing with nothing', async () => {
  const ann = recogniser('ann');
  ann.commit();
  ann.reset();
  await settle();
  expect(finals()).toEqual(['ann1 ']);
  expect(fakes.stt.heard).toEqual([]);
});

it('passes on what fails, and opens another one for the next words', async () => {
  const ann = recogniser('ann');
  fakes.stt.commit = vendorError('STT_DOWN');
  await speak(ann);
  expect(events.at(-1)?.event).toMatchObject({ type: 'error', error: { code: 'STT_DOWN' } });
  expect(open()).toEqual([]);
  fakes.stt.commit = 'final';
  await speak(ann);
  expect(finals()).toEqual(['ann2 what time is it']);
});

it('tells it when none can be opened', async () => {
  const broken = onDemand(
    {
      warm() {},
      openRecogniser: () => {
        throw vendorError('NO_KEY');
      },
      close: async () => {},
    },
    clock,
  );
  const ann = broken.openRecogniser({ id: 'ann', name: 'ann' }, (event) => events.push({ id: 'ann', event }));
  ann.write(SOUND);
  await settle();
  expect(events).toMatchObject([{ event: { type: 'error', error: { code: 'NO_KEY' } } }]);
});

it('leaves nothing open or waiting when it is closed', async () => {
  const [ann, ben] = [recogniser('ann'), recogniser('ben')];
  await speak(ann);
  await speak(ben);
  ann.close();
  ann.write(SOUND);
  expect(open()).toEqual(['ben']);
  await stt.close();
  expect(open()).toEqual([]);
  expect(clock.pending).toBe(0);
  expect(fakes.stt.connections.open).toBe(0);
});
