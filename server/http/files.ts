/** The files of `public/` that anybody may have: scripts, styles and icons, and nothing beside them. */
import { type RequestHandler, type Response, type Router, static as serveFiles } from 'express';
import { newRouter } from './mount.ts';
import type { Site } from './site.ts';
import { publicFolder } from './templates.ts';

export function filesRouter(site: Site): Router {
  // Only a file that is there is ours: of anything else, an application around ours may know more.
  const setHeaders = (response: Response, path: string) => {
    site.begin(response.req, response);
    // The list of types takes `.ts` for a video.
    if (path.endsWith('.ts')) response.setHeader('content-type', 'text/plain; charset=utf-8');
  };
  const serve = (folder: string): RequestHandler =>
    serveFiles(publicFolder + folder, { index: false, redirect: false, setHeaders });
  const router = newRouter();
  // The templates beside it are not for anyone's eyes as they are.
  router.get('/style.css', serve(''));
  for (const folder of ['assets', 'icons']) router.use(`/${folder}`, serve(folder));
  return router;
}
