import type { Config } from '../config.ts';
import { account } from './account.ts';
import { activity } from './activity.ts';
import { appleAccount } from './apple.ts';
import { appleWeb } from './apple-web.ts';
import { authentication } from './authentication.ts';
import { brand } from './brand.ts';
import { credentials } from './credentials.ts';
import type { Endpoint } from './endpoint.ts';
import { forwardAuth } from './forward-auth.ts';
import { interactions } from './interactions.ts';
import { documentEndpoint } from './openapi.ts';
import { operationEndpoints } from './operations.ts';
import { operators } from './operators.ts';
import { pageEndpoints } from './pages.ts';
import { providerIcons } from './provider-icons.ts';
import { recovery } from './recovery.ts';
import { recoveryByMail } from './recovery-by-mail.ts';
import { registration } from './registration.ts';
import { session } from './session.ts';
import { sessions } from './sessions.ts';
import { vault } from './vault.ts';
import { wellKnown } from './well-known.ts';

/** The endpoints that there are under this configuration: those to mount and to document. */
export function endpointsFor(config: Config): readonly Endpoint[] {
  return everyEndpoint(config).filter(({ when }) => when?.(config) ?? true);
}

/**
 * Every endpoint, in the order of the document. The rows of a new resource are listed here, and are mounted and
 * documented by that.
 */
export function everyEndpoint(config: Config): readonly Endpoint[] {
  return [
    ...registration,
    ...authentication,
    ...session,
    ...account,
    ...sessions,
    ...credentials,
    ...activity,
    ...vault,
    ...recovery,
    ...recoveryByMail,
    ...appleAccount,
    ...appleWeb,
    ...interactions,
    ...forwardAuth,
    ...operators,
    ...wellKnown,
    ...providerIcons,
    ...brand,
    ...operationEndpoints(),
    documentEndpoint(endpointsFor),
    ...pageEndpoints(config),
  ];
}
