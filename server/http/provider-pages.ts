import type { Config } from '../config.ts';
import type { Provider } from './app-visits.ts';
import { brandValues } from './brand.ts';
import { pageLanguages, readOpenTemplate, readTemplate } from './templates.ts';

type Pages = Parameters<Provider['handle']>[0]['pages'];

/** The pages that the OpenID provider shows itself, by the `Accept-Language` of a request. */
export function providerPages(config: Config): (acceptLanguage?: string) => Pages {
  const values = brandValues(config);
  const problem = readOpenTemplate('app-problem.html', values);
  const signOut = readOpenTemplate('sign-out.html', values);
  const signedOut = readTemplate('signed-out.html', values);
  const unavailable = readTemplate('unavailable.html', values);
  const languages = pageLanguages();
  return (acceptLanguage) => ({
    languages,
    problem: (said) => problem(acceptLanguage)({ ...said }),
    signOut: (form) => signOut(acceptLanguage)({ ...form }),
    signedOut: () => signedOut(acceptLanguage),
    unavailable: () => unavailable(acceptLanguage),
  });
}
