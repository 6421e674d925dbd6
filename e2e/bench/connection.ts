/**
 * One keep-alive connection, one request at a time.
 *
 * A general HTTP client needs more CPU than some of the servers, so that the client would be measured. This one
 * understands only answers as the servers send them: a status, cookies, a place, `Content-Length`, JSON. It refuses
 * others.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  /** `name=value` of each cookie that was set. */
  readonly cookies: readonly string[];
  /** Where it leads; null if nowhere. */
  readonly location: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: answers have every shape
  readonly body: any;
}

const headEnd = '\r\n\r\n';

export class Connection {
  readonly #socket: Socket;
  readonly #headers: string;
  #received = '';
  #waiting: PromiseWithResolvers<Answer> | null = null;

  private constructor(socket: Socket, headers: string) {
    this.#socket = socket;
    this.#headers = headers;
    // In Latin-1 every byte is one character, so that the length in characters is the length in bytes.
    socket.setEncoding('latin1').setNoDelay(true);
    socket.on('data', (text: string) => this.#take(text));
    socket.on('close', () => this.#waiting?.reject(new Error('the connection was closed')));
    socket.on('error', (error) => this.#waiting?.reject(error));
  }

  /** @param headers sent with every request, in addition to length and cookies */
  static async open(port: number, headers: Readonly<Record<string, string>>): Promise<Connection> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const lines = Object.entries({ host: `localhost:${port}`, ...headers });
    return new Connection(socket, lines.map((line) => `${line.join(': ')}\r\n`).join(''));
  }

  get(path: string, cookies: readonly string[], more = ''): Promise<Answer> {
    const cookie = cookies.length > 0 ? `cookie: ${cookies.join('; ')}\r\n` : '';
    return this.#send(`GET ${path} HTTP/1.1\r\n${this.#headers}${cookie}${more}\r\n`);
  }

  post(path: string, body: unknown, cookies: readonly string[]): Promise<Answer> {
    const json = JSON.stringify(body);
    const cookie = cookies.length > 0 ? `cookie: ${cookies.join('; ')}\r\n` : '';
    const length = `content-length: ${Buffer.byteLength(json)}\r\n`;
    return this.#send(`POST ${path} HTTP/1.1\r\n${this.#headers}${cookie}${length}\r\n${json}`);
  }

  /** The headers that are always sent say that it is a form. */
  postForm(path: string, form: Readonly<Record<string, string>>): Promise<Answer> {
    const body = new URLSearchParams(form).toString();
    const length = `content-length: ${Buffer.byteLength(body)}\r\n`;
    return this.#send(`POST ${path} HTTP/1.1\r\n${this.#headers}${length}\r\n${body}`);
  }

  #send(request: string): Promise<Answer> {
    if (this.#waiting !== null) throw new TypeError('one request at a time');
    this.#waiting = Promise.withResolvers();
    this.#socket.write(request);
    return this.#waiting.promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(text: string): void {
    this.#received += text;
    const end = this.#received.indexOf(headEnd);
    if (end === -1) return;
    const head = this.#received.slice(0, end);
    const length = /^content-length: (\d+)\r?$/im.exec(head)?.[1];
    const start = end + headEnd.length;
    const size = this.#received.length - start;
    const waiting = this.#waiting;
    if (waiting === null || length === undefined || size > Number(length)) {
      this.#socket.destroy(new Error(`an answer of an unexpected form: ${head.slice(0, 200)}`));
      return;
    }
    if (size < Number(length)) return;
    const body = Buffer.from(this.#received.slice(start), 'latin1').toString();
    this.#received = '';
    this.#waiting = null;
    waiting.resolve({
      status: Number(head.slice(9, 12)),
      cookies: Array.from(head.matchAll(/^set-cookie: ([^;\r]+)/gim), ([, pair]) => pair ?? ''),
      location: /^location: (.+?)\r?$/im.exec(head)?.[1] ?? null,
      body: body.startsWith('{') ? JSON.parse(body) : null,
    });
  }
}
