/** WebDriver BiDi, for what Marionette can't do: hear what pages complain of, and set the size of a page. */

interface Message {
  readonly id?: number;
  readonly type: 'success' | 'error' | 'event';
  readonly message?: string;
  readonly method?: string;
  readonly params?: LogEntry;
}

/** https://w3c.github.io/webdriver-bidi/#types-log-logentry */
interface LogEntry {
  readonly type: 'console' | 'javascript';
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly text: string | null;
}

interface Pending {
  resolve(): void;
  reject(error: Error): void;
}

export class Bidi {
  /** Every error and warning of a page, with uncaught errors and CSP violations. */
  readonly complaints: string[] = [];
  readonly #socket: WebSocket;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#receive(JSON.parse(String(data))));
  }

  static async connect(url: string): Promise<Bidi> {
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve);
      socket.addEventListener('error', () => reject(new Error(`No answer from ${url}`)));
    });
    const bidi = new Bidi(socket);
    await bidi.send('session.subscribe', { events: ['log.entryAdded'] });
    return bidi;
  }

  /** Resolves when it is done; whatever happened before has been heard then. */
  send(method: string, params: object = {}): Promise<void> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  close(): void {
    this.#socket.close();
  }

  #receive({ id, type, message, method, params }: Message): void {
    if (method === 'log.entryAdded' && params) this.#listen(params);
    if (id === undefined) return;
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (type === 'error') pending?.reject(new Error(message));
    else pending?.resolve();
  }

  #listen({ type, level, text }: LogEntry): void {
    if (level === 'error' || level === 'warn') this.complaints.push(`${type} ${level}: ${text}`);
  }
}
