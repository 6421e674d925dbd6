/** A real proxy in front of a site, configured as docs/forward-auth.md says. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { codeBlocks, document } from '../../server/testing/documents.ts';
import { onPath } from '../system.ts';

export type Kind = 'nginx' | 'caddy';

export function programs(): Readonly<Record<Kind, string | null>> {
  // Debian has nginx where only root looks.
  const path = (name: string) => onPath(name) ?? onPath(`../sbin/${name}`) ?? null;
  return { nginx: path('nginx'), caddy: path('caddy') };
}

export interface Proxied {
  /** Where the proxy listens. */
  readonly port: number;
  /** Latchkey and the site behind the proxy. */
  readonly latchkey: number;
  readonly site: number;
  /** What is demanded of everybody, as the query says it. */
  readonly demands?: string;
}

interface Running {
  stop(): Promise<void>;
}

const guide = document('docs/forward-auth.md');

/** The host that the guide names, at the port of the test. */
export const originOf = (port: number): string => `http://wiki.localhost:${port}`;

const configurations: Readonly<Record<Kind, (proxied: Proxied) => string>> = {
  caddy: ({ port, demands }) => {
    const site = block('', 'wiki.example.com {').replace('wiki.example.com', originOf(port));
    return `{\n\tadmin off\n}\n${site.replace('/api/forward-auth?', `$&${demands ?? ''}`)}`;
  },
  nginx: ({ port, demands }) => {
    const server = block('nginx', 'server {')
      .replace('listen 443 ssl;', `listen 127.0.0.1:${port};`)
      .replaceAll(/ssl_certificate.*;\n/g, '\n')
      .replace('X-Forwarded-Proto https', 'X-Forwarded-Proto http')
      .replace('X-Forwarded-Host wiki.example.com', `X-Forwarded-Host wiki.localhost:${port}`)
      .replace('wiki.example.com', 'wiki.localhost')
      .replace('status=401', demands === undefined ? '$&' : `$&&${demands}`);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((name) => `${name}_temp_path ${name};`)
      .join(' ');
    return `daemon off; pid nginx.pid; error_log stderr warn; events {}\nhttp { access_log off; ${temporary}\n${server} }`;
  },
};

function block(language: string, beginning: string): string {
  const found = codeBlocks(guide).find(
    (each) => each.language === language && each.code.startsWith(beginning),
  );
  if (found === undefined) throw new Error(`docs/forward-auth.md shows no ${beginning}`);
  return found.code;
}

export async function startProxy(kind: Kind, proxied: Proxied): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), `latchkey-${kind}-`));
  const file = join(folder, 'configuration');
  const text = configurations[kind](proxied)
    .replaceAll('127.0.0.1:3000', `localhost:${proxied.latchkey}`)
    .replaceAll('127.0.0.1:8080', `127.0.0.1:${proxied.site}`);
  writeFileSync(file, text);
  const args =
    kind === 'nginx'
      ? ['-p', folder, '-e', 'stderr', '-c', file]
      : ['run', '--config', file, '--adapter', 'caddyfile'];
  const child = spawn(programs()[kind] ?? kind, args, {
    cwd: folder,
    env: { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    said = (said + part).slice(-4000);
  });
  const ended = once(child, 'exit');
  for (const deadline = Date.now() + 20_000; !(await isOpen(proxied.port)); await pause(20)) {
    if (child.exitCode === null && Date.now() < deadline) continue;
    child.kill('SIGKILL');
    throw new Error(`${kind} does not start: ${said}`);
  }
  return {
    async stop() {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
