import { Worker } from 'node:worker_threads';
// @module-tag fault
import { describe, expect, it, vi } from 'vitest';
import type { ParleyError } from '../../src/base/errors.ts';
import { silentLog } from '../../src/base/log.ts';
import { WorkerHost, type WorkerHostOptions } from '../../src/base/worker-host.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

type Message = { type: string; value?: unknown };

const thread = (code: string) =>
  `const { parentPort: port } = require('node:worker_threads'); const say = (m) => port.postMessage(m); ${code}`;
const ECHO = thread(`port.on('message', (value) => {
  if (value === 'throw') throw new Error('it broke');
  say({ type: 'echo', value });
}); say({ type: 'ready' });`);

function hostOf(code: string, more: Partial<WorkerHostOptions<Message>> = {}) {
  const clock = new VirtualClock();
  const messages = vi.fn<(message: Message) => void>();
  const deaths = vi.fn<(error: ParleyError) => void>();
  const host = new WorkerHost<unknown, Message>({
    url: new URL('file:///unused'),
    name: 'test worker',
    diedCode: 'TEST_DIED',
    workerData: null,
    log: silentLog,
    startWithinMs: 1_000,
    onMessage: messages,
    onDeath: deaths,
    spawn: () => new Worker(code, { eval: true }),
    clock,
    ...more,
  });
  return { host, clock, messages, deaths };
}

describe('WorkerHost', () => {
  it('starts one worker, however often it is asked', async () => {
    const spawn = vi.fn(() => new Worker(ECHO, { eval: true }));
    const { host } = hostOf(ECHO, { spawn });
    await Promise.all([host.start(), host.start()]);
    await host.start();
    expect(spawn).toHaveBeenCalledTimes(1);
    await host.stop();
  });

  it('delivers what is posted while it starts', async () => {
    const { host, messages } = hostOf(ECHO);
    const starting = host.start();
    host.post('early');
    await starting;
    await vi.waitFor(() => expect(messages).toHaveBeenCalledWith({ type: 'echo', value: 'early' }));
    expect(messages).not.toHaveBeenCalledWith({ type: 'ready' });
    await host.stop();
  });

  it('tells its death once, with the cause, and starts again', async () => {
    const { host, messages, deaths } = hostOf(ECHO);
    await host.start();
    host.post('throw');
    await vi.waitFor(() => expect(deaths).toHaveBeenCalled());
    expect(deaths.mock.calls).toMatchObject([
      [{ code: 'TEST_DIED', message: 'The test worker died: it broke', retryable: true }],
    ]);
    host.post('to nobody');
    await host.start();
    host.post('again');
    await vi.waitFor(() => expect(messages).toHaveBeenCalledWith({ type: 'echo', value: 'again' }));
    expect(messages).not.toHaveBeenCalledWith({ type: 'echo', value: 'to nobody' });
    expect(deaths).toHaveBeenCalledTimes(1);
    await host.stop();
  });

  it('tells it when it kills a worker, but not when it stops one', async () => {
    const { host, deaths } = hostOf(ECHO);
    await host.start();
    host.kill('no answer');
    expect(deaths.mock.calls).toMatchObject([[{ message: 'The test worker died: no answer' }]]);
    await host.start();
    await host.stop();
    expect(deaths).toHaveBeenCalledTimes(1);
  });

  it('rejects when the worker ends before it is ready', async () => {
    const { host, deaths } = hostOf(thread(`throw new Error('no model')`));
    await expect(host.start()).rejects.toMatchObject({
      code: 'TEST_DIED',
      message: 'The test worker could not start: no model',
    });
    expect(deaths).not.toHaveBeenCalled();
  });

  it('rejects when the worker is not ready in time', async () => {
    const { host, clock } = hostOf(thread(`port.on('message', () => {})`));
    const failed = expect(host.start()).rejects.toMatchObject({ name: 'ParleyError', retryable: true });
    await clock.advance(1_000);
    await failed;
  });

  it('rejects a start that is stopped', async () => {
    const { host } = hostOf(thread(`port.on('message', () => {})`));
    const failed = expect(host.start()).rejects.toMatchObject({ name: 'ParleyError' });
    await host.stop();
    await failed;
  });
});
