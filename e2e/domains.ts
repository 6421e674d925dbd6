/**
 * Domains instead of localhost: every name under `.example` leads to one TLS server, which gives a request
 * to what stands there under that host name.
 *
 * Guarantees: the browser does all that it does out on the net, TLS among it; the one key that it trusts
 * beyond its own lives as long as the server; nobody else is asked, not even for an address.
 */
import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { type RequestListener, request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TestApp } from '../server/testing/app.ts';

type Sites = Readonly<Record<string, RequestListener>>;

export interface Domains {
  /** With these Chromium finds the domains, and trusts them. */
  readonly launchArgs: readonly string[];
  /** By host name, in the place of all that stood there. */
  serve(sites: Sites): void;
  close(): Promise<void>;
}

export async function startDomains(): Promise<Domains> {
  const { key, cert, spki } = await newCertificate();
  let sites: Sites = {};
  const server = createServer({ key, cert }, (incoming, response) => {
    const site = sites[incoming.headers.host ?? ''];
    if (site) site(incoming, response);
    else response.destroy();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    launchArgs: [
      `--host-resolver-rules=MAP *.example:443 127.0.0.1:${port}`,
      // The one for a page does not reach what the browser fetches by itself.
      `--ignore-certificate-errors-spki-list=${spki}`,
    ],
    serve: (standing) => {
      sites = standing;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** As a proxy that ends TLS: the server sees the request as it came, its Host among it. */
export function proxyTo({ port }: TestApp): RequestListener {
  return (incoming, response) => {
    const { method, url: path, headers } = incoming;
    const outgoing = request({ host: 'localhost', port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    outgoing.once('error', () => response.destroy());
    incoming.pipe(outgoing);
  };
}

/** Chromium knows a key that it is told to trust by the SHA-256 of its SubjectPublicKeyInfo. */
async function newCertificate() {
  const { certified, name, subjectHost } = await import('../server/testing/certificate.ts');
  const holder = certified(name({ '2.5.4.3': 'Domains' }), {
    extensions: [subjectHost('*.example')],
  });
  const certificate = new X509Certificate(holder.certificate);
  const spki = certificate.publicKey.export({ format: 'der', type: 'spki' });
  return {
    key: holder.privateKey.export({ format: 'pem', type: 'pkcs8' }),
    cert: certificate.toString(),
    spki: createHash('sha256').update(spki).digest('base64'),
  };
}
