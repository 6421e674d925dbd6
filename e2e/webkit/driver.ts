/**
 * WebKit, the engine of Safari, driven over WebDriver: WebKitGTK's MiniBrowser on a virtual screen.
 *
 * Each session has a display, a driver and a home folder of its own, which are removed when it closes. Sessions can
 * run side by side. WebKitGTK has no passkeys: see `stand-in.ts`.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Builder, Capabilities, type WebDriver } from 'selenium-webdriver';
import { start, stop, until } from '../webdriver/processes.ts';
import { savePicture } from '../webdriver/screenshot.ts';
import type { WebKitPrograms } from './install.ts';

const SCREEN = ['-screen', '0', '1600x1200x24', '-nolisten', 'tcp', '-displayfd', '3'];

export const phone = { width: 390, height: 844 } as const;
export const desktop = { width: 1280, height: 900 } as const;

export interface WebKitBrowser {
  readonly driver: WebDriver;
  /** The size of the page itself, as `innerWidth` and `innerHeight` say it. */
  setViewport(size: { width: number; height: number }): Promise<void>;
  screenshot(path: string): Promise<void>;
  close(): Promise<void>;
}

export async function openWebKit(programs: WebKitPrograms): Promise<WebKitBrowser> {
  const home = mkdtempSync(join(tmpdir(), 'latchkey-webkit-'));
  writeStyle(home);
  const cleanUp: (() => Promise<void>)[] = [
    async () => rmSync(home, { recursive: true, force: true, maxRetries: 5 }),
  ];
  const close = async () => {
    for (const step of cleanUp.splice(0).reverse()) await step();
  };
  try {
    const base = { PATH: process.env['PATH'] };
    const screen = start(programs.display, SCREEN, base);
    cleanUp.push(() => stop(screen));
    const display = await until(screen, () => /^\d+(?=\n)/.exec(screen.output.fd3)?.[0]);

    const port = await freePort();
    const env = { ...base, ...surroundings(home), DISPLAY: `:${display}` };
    const service = start(programs.driver, [`--port=${port}`, '--host=127.0.0.1'], env);
    cleanUp.push(() => stop(service));
    await until(service, () => answers(`http://127.0.0.1:${port}/status`));

    const driver = await new Builder()
      .usingServer(`http://127.0.0.1:${port}`)
      .withCapabilities(capabilities(programs.browser))
      .build();
    cleanUp.push(() => driver.quit().catch(() => {}));
    const browser = { driver, close, ...viewOf(driver) };
    await browser.setViewport(desktop);
    return browser;
  } catch (error) {
    await close();
    throw error;
  }
}

function capabilities(binary: string): Capabilities {
  return new Capabilities({
    browserName: 'MiniBrowser',
    'webkitgtk:browserOptions': { binary, args: ['--automation'] },
  });
}

/** An environment apart from the person's own session: no bus, no accessibility bridge, no graphics card. */
function surroundings(home: string): NodeJS.ProcessEnv {
  return {
    HOME: home,
    XDG_RUNTIME_DIR: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_DATA_HOME: join(home, '.data'),
    XDG_CACHE_HOME: join(home, '.cache'),
    DBUS_SESSION_BUS_ADDRESS: 'disabled:',
    NO_AT_BRIDGE: '1',
    GDK_BACKEND: 'x11',
    GSETTINGS_BACKEND: 'memory',
    LIBGL_ALWAYS_SOFTWARE: '1',
    LANG: 'C.UTF-8',
    TZ: 'UTC',
  };
}

/** Without this style the browser's tool bar would keep the window wider than a phone. */
function writeStyle(home: string): void {
  const folder = join(home, '.config', 'gtk-3.0');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'gtk.css'), '* { min-width: 0; padding: 0; margin: 0; }\n');
}

/** The driver prints nothing when it is ready, so it is asked until it answers. */
const answers = (url: string): Promise<true | undefined> =>
  fetch(url).then(
    () => true,
    () => undefined,
  );

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('No port');
  return address.port;
}

function viewOf(driver: WebDriver): Pick<WebKitBrowser, 'setViewport' | 'screenshot'> {
  const inner = () => driver.executeScript<[number, number]>('return [innerWidth, innerHeight]');
  return {
    async setViewport({ width, height }) {
      const window = driver.manage().window();
      // The window has a bar above the page, and it is resized some time after the call.
      let bar = (await window.getRect()).height - (await inner())[1];
      for (const end = Date.now() + 5_000; Date.now() < end; await delay(20)) {
        const [currentWidth, currentHeight] = await inner();
        if (currentWidth === width && currentHeight === height) return;
        const rect = await window.getRect();
        if (rect.width === currentWidth) bar = rect.height - currentHeight;
        await window.setRect({ x: 0, y: 0, width, height: height + bar });
      }
      throw new Error(`The page is ${(await inner()).join('x')}, not ${width}x${height}`);
    },
    screenshot: (path) => savePicture(driver, path),
  };
}
