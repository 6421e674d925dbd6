/**
 * The protocol that Firefox has built in for WebDriver (Marionette, protocol 3): JSON messages over TCP, each
 * behind its length. It has every command of WebDriver, WebAuthn's virtual authenticators included, so
 * no driver program is needed beside the browser.
 */
import { connect, type Socket } from 'node:net';

/** What Firefox answers if a command fails: an error code of WebDriver and a text. */
interface Failure {
  readonly error: string;
  readonly message: string;
}

type Reply = [type: 1, id: number, failure: Failure | null, result: unknown];

export class MarionetteError extends Error {
  override readonly name = 'MarionetteError';
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(`${failure.error}: ${failure.message}`);
    this.failure = failure;
  }
}

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

export class Marionette {
  readonly #socket: Socket;
  readonly #pending = new Map<number, Pending>();
  #received: Buffer = Buffer.alloc(0);
  #lastId = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', () => {});
    socket.on('close', () => this.#abandon());
  }

  /** Rejects if nothing listens at the port of this machine. */
  static connect(port: number): Promise<Marionette> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('error', reject);
      socket.once('connect', () => resolve(new Marionette(socket)));
    });
  }

  /** @throws {MarionetteError} if the browser refuses the command */
  send(command: string, parameters: object = {}): Promise<unknown> {
    const id = ++this.#lastId;
    const message = JSON.stringify([0, id, command, parameters]);
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#socket.write(`${Buffer.byteLength(message)}:${message}`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    for (;;) {
      const start = this.#received.indexOf(':') + 1;
      const end = start + Number(this.#received.subarray(0, Math.max(0, start - 1)));
      if (start === 0 || this.#received.length < end) return;
      const message: unknown = JSON.parse(this.#received.toString('utf8', start, end));
      this.#received = this.#received.subarray(end);
      // The first message only greets.
      if (Array.isArray(message)) this.#settle(message as Reply);
    }
  }

  #settle([, id, failure, result]: Reply): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (failure) pending?.reject(new MarionetteError(failure));
    else pending?.resolve(result);
  }

  #abandon(): void {
    const failure = { error: 'unknown error', message: 'the browser has ended' };
    for (const { reject } of this.#pending.values()) reject(new MarionetteError(failure));
    this.#pending.clear();
  }
}
