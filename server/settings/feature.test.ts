import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { compose, feature } from './feature.ts';
import { onOff, wholeNumber } from './fields.ts';

const doors = feature({
  fields: { DOORS: wholeNumber(1, 9).default(1) },
  settings: ({ DOORS }) => ({ doors: DOORS }),
});
const locks = feature({
  fields: { LOCKS: onOff('on'), KEY: z.string().optional() },
  reads: { DOORS: doors.fields.DOORS },
  rules: [
    ({ LOCKS, KEY }) => (LOCKS && KEY === undefined ? 'KEY: required with LOCKS' : null),
    ({ KEY, DOORS }) => (KEY === 'master' && DOORS === 1 ? 'KEY: too much for one door' : null),
  ],
  settings: ({ LOCKS, DOORS }) => ({ locks: LOCKS ? DOORS : 0 }),
});
const house = [doors, locks] as const;

describe('features', () => {
  it('become one object, each seeing the variables of others that it reads', () => {
    const env = { DOORS: '3', KEY: 'brass' };
    expect(compose(house, env)).toEqual({ settings: { doors: 3, locks: 3 } });
  });

  it('report bad variables and broken rules together', () => {
    expect(compose(house, { DOORS: 'many' })).toEqual({
      problems: ['DOORS: expected a whole number', 'KEY: required with LOCKS'],
    });
  });

  it('do not judge what a bad variable would decide', () => {
    expect(compose(house, { DOORS: 'one', KEY: 'master' })).toEqual({
      problems: ['DOORS: expected a whole number'],
    });
  });

  it('do not hide a rule that fails of itself', () => {
    const broken = feature({
      fields: {},
      rules: [
        () => {
          throw new TypeError('broken');
        },
      ],
      settings: () => ({}),
    });
    expect(() => compose([broken], {})).toThrow(TypeError);
  });
});
