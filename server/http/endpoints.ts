import type { Config } from '../config.ts';
import { account } from './account.ts';
import { activity } from './activity.ts';
import { authentication } from './authentication.ts';
import { credentials } from './credentials.ts';
import type { Endpoint } from './endpoint.ts';
import { documentEndpoint } from './openapi.ts';
import { operationEndpoints } from './operations.ts';
import { pageEndpoints } from './pages.ts';
import { providerIcons } from './provider-icons.ts';
import { registration } from './registration.ts';
import { session } from './session.ts';
import { sessions } from './sessions.ts';
import { wellKnown } from './well-known.ts';

/**
 * Every endpoint that there is under this configuration, in the order of the document. The rows of a new
 * resource are listed here, and are mounted and documented by that.
 */
export function endpointsFor(config: Config): readonly Endpoint[] {
  const rows: readonly Endpoint[] = [
    ...registration,
    ...authentication,
    ...session,
    ...account,
    ...sessions,
    ...credentials,
    ...activity,
    ...wellKnown,
    ...providerIcons,
    ...operationEndpoints(),
    documentEndpoint(() => configured),
    ...pageEndpoints(config),
  ];
  const configured = rows.filter(({ when }) => when?.(config) ?? true);
  return configured;
}
