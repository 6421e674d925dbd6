/** The programs of the project as processes, configured by their environment alone. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const ourRoot = fileURLToPath(new URL('../../', import.meta.url));

/** As in `package.json`. */
export const nodeFlags: readonly string[] = [
  '--disable-warning=ExperimentalWarning',
  ...['--import', join(ourRoot, 'server/process/quick-imports.ts')],
];

export type Environment = Readonly<Record<string, string>>;

/** @param script below `server/` */
export function spawnScript(
  script: string,
  args: readonly string[],
  cwd: string,
  env: Environment,
  { root = ourRoot, ...options }: Pick<SpawnOptions, 'detached'> & { root?: string } = {},
) {
  const path = join(root, 'server', script);
  return spawn(process.execPath, [...nodeFlags, path, ...args], {
    ...options,
    cwd,
    env: { ...env },
    stdio: 'pipe',
  });
}

/** @param script below `server/` */
export async function runScript(
  script: string,
  args: readonly string[],
  cwd: string,
  env: Environment = {},
): Promise<Ended> {
  const child = spawnScript(script, args, cwd, env);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data: Buffer) => {
    stdout += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString();
  });
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, stdout, stderr };
}

export interface ServerProcess {
  readonly origin: string;
  readonly child: ChildProcess;
  /** Everything that it has said. */
  output(): string;
  stop(): Promise<void>;
}

/** A server of its own on a free port; resolves when it is ready. */
export async function startServer(
  cwd: string,
  env: Environment = {},
  root = ourRoot,
): Promise<ServerProcess> {
  const port = await freePort();
  const child = spawnScript('main.ts', [], cwd, { PORT: String(port), ...env }, { root });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => {
      output += data.toString();
    });
  }
  const exited = once(child, 'exit');
  while (!output.includes('is ready')) {
    if (child.exitCode !== null) throw new Error(`the server ended: ${output}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return {
    origin: `http://localhost:${port}`,
    child,
    output: () => output,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0);
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}

/** The IDs of the running child processes. */
export function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

export function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
