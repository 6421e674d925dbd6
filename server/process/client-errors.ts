/**
 * Answers what node:http could not read as a request, as node:http would by itself, but with a page for the one
 * kind that people meet: the cookies of a domain above ours, of which a browser may send more than we read.
 */
import type { RequestListener, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** How long whoever still sends has to read the answer. */
const lingerMs = 1_000;

const status: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

export interface ClientErrors {
  /** Answers them on the connections of this server. */
  guard(server: Server): void;
  /** Goes around the handler, to see on which connections an answer has begun. */
  watch(handle: RequestListener): RequestListener;
}

/** @param tooLarge the page, in HTML, for headers that are larger than what is read */
export function answerClientErrors(tooLarge: string): ClientErrors {
  const answering = new WeakMap<Duplex, ServerResponse>();

  function answer({ code = '' }: Error & { code?: string }, socket: Duplex): void {
    // It has its answer, and what it still sends is told of again.
    if (socket.writableEnded) return;
    const begun = answering.get(socket);
    if (!socket.writable || (begun?.headersSent && !begun.writableFinished)) {
      socket.destroy();
      return;
    }
    socket.end(
      message(status[code] ?? '400 Bad Request', code === 'HPE_HEADER_OVERFLOW' ? tooLarge : ''),
    );
    // A connection that is closed while it still brings something is reset, and the answer with it.
    socket.resume();
    setTimeout(() => socket.destroy(), lingerMs).unref();
  }

  return {
    guard: (server) => {
      server.on('clientError', answer);
    },
    watch: (handle) => (request, response) => {
      answering.set(request.socket, response);
      handle(request, response);
    },
  };
}

function message(statusLine: string, page: string): string {
  const lines = [
    `HTTP/1.1 ${statusLine}`,
    'connection: close',
    'cache-control: no-store',
    "content-security-policy: default-src 'none'",
    'content-type: text/html; charset=utf-8',
    `content-length: ${Buffer.byteLength(page)}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${page}`;
}
