/** Runs once: finds WebKit and builds the pages, or prints why the tests are skipped. */
import type { TestProject } from 'vitest/node';
import { buildClient } from '../../client/build/build.ts';
import { say } from '../system.ts';
import { findWebKit, webKitAdvice } from './install.ts';

export default async function setUp(project: TestProject): Promise<void> {
  const programs = (await findWebKit()) ?? null;
  if (programs === null) say(webKitAdvice);
  else await buildClient();
  project.provide('webKit', programs);
}
