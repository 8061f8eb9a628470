/** Both gateways close a client that breaks their rules, with the code that Discord documents for it. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Loopback, startLoopback } from '../../src/loopback/index.ts';
import { TransportKey } from '../../src/loopback/voice/rtp.ts';
import {
  discover,
  identified,
  identify,
  identifyVoice,
  openGateway,
  openVoice,
  type RawSocket,
  requestVoice,
  type Ticket,
} from './raw.ts';

/** The log has the end of a connection a little after its client. */
const lastClose = async (loopback: Loopback, code: number) => {
  await loopback.waitFor('the end in the log', () => loopback.closes().at(-1)?.code === code, 1000);
  return loopback.closes().at(-1);
};

describe('the gateway', () => {
  let loopback: Loopback;
  let lastShard = 0;
  /** No shard identifies twice within five seconds. */
  const ownShard = () => {
    lastShard += 1;
    return { shard: [lastShard, 900] };
  };
  beforeAll(async () => {
    loopback = await startLoopback({ maxConcurrency: 1000 });
  });
  afterAll(async () => await loopback.close());

  it.each([
    ['text that is no JSON', 'hello', 4002],
    ['binary data', Buffer.from('{"op":1}'), 4002],
    ['more than 4096 bytes', { op: 1, d: 'x'.repeat(4096) }, 4002],
    ['a heartbeat without a number', { op: 1, d: 'x' }, 4002],
    ['an unknown op', { op: 99, d: {} }, 4001],
    ['op 4 before identify', { op: 4, d: {} }, 4003],
    ['a resume with a wrong token', { op: 6, d: { token: 'x', session_id: 'x', seq: 1 } }, 4004],
  ])('closes a connection that sends %s', async (_, message, code) => {
    const gateway = await openGateway(loopback);
    gateway.send(message);
    expect(await gateway.closed).toBe(code);
    expect(await lastClose(loopback, code)).toMatchObject({ gateway: 'main', by: 'loopback' });
  });

  it.each([
    ['a wrong token', { token: 'x' }, 4004],
    ['no properties', { properties: undefined }, 4002],
    ['a shard that is none', { shard: [2, 2] }, 4010],
    ['unknown intents', { intents: 1 << 30 }, 4013],
    ['intents that are not granted', { intents: 1 << 15 }, 4014],
  ])('refuses an identify with %s', async (_, change, code) => {
    const gateway = await openGateway(loopback);
    gateway.send(identify(loopback, change));
    expect(await gateway.closed).toBe(code);
  });

  it.each([
    ['another version', 'v=9&encoding=json'],
    ['another encoding', 'v=10&encoding=etf'],
    ['compression', 'v=10&encoding=json&compress=zlib-stream'],
  ])('refuses %s', async (_, query) => {
    expect(await (await openGateway(loopback, query)).closed).toBe(4012);
  });

  it.each([
    ['a second identify', (on: Loopback) => identify(on), 4005],
    ['op 4 without its fields', () => ({ op: 4, d: { guild_id: 5, channel_id: null } }), 4002],
  ])('closes a session for %s', async (_, message, code) => {
    const { gateway } = await identified(loopback, ownShard());
    gateway.send(message(loopback));
    expect(await gateway.closed).toBe(code);
  });

  it('closes a session that sends more than 120 events in a minute, with 4008', async () => {
    const { gateway } = await identified(loopback, ownShard());
    for (let i = 0; i < 120; i++) gateway.send({ op: 1, d: null });
    expect(await gateway.closed).toBe(4008);
  });

  it('closes a resume with a sequence that never was, with 4007', async () => {
    const { gateway, ready } = await identified(loopback, ownShard());
    gateway.close();
    const again = await openGateway(loopback);
    again.send({ op: 6, d: { token: loopback.token, session_id: ready.session_id, seq: 1000 } });
    expect(await again.closed).toBe(4007);
  });

  it('answers a resume of no session with op 9', async () => {
    const gateway = await openGateway(loopback);
    gateway.send({ op: 6, d: { token: loopback.token, session_id: 'none', seq: 1 } });
    expect((await gateway.next(9)).d).toBe(false);
    gateway.close();
  });

  it('tells its members and channels to those who ask', async () => {
    const alice = loopback.addPerson({ name: 'Alice' });
    const { gateway } = await identified(loopback);
    const { guildId } = loopback;
    gateway.send({ op: 8, d: { guild_id: guildId, query: 'ali', limit: 5, nonce: 'n' } });
    const { d: byName } = await gateway.next(0, 'GUILD_MEMBERS_CHUNK');
    expect(byName).toMatchObject({ members: [{ user: { id: alice.id } }], nonce: 'n' });
    gateway.send({ op: 8, d: { guild_id: guildId, user_ids: [alice.id, '1'] } });
    const { d: byId } = await gateway.next(0, 'GUILD_MEMBERS_CHUNK');
    expect(byId).toMatchObject({ members: [{ user: { id: alice.id } }], not_found: ['1'] });
    gateway.send({ op: 8, d: { guild_id: guildId, query: '', limit: 0 } });
    const { d: all } = await gateway.next(0, 'GUILD_MEMBERS_CHUNK');
    expect(all).toMatchObject({ members: [] });
    gateway.send({ op: 43, d: { guild_id: guildId, fields: ['status'] } });
    const { d: info } = await gateway.next(0, 'CHANNEL_INFO');
    expect(info).toMatchObject({ channels: [{ id: loopback.voiceChannelIds[0], status: null }, {}, {}] });
    gateway.close();
  });

  it('gives each shard its guilds', async () => {
    const loopback = await startLoopback({ maxConcurrency: 2 });
    const { guildId } = loopback;
    const mine = Number((BigInt(guildId) >> 22n) % 2n);
    const [own, other] = [
      await identified(loopback, { shard: [mine, 2] }),
      await identified(loopback, { shard: [1 - mine, 2] }),
    ];
    expect(own.ready.guilds).toEqual([{ id: guildId, unavailable: true }]);
    expect(other.ready.guilds).toEqual([]);
    await loopback.close();
  });
});

