import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket as NetSocket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { ParleyError } from '../../../src/base/errors.ts';
import {
  openSocket,
  type SocketClosed,
  type SocketOptions,
  type WireSocket,
} from '../../../src/providers/wire/socket.ts';
import { SkippingClock } from '../../support/skipping-clock.ts';

/** What a socket told, and the next of it to come. */
class Heard {
  readonly texts: string[] = [];
  readonly bytes: Buffer[] = [];
  readonly closed: SocketClosed[] = [];
  #wake: (() => void)[] = [];

  onText = (text: string) => this.#told(() => this.texts.push(text));
  onBinary = (data: Buffer) => this.#told(() => this.bytes.push(data));
  onClose = (closed: SocketClosed) => this.#told(() => this.closed.push(closed));

  async until(fits: () => boolean): Promise<void> {
    while (!fits())
      await new Promise<void>((resolve) => {
        this.#wake.push(resolve);
      });
  }

  #told(keep: () => void): void {
    keep();
    for (const wake of this.#wake.splice(0)) wake();
  }
}

type Answer = (request: IncomingMessage, socket: NetSocket, accept: () => void) => void;

let clock: SkippingClock;
let server: Server;
let accepted: WebSocket[];
let answer: Answer;
let url: string;
let connections: Set<NetSocket>;

