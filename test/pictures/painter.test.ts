/** The painter's thread: made when it is needed, ended when it is not, and every failure of it told in time. */
// @module-tag fault
import { Worker } from 'node:worker_threads';
import { afterEach, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { createPainter, type Painter } from '../../src/pictures/painter.ts';
import { turn } from '../latency/timelines.ts';
import { readPng } from '../support/png.ts';
import { settle, VirtualClock } from '../support/virtual-clock.ts';

const subject = { ask: 'waterfall', record: turn(), budgetMs: 500 } as const;
let painter: Painter | null = null;
afterEach(async () => {
  await painter?.close();
  painter = null;
});

const thread = (code: string) => () =>
  new Worker(`const { parentPort: port } = require('node:worker_threads'); ${code}`, { eval: true });

it('draws in a thread of its own, several pictures side by side', async () => {
  painter = createPainter({ clock: systemClock, log: silentLog });
  painter.warm();
  const pictures = await Promise.all([painter.paint(subject), painter.paint({ ...subject, budgetMs: 300 })]);
  expect(pictures.map(({ png }) => readPng(png).width)).toEqual([1_200, 1_200]);
  expect(pictures[1]?.alt).toContain('over the budget of 300 ms');
});

it('says what it could not draw, and goes on', async () => {
  painter = createPainter({ clock: systemClock, log: silentLog });
  const broken = painter.paint({ ...subject, record: null as never });
  await expect(broken).rejects.toMatchObject({
    code: 'PICTURE_FAILED',
    remedy: expect.stringContaining('npm ci'),
  });
  await expect(painter.paint(subject)).resolves.toMatchObject({ alt: expect.stringContaining('432 ms') });
});

it('tells its death, as when its library is missing on a platform, and is made anew for the next picture', async () => {
  const spawn = vi.fn(thread(`setImmediate(() => { throw new Error('Cannot find native binding'); });`));
  painter = createPainter({ clock: systemClock, log: silentLog, spawn });
  for (let round = 0; round < 2; round++) {
    const dead = painter.paint(subject);
    await expect(dead).rejects.toMatchObject({
      code: 'PICTURE_PAINTER_DIED',
      message: 'The picture could not be drawn',
    });
  }
  expect(spawn).toHaveBeenCalledTimes(2);
});

it('is given up after five seconds, starting included', async () => {
  const clock = new VirtualClock();
  painter = createPainter({ clock, log: silentLog, spawn: thread(`setInterval(() => {}, 1000);`) });
  const late = painter.paint(subject);
  late.catch(() => {});
  await settle();
  await clock.advance(5_000);
  await expect(late).rejects.toMatchObject({ code: 'PICTURE_TIMEOUT', retryable: true });
});

it('ends its thread after a minute without a question', async () => {
  const clock = new VirtualClock();
  const workers: Worker[] = [];
  const echo = thread(
    `port.on('message', ({ id }) => port.postMessage({ type: 'answer', id, value: {} })); port.postMessage({ type: 'ready' });`,
  );
  painter = createPainter({
    ...{ clock, log: silentLog },
    spawn: () => {
      const worker = echo();
      workers.push(worker);
      return worker;
    },
  });
  await painter.paint(subject);
  const ended = new Promise((resolve) => workers[0]!.once('exit', resolve));
  await clock.advance(60_000);
  await ended;
  await painter.paint(subject);
  expect(workers).toHaveLength(2);
});