describe('the limits of the gateway', () => {
  let loopback: Loopback;
  afterEach(async () => await loopback.close());

  it('answer a second identify within five seconds with op 9, of another bucket with READY', async () => {
    loopback = await startLoopback({ maxConcurrency: 2 });
    await identified(loopback, { shard: [0, 4] });
    const second = await openGateway(loopback);
    second.send(identify(loopback, { shard: [2, 4] }));
    expect((await second.next(9)).d).toBe(false);
    await identified(loopback, { shard: [1, 4] });
  });

  it('reset the token when the day is used up', async () => {
    loopback = await startLoopback({ identifiesPerDay: 1, maxConcurrency: 10 });
    const authorization = `Bot ${loopback.token}`;
    const { gateway } = await identified(loopback);
    const limit = await fetch(`${loopback.apiUrl}/v10/gateway/bot`, { headers: { authorization } });
    expect(await limit.json()).toMatchObject({
      session_start_limit: { total: 1, remaining: 0, max_concurrency: 10 },
    });
    const second = await openGateway(loopback);
    second.send(identify(loopback, { shard: [1, 2] }));
    expect(await Promise.all([second.closed, gateway.closed])).toEqual([4004, 4004]);
    const refused = await fetch(`${loopback.apiUrl}/v10/gateway/bot`, { headers: { authorization } });
    expect(refused.status).toBe(401);
  });

  it('close a client that sends no heartbeat, with 4009; it can resume', async () => {
    loopback = await startLoopback({ gatewayHeartbeatMs: 40 });
    const { gateway, ready } = await identified(loopback);
    expect(await gateway.closed).toBe(4009);
    const again = await openGateway(loopback);
    again.send({ op: 6, d: { token: loopback.token, session_id: ready.session_id, seq: 1 } });
    await again.next(0, 'RESUMED');
  });

  it('leave heartbeats unanswered on demand, and ask for one', async () => {
    loopback = await startLoopback();
    const { gateway } = await identified(loopback);
    loopback.faults.requestHeartbeat();
    await gateway.next(1);
    loopback.knobs.ignoreGatewayHeartbeats = true;
    gateway.send({ op: 1, d: null });
    loopback.faults.requestHeartbeat();
    await gateway.next(1);
    expect(gateway.received.some(({ op }) => op === 11)).toBe(false);
  });
});

