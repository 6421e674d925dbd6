/** The back end of an app that is told of the ends of sign-ins (OpenID Connect Back-Channel Logout 1.0). */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose';

interface Received {
  readonly token: string;
  readonly type: string | undefined;
  readonly connection: string | undefined;
}

export interface LogoutReceiver {
  readonly uri: string;
  /** What was posted, the latest last. */
  readonly received: Received[];
  /** What it answers; 0: nothing at all. */
  answer: number;
  /** As an app must, by §2.6. */
  verify(issuer: string, clientId: string, token?: string): Promise<JWTPayload>;
  close(): Promise<void>;
}

export async function startLogoutReceiver(): Promise<LogoutReceiver> {
  const server = createServer();
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const receiver: LogoutReceiver = {
    uri: `http://localhost:${port}/logout`,
    received: [],
    answer: 200,
    async verify(issuer, clientId, token = receiver.received.at(-1)?.token ?? '') {
      const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));
      const { payload } = await jwtVerify(token, keys, {
        ...{ issuer, audience: clientId, typ: 'logout+jwt' },
        requiredClaims: ['sub', 'iat', 'exp', 'jti', 'events'],
      });
      return payload;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  server.on('request', (request, response) => {
    void read(request).then((body) => {
      const token = new URLSearchParams(body).get('logout_token') ?? '';
      const { 'content-type': type, connection } = request.headers;
      receiver.received.push({ token, type, connection });
      // Where a redirect would lead, it would be seen too.
      if (receiver.answer === 0) response.destroy();
      else response.writeHead(receiver.answer, { location: '/elsewhere' }).end();
    });
  });
  return receiver;
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
