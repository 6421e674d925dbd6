/** What SimpleWebAuthn calls by these names fits the generated types without a cast, in both directions. */
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/browser';
import { expectTypeOf, test } from 'vitest';
import type * as contract from './contract.ts';

test('responses that SimpleWebAuthn makes are bodies of the API', () => {
  expectTypeOf<RegistrationResponseJSON>().toExtend<contract.RegistrationResponseJSON>();
  expectTypeOf<AuthenticationResponseJSON>().toExtend<contract.AuthenticationResponseJSON>();
});

test('options of the API are what SimpleWebAuthn takes, but for the inputs of PRF, which it wants as bytes', () => {
  expectTypeOf<
    Omit<contract.PublicKeyCredentialCreationOptionsJSON, 'extensions'>
  >().toExtend<PublicKeyCredentialCreationOptionsJSON>();
  expectTypeOf<
    Omit<contract.PublicKeyCredentialRequestOptionsJSON, 'extensions'>
  >().toExtend<PublicKeyCredentialRequestOptionsJSON>();
  type Inputs = contract.PublicKeyCredentialCreationOptionsJSON['extensions'];
  expectTypeOf<Omit<Inputs, 'prf'>>().toExtend<
    NonNullable<PublicKeyCredentialCreationOptionsJSON['extensions']>
  >();
});

test('both are what the browser itself makes and takes', () => {
  expectTypeOf<contract.PublicKeyCredentialCreationOptionsJSON>().toExtend<globalThis.PublicKeyCredentialCreationOptionsJSON>();
  expectTypeOf<contract.PublicKeyCredentialRequestOptionsJSON>().toExtend<globalThis.PublicKeyCredentialRequestOptionsJSON>();
});
