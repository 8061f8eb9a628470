import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/base/log.ts';
import { HttpPool } from '../../../src/providers/wire/http-pool.ts';
import { type Behaviour, HttpVendor } from '../../support/vendors/http-vendor.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

let vendor: HttpVendor;
let pool: HttpPool;
let clock: VirtualClock;
let behaviour: Behaviour;

beforeEach(async () => {
  behaviour = {};
  vendor = await new HttpVendor({
    behaviour: () => behaviour,
    reply: () => ({ frames: ['one ', 'two ', 'three '], firstText: 1, json: null }),
  }).listen();
  clock = new VirtualClock();
  pool = new HttpPool({ clock, log: silentLog, codePrefix: 'TTS' });
});

afterEach(async () => {
  await pool.close();
  await vendor.until(() => vendor.open === 0);
  await vendor.close();
  expect(clock.pending).toBe(0);
});

const post = async (signal = new AbortController().signal, more: object = {}) =>
  await pool.post({ url: new URL(`${vendor.url}/speak?a=1`), headers: {}, body: '{}', signal, ...more });

describe('A pool of connections', () => {
  it('posts, and gives status, headers and body', async () => {
    behaviour = { fault: { status: 418, headers: { 'x-region': 'eu' }, body: 'teapot' } };
    const reply = await post(undefined, { headers: { 'xi-api-key': 'k' } });
    expect(reply.status).toBe(418);
    expect(reply.headers['x-region']).toBe('eu');
    expect(await reply.body.text(100)).toBe('teapot');
    expect(vendor.asked[0]).toMatchObject({ path: '/speak?a=1', headers: { 'xi-api-key': 'k' } });
  });

  it('reads no more of a body than it may', async () => {
    behaviour = { fault: { status: 500, body: 'x'.repeat(100_000) } };
    expect(await (await post()).body.text(1_000)).toBe('x'.repeat(1_000));
  });

  it('uses a connection again whose body ran out, even unread', async () => {
    const { body } = await post();
    await vendor.until(() => vendor.warmed === 1);
    body.finish();
    await vendor.until(() => !vendor.asked[0]!.cutOff);
    const { connections } = vendor;
    for (let i = 0; i < 3; i++) await (await post()).body.text(100);
    expect(vendor.connections - connections).toBeLessThanOrEqual(1);
    expect(vendor.warmed).toBe(1);
  });

  it('gives up a body that does not run out', async () => {
    behaviour = { fault: 'endless' };
    const { body } = await post();
    body.finish();
    await clock.advance(249);
    await clock.advance(1);
    await vendor.until(() => vendor.asked[0]!.cutOff);
  });

  it('can be closed while a body runs out', async () => {
    behaviour = { fault: 'endless' };
    (await post()).body.finish();
    await pool.close();
    await vendor.until(() => vendor.asked[0]!.cutOff);
  });

  it('rejects with the reason of its signal, before and in the middle', async () => {
    const reason = new Error('enough');
    await expect(post(AbortSignal.abort(reason))).rejects.toBe(reason);
    behaviour = { fault: 'endless' };
    const controller = new AbortController();
    const { body } = await post(controller.signal);
    const chunks = body[Symbol.asyncIterator]();
    await chunks.next();
    const rest = (async () => {
      while (!(await chunks.next()).done);
    })();
    controller.abort(reason);
    await expect(rest).rejects.toBe(reason);
  });

  it('does not open what cannot be reached', async () => {
    const { url } = vendor;
    await vendor.close();
    const opening = pool.open(new URL(url), new AbortController().signal);
    await expect(opening).rejects.toMatchObject({ code: 'TTS_UNREACHABLE', retryable: true });
    pool.warm(new URL(url));
  });

  it('waits only so long for a host that does not answer', async () => {
    const silent = await new HttpVendor({
      reply: () => ({ status: 200, body: '' }),
      ignoresWarming: true,
    }).listen();
    const opening = pool.open(new URL(silent.url), new AbortController().signal);
    const failing = expect(opening).rejects.toMatchObject({ code: 'TTS_UNREACHABLE' });
    await silent.until(() => silent.warmed === 1);
    await clock.advance(3_000);
    await failing;
    await silent.close();
  });

  it('does nothing once it is closed', async () => {
    await pool.close();
    pool.warm(new URL(vendor.url));
    await expect(post()).rejects.toMatchObject({ code: 'TTS_CLOSED' });
    expect(vendor.connections).toBe(0);
  });
});
