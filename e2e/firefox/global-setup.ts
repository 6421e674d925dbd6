/** Runs once: finds Firefox and builds the pages, or prints why the tests are skipped. */
import type { TestProject } from 'vitest/node';
import { buildClient } from '../../client/build/build.ts';
import { say } from '../system.ts';
import { findFirefox, firefoxAdvice } from './install.ts';

export default async function setUp(project: TestProject): Promise<void> {
  const program = (await findFirefox()) ?? null;
  if (program === null) say(firefoxAdvice);
  else await buildClient();
  project.provide('firefox', program);
}
