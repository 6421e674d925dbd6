import { describe, expect, it } from 'vitest';
import { relatedOriginsProblem } from './related-origins.ts';

const sites = (...hosts: string[]) => hosts.map((host) => `https://${host}`);

describe('related origins', () => {
  it.each([
    ['five names', sites('a.com', 'b.com', 'c.com', 'd.com', 'e.com')],
    ['one name under many endings', sites('a.com', 'a.de', 'a.fr', 'a.it', 'a.es', 'a.org')],
    [
      'one name where countries have two levels',
      sites('a.com', 'a.co.uk', 'a.com.au', 'a.ne.jp', 'a.ac.at', 'a.org.uk', 'a.net.nz'),
    ],
    ['one name under a suffix that a company keeps', sites('a.github.io', 'a.uk.com', 'a.co.com')],
    ['many hosts of one domain', sites(...Array.from({ length: 100 }, (_, i) => `h${i}.a.com`))],
    ['a domain that is called like a second level', sites('co.de', 'www.b.de')],
    ['localhost', ['http://localhost:3000', 'http://localhost:4000']],
  ])('may be %s', (_name, origins) => {
    expect(relatedOriginsProblem(origins)).toBeNull();
  });

  it('may not have a sixth name, and all are told (WebAuthn L3 §5.11.1)', () => {
    const origins = sites('a.com', 'www.b.com', 'c.co.uk', 'd.com', 'e.com', 'f.com');
    expect(relatedOriginsProblem(origins)).toMatch(/at most 5 .*a, b, c, d, e, f/);
  });

  it.each([
    [
      'people of one host',
      ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `https://${name}.github.io`),
    ],
    [
      'a country with its own rules',
      sites(...['a', 'b', 'c', 'd', 'e', 'f'].map((x) => `${x}.k12.ca.us`)),
    ],
  ])('may not have six names under one public suffix: %s', (_name, origins) => {
    expect(relatedOriginsProblem(origins)).toMatch(/at most 5 .*a, b, c, d, e, f/);
  });

  it('may not be more than a hundred', () => {
    const origins = sites(...Array.from({ length: 101 }, (_, index) => `h${index}.a.com`));
    expect(relatedOriginsProblem(origins)).toMatch(/at most 100 /);
  });
});
