import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * What happens to a request and its connection. `lost`: the request does not arrive, and the connection closes.
 * `unanswered`: it arrives, but the connection closes before the answer. `late`: the connection closes, and the request
 * arrives a while later. `swallowed`: the request does not arrive, and the connection stays open.
 */
export type Fault = 'lost' | 'unanswered' | 'late' | 'swallowed';

/** A TCP proxy in front of a database server. It can switch to another server and inject faults. */
export interface Relay {
  /** The same URL with the address of the relay. */
  via(url: string): string;
  /** Closes every connection; new ones go to that port. */
  moveTo(port: number): void;
  /** Injects a fault into the next request that contains the text, once. Resolves when it has happened. */
  injectFault(text: string, fault: Fault): Promise<void>;
  close(): Promise<void>;
}

const lateMs = 200;

export async function startRelay(target: number): Promise<Relay> {
  let port = target;
  let next: { text: string; fault: Fault; injected: () => void } | undefined;
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
      const { fault, injected } = next;
      next = undefined;
      injected();
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
    injectFault: (text, fault) =>
      new Promise((resolve) => {
        next = { text, fault, injected: resolve };
      }),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
