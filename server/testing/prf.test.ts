import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { prfOutput } from './prf.ts';

interface Example {
  readonly name: string;
  readonly prf_eval_first: string;
  readonly prf_eval_second?: string;
  readonly prf_results_first: string;
  readonly prf_results_second?: string;
}

const file = new URL('./webauthn-l3-vectors.json', import.meta.url);
const { prf } = JSON.parse(readFileSync(file, 'utf8')) as {
  prf: { hmacSecret: [{ authenticator_cred_random: string }, ...Example[]] };
};
const [{ authenticator_cred_random: credRandom }, ...examples] = prf.hmacSecret;
const evaluate = (input: string) =>
  Buffer.from(prfOutput(Buffer.from(credRandom, 'hex'), Buffer.from(input, 'hex'))).toString('hex');

it.each(examples)('the PRF vectors of WebAuthn L3: $name', (example) => {
  expect(evaluate(example.prf_eval_first)).toBe(example.prf_results_first);
  if (example.prf_eval_second === undefined) return;
  expect(evaluate(example.prf_eval_second)).toBe(example.prf_results_second);
});
