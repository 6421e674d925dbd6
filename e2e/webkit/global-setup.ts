/** Once a run: WebKit and what drives it, or a line that says why the tests are skipped. */
import type { TestProject } from 'vitest/node';
import { say } from '../system.ts';
import { findWebKit, webKitAdvice } from './install.ts';

export default async function setUp(project: TestProject): Promise<void> {
  const programs = (await findWebKit()) ?? null;
  if (programs === null) say(webKitAdvice);
  project.provide('webKit', programs);
}
