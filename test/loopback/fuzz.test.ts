/** Whatever a client sends, by whichever way, the loopback answers or closes with a code of Discord's, and goes on. */
import { createSocket } from 'node:dgram';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Loopback, startLoopback } from '../../src/loopback/index.ts';
import { seededRandom } from '../support/random.ts';
import { randomBytes, randomJson } from '../support/random-json.ts';
import { identified, identifyVoice, openGateway, openVoice, type RawSocket, requestVoice } from './raw.ts';

let loopback: Loopback;
beforeEach(async () => {
  loopback = await startLoopback({ maxConcurrency: 10_000, identifyWindowMs: 0, rateLimits: false });
});
afterEach(async () => {
  await loopback.close();
});

const ROUNDS = 150;
const FIELDS = [
  ...[
    'op',
    'd',
    't',
    's',
    'seq',
    'token',
    'properties',
    'intents',
    'shard',
    'session_id',
    'guild_id',
    'query',
  ],
  ...[
    'channel_id',
    'self_mute',
    'self_deaf',
    'user_ids',
    'limit',
    'server_id',
    'user_id',
    'ssrc',
    'speaking',
  ],
  ...['protocol', 'data', 'address', 'port', 'mode', 'transition_id', 'seq_ack', 'max_dave_protocol_version'],
];

/** One message of garbage: text, bytes, or an op with data. */
function garbage(random: () => number, ops: readonly number[]): string | Buffer {
  const kind = random();
  if (kind < 0.1) return randomBytes(random, Math.floor(random() * 200)).toString('latin1');
  if (kind < 0.3) {
    const op = ops[Math.floor(random() * ops.length)] ?? 0;
    return Buffer.concat([Buffer.from([op]), randomBytes(random, Math.floor(random() * 200))]);
  }
  if (kind < 0.4) return JSON.stringify(randomJson(random, FIELDS));
  return JSON.stringify({ op: ops[Math.floor(random() * ops.length)], d: randomJson(random, FIELDS) });
}

/** Sends it; resolves with the close code, or null when the connection lives on. */
async function outcome(socket: RawSocket, message: string | Buffer, alive: () => Promise<unknown>) {
  socket.send(message);
  return await Promise.race([socket.closed, alive().then(() => null)]);
}

it('a gateway that is sent garbage', async () => {
  const random = seededRandom(1);
  const ops = [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 31, 43, 99];
  const closed: (number | null)[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const socket =
      random() < 0.5 ? await openGateway(loopback) : (await identified(loopback, { shard: [0, 1] })).gateway;
    const alive = async () => {
      socket.send({ op: 1, d: null });
      await socket.next(11);
    };
    closed.push(await outcome(socket, garbage(random, ops), alive));
    socket.close();
  }
  for (const code of closed) expect(code === null || (code >= 4000 && code < 4020)).toBe(true);
  expect(new Set(closed).size).toBeGreaterThan(3);
});

it('a voice gateway that is sent garbage', async () => {
  const random = seededRandom(2);
  const { gateway } = await identified(loopback);
  const ops = [0, 1, 2, 3, 5, 7, 12, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 99];
  const closed: (number | null)[] = [];
  for (let round = 0; round < ROUNDS / 3; round++) {
    const ticket = await requestVoice(loopback, gateway, loopback.voiceChannelIds[0]!);
    const socket = await openVoice(loopback, ticket);
    if (random() < 0.7) {
      socket.send(identifyVoice(ticket));
      await socket.next(2);
    }
    const alive = async () => {
      socket.send({ op: 3, d: { t: 1 } });
      await socket.next(6);
    };
    closed.push(await outcome(socket, garbage(random, ops), alive));
    socket.close();
  }
  for (const code of closed) expect(code === null || (code >= 4000 && code < 4025)).toBe(true);
  expect(new Set(closed).size).toBeGreaterThan(3);
});

it('a UDP port that is sent garbage drops all of it, with its cause', async () => {
  const random = seededRandom(3);
  const { gateway } = await identified(loopback);
  const ticket = await requestVoice(loopback, gateway, loopback.voiceChannelIds[0]!);
  const voice = await openVoice(loopback, ticket);
  voice.send(identifyVoice(ticket));
  const { port } = (await voice.next(2)).d as { port: number };
  const udp = createSocket('udp4');
  await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve));
  const address = { address: '127.0.0.1', port: udp.address().port, mode: 'aead_aes256_gcm_rtpsize' };
  voice.send({ op: 1, d: { protocol: 'udp', data: address } });
  await voice.next(4);
  // Eight bytes are a keep-alive.
  const sizes = Array.from({ length: ROUNDS }, (_, i) => i).filter((size) => size !== 8);
  for (const [i, size] of sizes.entries()) {
    const packet = randomBytes(random, size);
    if (random() < 0.5 && size > 1) packet.writeUInt16BE(0x8078, 0);
    udp.send(packet, port, '127.0.0.1');
    await loopback.waitFor('the drop', () => loopback.log.count('packet.drop') === i + 1, 2_000);
  }
  expect(loopback.log.drops()).toEqual({ unreadable: sizes.length });
  udp.close();
});

it('REST that is sent garbage refuses it, and has no crash of its own', async () => {
  const random = seededRandom(4);
  const { applicationId: app, guildId: guild, textChannelId: text, botUserId: bot } = loopback;
  const routes = [
    ...[`PUT applications/${app}/commands`, `POST applications/${app}/guilds/${guild}/commands`],
    ...[`POST channels/${text}/messages`, `PUT channels/${loopback.voiceChannelIds[0]}/voice-status`],
    ...[`PATCH guilds/${guild}/members/${bot}`, `PATCH guilds/${guild}/voice-states/@me`, 'POST nowhere'],
    ...[
      `POST interactions/1/x/callback`,
      `PATCH webhooks/${app}/x/messages/@original`,
      `GET channels/${text}`,
    ],
  ];
  const fields = [
    ...['name', 'description', 'type', 'options', 'choices', 'value', 'content', 'embeds', 'flags', 'data'],
    ...[
      'status',
      'nick',
      'mute',
      'deaf',
      'channel_id',
      'suppress',
      'request_to_speak_timestamp',
      'attachments',
    ],
  ];
  for (let round = 0; round < ROUNDS; round++) {
    const [method = '', path = ''] = routes[round % routes.length]!.split(' ');
    const multipart = random() < 0.1;
    const json = random() < 0.9 ? JSON.stringify(randomJson(random, fields)) : '{';
    const answer = await fetch(`${loopback.apiUrl}/v10/${path}`, {
      method,
      headers: {
        authorization: `Bot ${loopback.token}`,
        'content-type': multipart ? 'multipart/form-data; boundary=x' : 'application/json',
      },
      ...(method === 'GET' ? {} : { body: json }),
    });
    await answer.arrayBuffer();
    expect(answer.status).toBeLessThan(500);
  }
  expect(loopback.log.of('rest.crash')).toEqual([]);
});
