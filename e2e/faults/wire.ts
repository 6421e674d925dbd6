/** HTTP by hand: connections on which a test can send any bytes at any pace. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Wire {
  readonly socket: Socket;
  /** Everything that was received since the last `forget`. */
  heard(): string;
  forget(): void;
  /** Resolves when `look` finds something in what was received. Rejects if the connection closes before. */
  until<Found>(look: (heard: string) => Found | null): Promise<Found>;
  /** Resolves when the connection is closed, to the milliseconds since it was opened. */
  readonly closed: Promise<number>;
}

export interface Reply {
  readonly status: number;
  readonly head: string;
  // biome-ignore lint/suspicious/noExplicitAny: replies have every shape
  readonly body: any;
}

export async function dial(port: number): Promise<Wire> {
  const socket = connect(port, 'localhost').setEncoding('latin1').setNoDelay(true);
  await once(socket, 'connect');
  const opened = performance.now();
  let heard = '';
  const closed = new Promise<number>((resolve) => {
    socket.once('close', () => resolve(performance.now() - opened));
  });
  // Most tests expect a reset.
  socket.on('error', () => {});
  socket.on('data', (text: string) => {
    heard += text;
  });
  return {
    socket,
    heard: () => heard,
    forget: () => {
      heard = '';
    },
    closed,
    until: (look) =>
      new Promise((resolve, reject) => {
        const tryIt = () => {
          const found = look(heard);
          if (found === null) return false;
          socket.off('data', tryIt).off('close', end);
          resolve(found);
          return true;
        };
        const end = () => reject(new Error(`closed after: ${heard.slice(0, 500)}`));
        if (tryIt()) return;
        if (socket.destroyed) return end();
        socket.on('data', tryIt).once('close', end);
      }),
  };
}

/** A request line and headers, and a body or the beginning of one. */
export function message(
  start: string,
  headers: Readonly<Record<string, string | number>>,
  body = '',
): string {
  const lines = Object.entries({ host: 'localhost', ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return `${start} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

/** Sends a call and waits for the whole reply. Rejects if the connection closes before. */
export async function ask(wire: Wire, path: string, cookie: string, body: unknown): Promise<Reply> {
  const text = JSON.stringify(body);
  const headers = { cookie, 'content-type': 'application/json', 'content-length': text.length };
  wire.forget();
  wire.socket.write(message(`POST ${path}`, headers, text));
  return wire.until(wholeReply);
}

export function wholeReply(heard: string): Reply | null {
  const [head = '', rest] = heard.split(/\r\n\r\n(.*)/s);
  const length = /^content-length: (\d+)/im.exec(head)?.[1];
  if (rest === undefined || length === undefined || rest.length < Number(length)) return null;
  return { status: Number(head.slice(9, 12)), head, body: JSON.parse(rest) };
}

export function cookiesOf({ head }: Reply): string {
  return Array.from(head.matchAll(/^set-cookie: ([^;\r]+)/gim), ([, pair]) => pair).join('; ');
}
