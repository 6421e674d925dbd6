/**
 * `/.well-known/…`: the same for everybody under every Host, so there are no cookies here, and nothing of
 * the request is read.
 */
import { passkeyEndpoints, relatedOrigins } from '../native/well-known.ts';
import { endpoint } from './endpoint.ts';
import { ok } from './reply.ts';
import { passkeyEndpointsDocument, relatedOriginsDocument } from './schemas/well-known.ts';

/** The media type alone: WebAuthn L3 §5.11.1 wants `application/json`, and not every reader knows parameters. */
const headers = { 'content-type': 'application/json', 'cache-control': 'public, max-age=3600' };

export const wellKnown = [
  endpoint({
    id: 'relatedOrigins',
    method: 'get',
    path: '/.well-known/webauthn',
    summary: 'The origins that may use passkeys of this domain',
    who: 'anyone',
    when: (config) => relatedOrigins(config) !== null,
    answer: { 200: relatedOriginsDocument },
    codes: [],
    handle: ({ config }) => ok({ origins: relatedOrigins(config)?.origins ?? [] }, { headers }),
  }),
  endpoint({
    id: 'passkeyEndpoints',
    method: 'get',
    path: '/.well-known/passkey-endpoints',
    summary: 'Where password managers send a person to add passkeys or to look after them',
    who: 'anyone',
    answer: { 200: passkeyEndpointsDocument },
    codes: [],
    handle: ({ config }) => ok(passkeyEndpoints(config), { headers }),
  }),
];
