/**
 * `/.well-known/…`: the same for everybody under every Host, so there are no cookies here, and nothing of
 * the request is read.
 */
import {
  appleAssociation,
  assetLinks,
  passkeyEndpoints,
  relatedOrigins,
} from '../native/well-known.ts';
import { endpoint } from './endpoint.ts';
import { ok } from './reply.ts';
import {
  appleAssociationDocument,
  assetLinksDocument,
  passkeyEndpointsDocument,
  relatedOriginsDocument,
} from './schemas/well-known.ts';

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
  endpoint({
    id: 'appleAssociation',
    method: 'get',
    path: '/.well-known/apple-app-site-association',
    summary: 'Which apps on Apple’s systems belong to this domain',
    who: 'anyone',
    when: (config) => appleAssociation(config) !== null,
    answer: { 200: appleAssociationDocument },
    codes: [],
    handle: ({ config }) => ok(appleAssociation(config) ?? {}, { headers }),
  }),
  endpoint({
    id: 'assetLinks',
    method: 'get',
    path: '/.well-known/assetlinks.json',
    summary: 'Which Android apps belong to this domain',
    who: 'anyone',
    when: (config) => assetLinks(config) !== null,
    answer: { 200: assetLinksDocument },
    codes: [],
    handle: ({ config }) => ok(assetLinks(config) ?? [], { headers }),
  }),
];
