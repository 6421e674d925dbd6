/**
 * Domains instead of localhost: every name under `.example` leads to one TLS server, which passes a request to the
 * site with that host name.
 *
 * Guarantees: the browser behaves as with public sites, and uses TLS. The test's certificate is the only additional one
 * that it trusts, and its key is made for this server. No other server is asked, not even for DNS.
 */
import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { type RequestListener, request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TestApp } from '../server/testing/app.ts';

type Sites = Readonly<Record<string, RequestListener>>;

export interface Domains {
  /** Arguments with which Chromium resolves the domains to the server and trusts its certificate. */
  readonly launchArgs: readonly string[];
  /** Sets the sites by host name, and removes all earlier ones. */
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
      // Playwright's setting for a page does not apply to what the browser fetches by itself.
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

/** A proxy that ends TLS and passes on the request with all its headers, also `Host`. */
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

/** A certificate, and the SHA-256 of its SubjectPublicKeyInfo, by which Chromium can be told to trust it. */
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
