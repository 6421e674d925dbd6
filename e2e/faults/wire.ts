import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A connection on which anything can be said, in any order and at any pace. */
export interface Wire {
  readonly socket: Socket;
  /** Everything that came back so far. */
  heard(): string;
  /** Resolves once that holds this. Rejects if the connection is closed before. */
  hears(text: RegExp): Promise<string>;
  /** Resolves when the connection is closed, to the milliseconds since it was opened. */
  readonly closed: Promise<number>;
}

export async function dial(port: number): Promise<Wire> {
  const socket = connect(port, 'localhost').setEncoding('latin1');
  await once(socket, 'connect');
  const opened = performance.now();
  let heard = '';
  const closed = new Promise<number>((resolve) => {
    socket.once('close', () => resolve(performance.now() - opened));
  });
  socket.on('data', (text: string) => {
    heard += text;
  });
  // Being cut off is what most of them are for.
  socket.on('error', () => {});
  return {
    socket,
    heard: () => heard,
    closed,
    hears: (text) =>
      new Promise((resolve, reject) => {
        const look = () => text.test(heard) && resolve(heard);
        socket.on('data', look);
        socket.once('close', () => reject(new Error(`closed after: ${heard.slice(0, 500)}`)));
        look();
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
