import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * What happens to a request, and to its connection with it: it never arrives; it arrives, but its answer
 * does not; it arrives when the connection has been gone for a while; or nothing more is ever heard.
 */
export type Fault = 'lost' | 'unanswered' | 'late' | 'swallowed';

/** An address in front of a database server, which can move to another one, and loses what it is told to. */
export interface Relay {
  /** The same URL, by way of this address. */
  via(url: string): string;
  /** Breaks every connection off; new ones go there. */
  moveTo(port: number): void;
  /** Happens once, to the next request that contains the text. Resolves when it has. */
  strike(text: string, fault: Fault): Promise<void>;
  close(): Promise<void>;
}

const lateMs = 200;

export async function startRelay(target: number): Promise<Relay> {
  let port = target;
  let next: { text: string; fault: Fault; struck: () => void } | undefined;
  const sockets = new Set<Socket>();

  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        if (!late) other.destroy();
      });
    }
    let late = false;
    upstream.on('data', (answer) => client.write(answer));
    client.on('data', (request) => {
      if (next === undefined || !request.includes(next.text)) {
        upstream.write(request);
        return;
      }
      const { fault, struck } = next;
      next = undefined;
      struck();
      upstream.removeAllListeners('data');
      if (fault === 'swallowed') return;
      if (fault === 'unanswered') {
        upstream.once('data', () => client.destroy());
        upstream.write(request);
        return;
      }
      late = fault === 'late';
      client.destroy();
      if (late) setTimeout(() => upstream.end(request), lateMs);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    via(url) {
      const moved = new URL(url);
      moved.port = String((server.address() as AddressInfo).port);
      return moved.href;
    },
    moveTo(elsewhere) {
      port = elsewhere;
      for (const socket of sockets) socket.destroy();
    },
    strike: (text, fault) =>
      new Promise((resolve) => {
        next = { text, fault, struck: resolve };
      }),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
