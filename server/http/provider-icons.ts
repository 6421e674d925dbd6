import { RpError } from '../errors.ts';
import { findProvider } from '../providers/catalogue.ts';
import { endpoint } from './endpoint.ts';
import { ok } from './reply.ts';

export const providerIcons = [
  endpoint({
    id: 'providerIcon',
    method: 'get',
    path: '/providers/{aaguid}/{theme}',
    summary: 'The icon of a passkey provider, for a `light` or a `dark` page',
    who: 'anyone',
    answer: { 200: 'image/*' },
    codes: ['not_found'],
    handle: (_deps, { params: { aaguid, theme } }) => {
      const provider = findProvider(aaguid);
      const icon = theme === 'light' ? provider?.iconLight : theme === 'dark' && provider?.iconDark;
      const [, type, data] = /^data:(image\/[a-z+]+);base64,(.+)$/.exec(icon || '') ?? [];
      if (type === undefined || data === undefined) throw new RpError('not_found');
      return ok(Buffer.from(data, 'base64'), {
        headers: {
          'content-type': type,
          'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
          'cache-control': 'public, max-age=86400',
        },
      });
    },
  }),
];
