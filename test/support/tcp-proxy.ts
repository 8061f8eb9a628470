/** A way to a server that can be cut, and lost in the very moment in which the server has done what it was asked. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface TcpProxy {
  /** The server's address by way of the proxy. */
  readonly url: string;
  /** Breaks all connections, and takes no new one until `mend`. */
  cut(): Promise<void>;
  mend(): Promise<void>;
  /** Passes nothing on any more over the connections that there are, as a firewall does that forgot them. */
  silence(): void;
  /** The next message that holds this text reaches the server; its answer is lost, with all connections. */
  loseAnswerTo(text: string): void;
  /** How often an answer was lost in this way. */
  readonly lost: number;
  close(): Promise<void>;
}

export async function tcpProxy(serverUrl: string): Promise<TcpProxy> {
  const target = new URL(serverUrl);
  const sockets = new Set<Socket>();
  const silencing = new Set<() => void>();
  let losing: string | null = null;
  let lost = 0;
  const breakAll = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
    let deaf = false;
    let mute = false;
    silencing.add(() => {
      mute = true;
    });
    client.on('data', (data) => {
      if (mute) return;
      if (losing !== null && data.includes(losing)) {
        losing = null;
        deaf = true;
      }
      upstream.write(data);
    });
    upstream.on('data', (data) => {
      if (!deaf) return client.write(data);
      lost += 1;
      breakAll();
      return false;
    });
  });
  let port = 0;
  const listen = async () => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  };
  const cut = async () => {
    const closed = once(server, 'close');
    server.close();
    breakAll();
    await closed;
  };
  await listen();
  const url = new URL(serverUrl);
  url.port = String(port);
  return {
    url: url.href,
    cut,
    mend: listen,
    silence() {
      for (const one of silencing) one();
      silencing.clear();
    },
    loseAnswerTo(text) {
      losing = text;
    },
    get lost() {
      return lost;
    },
    close: async () => {
      if (server.listening) await cut();
    },
  };
}
