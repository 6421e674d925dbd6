/** A host on the internet, in which there are no other ones: what clients say of themselves is there. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Network } from '../oidc/public-fetch.ts';
import { authority, certified, name, subjectHost } from './certificate.ts';

const hostname = 'client.example.com';

export interface DocumentHost {
  /** `https://client.example.com:PORT` */
  readonly origin: string;
  /** What it was asked for. */
  readonly asked: string[];
  /** How many connected, whether or not they asked for anything. */
  connections: number;
  answer: (path: string, response: ServerResponse) => void;
  /** What each look at the name finds, the last one again and again. */
  addresses: string[][];
  /** How the server under test reaches it, with 127.0.0.1 as the only public address. */
  readonly network: Network;
  close(): Promise<void>;
}

export async function startDocumentHost(): Promise<DocumentHost> {
  const root = authority('Test root');
  const holder = certified(name({ '2.5.4.3': hostname }), {
    issuer: root,
    extensions: [subjectHost(hostname)],
  });
  const key = holder.privateKey.export({ format: 'pem', type: 'pkcs8' });
  const server = createServer({ key, cert: pem(holder.certificate) });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const host: DocumentHost = {
    origin: `https://${hostname}:${port}`,
    asked: [],
    connections: 0,
    answer: (_path, response) => response.writeHead(404).end(),
    addresses: [['127.0.0.1']],
    network: {
      resolve: async (asked) => {
        if (asked !== hostname) return [];
        return (host.addresses.length > 1 ? host.addresses.shift() : host.addresses[0]) ?? [];
      },
      isPublic: (address) => address === '127.0.0.1',
      ca: pem(root.certificate),
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  server.on('connection', () => {
    host.connections += 1;
  });
  server.on('request', (request, response) => {
    host.asked.push(request.url ?? '');
    host.answer(request.url ?? '', response);
  });
  return host;
}

function pem(certificate: Uint8Array): string {
  const text = Buffer.from(certificate).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${text.replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
}
