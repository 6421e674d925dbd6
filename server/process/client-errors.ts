/**
 * Answers requests that node:http can't parse with the same status as node:http itself, but with a page for the one case
 * that people meet: too many cookies of a parent domain, so that the headers are too large.
 */
import type { RequestListener, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** How long the connection stays open, so that a client that is still sending can read the answer. */
const lingerMs = 1_000;

const status: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

export interface ClientErrors {
  /** Answers such requests on the connections of this server. */
  guard(server: Server): void;
  /** Wraps the handler, to know on which connections an answer has begun. */
  watch(handle: RequestListener): RequestListener;
}

/** @param tooLarge the page, in HTML, for headers that are too large */
export function answerClientErrors(tooLarge: string): ClientErrors {
  const answering = new WeakMap<Duplex, ServerResponse>();

  function answer({ code = '' }: Error & { code?: string }, socket: Duplex): void {
    // It was answered already; more errors follow because it is still sending.
    if (socket.writableEnded) return;
    const begun = answering.get(socket);
    if (!socket.writable || (begun?.headersSent && !begun.writableFinished)) {
      socket.destroy();
      return;
    }
    socket.end(
      message(status[code] ?? '400 Bad Request', code === 'HPE_HEADER_OVERFLOW' ? tooLarge : ''),
    );
    // If the connection were closed with unread bytes, it would be reset, and the answer would be lost.
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
