/** How long a broken session can be resumed: on both gateways for the whole window from its last break on. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Loopback, startLoopback } from '../../src/loopback/index.ts';
import { identified, identifyVoice, openGateway, openVoice, type RawSocket, requestVoice } from './raw.ts';

const WINDOW_MS = 15_000;
let loopback: Loopback;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  loopback = await startLoopback({ resumeWindowMs: WINDOW_MS });
});
afterEach(async () => {
  vi.useRealTimers();
  await loopback.close();
});

/** Breaks a connection, and lets time go by once the loopback knows. */
async function breakFor(socket: RawSocket, ms: number): Promise<void> {
  const kind = socket === gateway ? 'gateway.close' : 'voice.close';
  const before = loopback.log.count(kind);
  socket.close();
  await loopback.waitFor('the break', () => loopback.log.count(kind) > before, 5_000);
  vi.advanceTimersByTime(ms);
}

let gateway: RawSocket;
let resumeGateway: () => Promise<RawSocket>;
async function enter(): Promise<void> {
  const { gateway: opened, ready } = await identified(loopback);
  gateway = opened;
  resumeGateway = async () => {
    gateway = await openGateway(loopback);
    gateway.send({ op: 6, d: { token: loopback.token, session_id: ready.session_id, seq: 1 } });
    return gateway;
  };
}

it('a session of the gateway can be resumed again and again, each time within the whole window', async () => {
  await enter();
  for (let i = 0; i < 2; i++) {
    await breakFor(gateway, WINDOW_MS - 1);
    await (await resumeGateway()).next(0, 'RESUMED');
    // The window of that break ends here.
    vi.advanceTimersByTime(1);
  }
  await breakFor(gateway, WINDOW_MS);
  expect((await (await resumeGateway()).next(9)).d).toBe(false);
});

it('a session of the voice gateway too', async () => {
  await enter();
  const ticket = await requestVoice(loopback, gateway, loopback.voiceChannelIds[0]!);
  const { server_id, session_id, token } = ticket;
  const resume = async () => {
    const socket = await openVoice(loopback, ticket);
    socket.send({ op: 7, d: { server_id, session_id, token, seq_ack: 1 } });
    return socket;
  };
  let voice = await openVoice(loopback, ticket);
  voice.send(identifyVoice(ticket));
  await voice.next(2);
  for (let i = 0; i < 2; i++) {
    await breakFor(voice, WINDOW_MS - 1);
    voice = await resume();
    await voice.next(9);
    vi.advanceTimersByTime(1);
  }
  await breakFor(voice, WINDOW_MS);
  expect(await (await resume()).closed).toBe(4006);
});

it('a session that is invalid but resumable goes on over the same connection, with what was missed', async () => {
  const { gateway, ready } = await identified(loopback);
  loopback.faults.invalidateSession(true);
  expect((await gateway.next(9)).d).toBe(true);
  const alice = loopback.addPerson({ name: 'Alice' });
  alice.moveTo(loopback.voiceChannelIds[0]!);
  const { s: seen } = gateway.received.findLast(({ op }) => op === 0)!;
  gateway.send({ op: 6, d: { token: loopback.token, session_id: ready.session_id, seq: seen } });
  expect((await gateway.next(0, 'VOICE_STATE_UPDATE')).d).toMatchObject({ user_id: alice.id });
  await gateway.next(0, 'RESUMED');
  expect(loopback.log.of('gateway.resume')).toMatchObject([{ repeated: 1 }]);
});

it('a session that is invalid for good leaves its connection free for a new one', async () => {
  const { gateway, ready } = await identified(loopback);
  loopback.faults.invalidateSession(false);
  expect((await gateway.next(9)).d).toBe(false);
  gateway.send({ op: 6, d: { token: loopback.token, session_id: ready.session_id, seq: 1 } });
  expect((await gateway.next(9)).d).toBe(false);
});
