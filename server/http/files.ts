/** The files of `public/` that anybody may have: scripts, styles and icons, and nothing beside them. */
import { hash } from 'node:crypto';
import { readFileSync, type Stats } from 'node:fs';
import { type RequestHandler, type Response, type Router, static as serveFiles } from 'express';
import { forever } from './brand.ts';
import { newRouter } from './mount.ts';
import type { Site } from './site.ts';
import { publicFolder } from './templates.ts';

export function filesRouter(site: Site): Router {
  const versionOf = versionReader();
  // Only a file that is there is ours: of anything else, an application around ours may know more.
  const setHeaders = (response: Response, path: string, stats: Stats) => {
    site.begin(response.req, response);
    // The list of types takes `.ts` for a video.
    if (path.endsWith('.ts')) response.setHeader('content-type', 'text/plain; charset=utf-8');
    const [, asked] = response.req.originalUrl.split('?');
    // While nodes are upgraded, the page may be of one, and another one has another version of the file.
    if (asked !== undefined && asked === versionOf(path, stats)) {
      response.setHeader('cache-control', forever);
    }
  };
  const serve = (folder: string): RequestHandler =>
    serveFiles(publicFolder + folder, { index: false, redirect: false, setHeaders });
  const router = newRouter();
  // The templates beside it are not for anyone's eyes as they are.
  router.get('/style.css', serve(''));
  for (const folder of ['assets', 'icons']) router.use(`/${folder}`, serve(folder));
  return router;
}

/** The version of a file as it is now, by which the build names it in pages; null if it has just gone. */
function versionReader(): (path: string, stats: Stats) => string | null {
  const known = new Map<string, { mtimeMs: number; version: string }>();
  return (path, { mtimeMs }) => {
    const last = known.get(path);
    if (last?.mtimeMs === mtimeMs) return last.version;
    try {
      const version = hash('sha256', readFileSync(path), 'base64url').slice(0, 8);
      known.set(path, { mtimeMs, version });
      return version;
    } catch {
      return null;
    }
  };
}