beforeEach(async () => {
  clock = new SkippingClock();
  accepted = [];
  connections = new Set();
  answer = (_request, _socket, accept) => accept();
  const sockets = new WebSocketServer({ noServer: true });
  server = createServer();
  server.on('connection', (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  server.on('upgrade', (request, socket, head) => {
    answer(request, socket as NetSocket, () =>
      sockets.handleUpgrade(request, socket, head, (ws) => {
        accepted.push(ws);
        server.emit('accepted', ws);
      }),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/speech`;
});

afterEach(async () => {
  for (const socket of connections) socket.destroy();
  server.close();
  await once(server, 'close');
});

const open = async (heard = new Heard(), more: Partial<SocketOptions> = {}) =>
  await openSocket(
    {
      ...{ clock, url, what: 'the voice', codePrefix: 'TTS', headers: { key: 'secret-key' } },
      refused: ({ status, body, retryAfterMs }) =>
        new ParleyError(`refused ${status} ${body} ${retryAfterMs}`, { code: 'REFUSED', remedy: 'None.' }),
      ...more,
    },
    heard,
  );

/** Lets a connection that is no WebSocket see its end. */
function drain(socket: NetSocket): void {
  socket.on('error', () => {});
  socket.once('end', () => socket.destroy());
  socket.resume();
}

async function disconnected(): Promise<void> {
  await Promise.all([...connections].map((socket) => once(socket, 'close')));
}

const refuse = (status: string, headers: string, body: string): Answer => {
  return (_request, socket) => {
    const length = Buffer.byteLength(body);
    socket.end(`HTTP/1.1 ${status}\r\nContent-Length: ${length}\r\n${headers}\r\n${body}`);
  };
};

describe('A socket', () => {
  it('hands over what comes with the handshake, and what comes later', async () => {
    server.once('accepted', (ws: WebSocket) => ws.send('first'));
    const heard = new Heard();
    const socket = await open(heard);
    await heard.until(() => heard.texts.length === 1);
    accepted[0]!.send(Buffer.from([1, 2, 3]));
    await heard.until(() => heard.bytes.length === 1);
    expect(heard.texts).toEqual(['first']);
    expect([...heard.bytes[0]!]).toEqual([1, 2, 3]);
    await socket.close();
  });

  it('sends its headers, texts and bytes', async () => {
    let key: unknown;
    answer = (request, _socket, accept) => {
      key = request.headers.key;
      accept();
    };
    const socket = await open();
    const got: string[] = [];
    const both = new Promise<void>((resolve) => {
      accepted[0]!.on('message', (data, isBinary) => {
        got.push(`${isBinary} ${data}`);
        if (got.length === 2) resolve();
      });
    });
    expect(socket.send('text')).toBe(true);
    expect(socket.send(Buffer.from('bytes'))).toBe(true);
    await both;
    expect(key).toBe('secret-key');
    expect(got).toEqual(['false text', 'true bytes']);
    await socket.close();
  });

  it('tells the code and the reason when the peer closes', async () => {
    const heard = new Heard();
    const socket = await open(heard);
    accepted[0]!.close(1008, 'too many contexts');
    await heard.until(() => heard.closed.length === 1);
    expect(heard.closed).toEqual([{ code: 1008, reason: 'too many contexts' }]);
    expect(socket.open).toBe(false);
    expect(socket.send('late')).toBe(false);
    expect(clock.pending).toBe(0);
  });

  it('tells that the connection broke', async () => {
    const heard = new Heard();
    await open(heard);
    accepted[0]!.terminate();
    await heard.until(() => heard.closed.length === 1);
    expect(heard.closed).toMatchObject([{ code: 1006 }]);
    expect(clock.pending).toBe(0);
  });

  it('is told nothing once it closes itself', async () => {
    const heard = new Heard();
    const socket = await open(heard);
    const peerClosed = once(accepted[0]!, 'close');
    accepted[0]!.send('late');
    await socket.close(1000, 'done');
    const [code, reason] = (await peerClosed) as [number, Buffer];
    expect([code, reason.toString()]).toEqual([1000, 'done']);
    expect(heard).toMatchObject({ texts: [], closed: [] });
    expect(clock.pending).toBe(0);
    await socket.close();
  });

  it('drops a peer that does not close with it', async () => {
    const socket = await open();
    // The peer reads no more, so the closing frame is never answered.
    for (const connection of connections) connection.pause();
    const closing = socket.close();
    await clock.skip(1_000);
    await closing;
    expect(clock.pending).toBe(0);
  });

  it('gives up a peer of which nothing is heard', async () => {
    const heard = new Heard();
    await open(heard, { pingEveryMs: 20_000 });
    for (const connection of connections) connection.pause();
    await clock.skip(40_000);
    await heard.until(() => heard.closed.length === 1);
    expect(heard.closed).toEqual([{ code: 1006, reason: 'nothing was heard for 20000 ms' }]);
    expect(clock.pending).toBe(0);
  });

  it('keeps a peer that answers its pings', async () => {
    const heard = new Heard();
    const socket = await open(heard, { pingEveryMs: 20_000 });
    for (let round = 0; round < 3; round++) {
      const pinged = once(accepted[0]!, 'ping');
      await clock.skip(20_000);
      await pinged;
      // A text behind the pong: once it is here, so is the pong.
      accepted[0]!.send(`${round}`);
      await heard.until(() => heard.texts.length > round);
    }
    expect(heard.closed).toEqual([]);
    await socket.close();
  });

  it('refuses to queue more than it may', async () => {
    const socket = await open(new Heard(), { maxBufferedBytes: 1_000 });
    expect(socket.send('x'.repeat(1_001))).toBe(false);
    for (const connection of connections) connection.pause();
    let sent = 0;
    while (socket.send('x'.repeat(900)) && sent < 100_000) sent++;
    expect(sent).toBeLessThan(100_000);
    expect(socket.bufferedBytes).toBeLessThanOrEqual(1_000);
    socket.terminate();
  });
});

describe('Opening a socket', () => {
  it('tells what a refusal says', async () => {
    answer = refuse('429 Too Many Requests', 'Retry-After: 3\r\n', '{"detail":"busy"}');
    await expect(open()).rejects.toMatchObject({ message: 'refused 429 {"detail":"busy"} 3000' });
    await disconnected();
    expect(clock.pending).toBe(0);
  });

  it('reads no more than the beginning of an endless refusal', async () => {
    answer = (_request, socket) => {
      drain(socket);
      socket.write('HTTP/1.1 502 Bad Gateway\r\nTransfer-Encoding: chunked\r\n\r\n');
      for (let i = 0; i < 20; i++) socket.write(`400\r\n${'x'.repeat(0x400)}\r\n`);
    };
    const error = (await open().catch((thrown) => thrown)) as ParleyError;
    expect(error.message).toHaveLength('refused 502  undefined'.length + 8 * 1024);
    await disconnected();
  });

  it('has a deadline', async () => {
    const asked = new Promise<void>((resolve) => {
      answer = (_request, socket) => {
        drain(socket);
        resolve();
      };
    });
    const opening = open(new Heard(), { openWithinMs: 700 });
    const failed = expect(opening).rejects.toMatchObject({
      ...{ code: 'TTS_TIMEOUT', retryable: true },
      message: 'Connecting to the voice took longer than 700 ms',
    });
    await asked;
    await clock.skip(700);
    await failed;
    await disconnected();
    expect(clock.pending).toBe(0);
  });

  it('has a deadline for the body of a refusal too', async () => {
    const asked = new Promise<void>((resolve) => {
      answer = (_request, socket) => {
        drain(socket);
        socket.write('HTTP/1.1 503 Busy\r\nContent-Length: 10\r\n\r\nabc', () => resolve());
      };
    });
    const failed = expect(open()).rejects.toMatchObject({ code: 'TTS_TIMEOUT' });
    await asked;
    await clock.skip(5_000);
    await failed;
    await disconnected();
  });

  it('stops with the reason of its signal, before and while it opens', async () => {
    const reason = new Error('left the channel');
    await expect(open(new Heard(), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(connections.size).toBe(0);
    const controller = new AbortController();
    answer = (_request, socket) => {
      drain(socket);
      controller.abort(reason);
    };
    await expect(open(new Heard(), { signal: controller.signal })).rejects.toBe(reason);
    await disconnected();
    expect(clock.pending).toBe(0);
  });

  it.each([
    ['drops the connection', (_request: IncomingMessage, socket: NetSocket) => socket.destroy()],
    [
      'accepts with a wrong key',
      (_request: IncomingMessage, socket: NetSocket) =>
        socket.end(
          'HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n',
        ),
    ],
  ])('fails when the peer %s', async (_what, fault) => {
    answer = fault;
    const heard = new Heard();
    await expect(open(heard)).rejects.toMatchObject({ code: 'TTS_UNREACHABLE', retryable: true });
    await disconnected();
    expect(heard.closed).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('fails when nobody listens, when the address is none, and when the key cannot be sent', async () => {
    await expect(open(new Heard(), { url: 'http://127.0.0.1:1/' })).rejects.toMatchObject({
      code: 'TTS_UNREACHABLE',
    });
    for (const bad of ['speech', 'ftp://127.0.0.1/'])
      await expect(open(new Heard(), { url: bad })).rejects.toMatchObject({ code: 'TTS_ADDRESS' });
    const thrown: unknown = await open(new Heard(), { headers: { key: 'secret\nkey' } }).catch((e) => e);
    expect(thrown).toMatchObject({ code: 'TTS_KEY' });
    expect(JSON.stringify(thrown) + String((thrown as Error).cause)).not.toContain('secret');
  });

  it('leaves nothing behind after many', async () => {
    const opened: WireSocket[] = [];
    for (let i = 0; i < 50; i++) opened.push(await open());
    await Promise.all(opened.map((socket, i) => (i % 2 ? socket.close() : socket.terminate())));
    await disconnected();
    expect(clock.pending).toBe(0);
  });
});
