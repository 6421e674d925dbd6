import { buildClient } from './build.ts';

/** For vitest, once a run: what the server sends to browsers is there. */
export default function setUp(): Promise<void> {
  return buildClient();
}