describe('the voice gateway', () => {
  let loopback: Loopback;
  let gateway: RawSocket;
  let ticket: Ticket;
  let voice: RawSocket;

  beforeAll(async () => {
    loopback = await startLoopback();
    ({ gateway } = await identified(loopback));
  });
  afterAll(async () => await loopback.close());
  beforeEach(async () => {
    ticket = await requestVoice(loopback, gateway, loopback.voiceChannelIds[0]!);
    voice = await openVoice(loopback, ticket);
  });
  afterEach(() => voice.close());

  /** Up to op 2. */
  async function letIn(): Promise<{ ssrc: number; port: number }> {
    voice.send(identifyVoice(ticket));
    return (await voice.next(2)).d as { ssrc: number; port: number };
  }

  const select = (data: object, protocol = 'udp') => ({ op: 1, d: { protocol, data } });
  const here = { address: '127.0.0.1', port: 1, mode: 'aead_aes256_gcm_rtpsize' };

  it.each([
    ['text that is no JSON', 'hello', 4002],
    ['op 1 before identify', select(here), 4003],
    ['an identify without its fields', { op: 0, d: {} }, 4002],
    ['a resume without its fields', { op: 7, d: {} }, 4002],
    ['a heartbeat without its fields', { op: 3, d: 5 }, 4020],
    ['binary data before identify', Buffer.from([26]), 4020],
  ])('closes a connection that sends %s', async (_, message, code) => {
    voice.send(message);
    expect(await voice.closed).toBe(code);
  });

  it.each([
    ['a wrong token', { token: 'x' }, 4004],
    ['another user', { user_id: '1' }, 4004],
    ['another session', { session_id: 'x' }, 4006],
    ['another server', { server_id: '1' }, 4011],
    ['no DAVE', { max_dave_protocol_version: 0 }, 4017],
  ])('refuses an identify with %s', async (_, change, code) => {
    voice.send(identifyVoice(ticket, change));
    expect(await voice.closed).toBe(code);
    expect(await lastClose(loopback, code)).toMatchObject({ gateway: 'voice', by: 'loopback' });
  });

  it.each([
    ['a second identify', () => identifyVoice(ticket), 4005],
    ['an unknown op', () => ({ op: 99, d: {} }), 4001],
    ['an unknown binary op', () => Buffer.from([99]), 4001],
    ['another protocol', () => select(here, 'webrtc'), 4012],
    ['an old mode', () => select({ ...here, mode: 'xsalsa20_poly1305' }), 4016],
    ['no address', () => select({ ...here, address: 'localhost' }), 4020],
    ["somebody else's SSRC", () => ({ op: 5, d: { speaking: 1, delay: 0, ssrc: 1 } }), 4020],
    ['a transition without a number', () => ({ op: 23, d: {} }), 4020],
    ['a key package that is none', () => Buffer.from([26, 1, 2, 3]), 4020],
  ])('closes a session for %s', async (_, message, code) => {
    await letIn();
    voice.send(message());
    expect(await voice.closed).toBe(code);
  });

  it('refuses another version, and a resume of no session', async () => {
    expect(await (await openVoice(loopback, ticket, 4)).closed).toBe(4020);
    const { server_id, session_id, token } = ticket;
    voice.send({ op: 7, d: { server_id, session_id, token, seq_ack: 1 } });
    expect(await voice.closed).toBe(4006);
  });

  it('closes a client that sends no heartbeat, with 4009, and its session is gone', async () => {
    const strict = await startLoopback({ voiceHeartbeatMs: 20 });
    const { gateway: main } = await identified(strict);
    const own = await requestVoice(strict, main, strict.voiceChannelIds[0]!);
    const silent = await openVoice(strict, own);
    silent.send(identifyVoice(own));
    await silent.next(2);
    expect(await silent.closed).toBe(4009);
    const again = await openVoice(strict, own);
    const { server_id, session_id, token } = own;
    again.send({ op: 7, d: { server_id, session_id, token, seq_ack: 1 } });
    expect(await again.closed).toBe(4006);
    await strict.close();
  });

  it('drops packets that it cannot take, and says why', async () => {
    const { ssrc, port } = await letIn();
    const { udp, ...own } = await discover(ssrc, port);
    const early = Buffer.alloc(40, 0x80);
    udp.send(early, port, '127.0.0.1');
    await loopback.waitFor('a stranger', () => loopback.log.drops().unknownSource === 1, 1000);
    voice.send(select({ ...own, mode: 'aead_aes256_gcm_rtpsize' }));
    const { d } = await voice.next(4);
    const key = Buffer.from((d as { secret_key: number[] }).secret_key);
    const frame = { sequence: 1, timestamp: 1, marker: false, payloadType: 120, extension: null, padding: 0 };
    const send = (from: TransportKey, payload: string, ownSsrc = ssrc) => {
      udp.send(from.seal({ ...frame, ssrc: ownSsrc, payload: Buffer.from(payload) }), port, '127.0.0.1');
    };
    const mode = 'aead_aes256_gcm_rtpsize';
    send(new TransportKey(mode, Buffer.alloc(32)), 'another key');
    send(new TransportKey(mode, key), 'another SSRC', 5);
    const first = new TransportKey(mode, key);
    send(first, 'good');
    send(new TransportKey(mode, key), 'the nonce again');
    await loopback.waitFor('all drops', () => loopback.log.count('packet.drop') === 4, 1000);
    expect(loopback.log.drops()).toEqual({ unknownSource: 1, unreadable: 1, wrongSsrc: 1, nonceReused: 1 });
    udp.close();
  });
});
