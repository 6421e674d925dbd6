import { expect, test } from 'vitest';
import { fillIn } from './fill-in.ts';

const words = {
  lang: 'en',
  door: { title: 'Ann & “Bob”s <door>', greet: (name: string) => `Hello, ${name}!` },
};

test('a word stands in the place of its name, as text', () => {
  expect(fillIn('<html lang="{{lang}}"><h1>{{door.title}}</h1>', words)).toBe(
    '<html lang="en"><h1>Ann &#38; “Bob”s &#60;door&#62;</h1>',
  );
});

test('what is no group of words is left for the server', () => {
  expect(fillIn('{{lang}} {{rpName}}', words)).toBe('en {{rpName}}');
});

test('a value of the server stands where the words have it', () => {
  expect(fillIn('{{door.greet(rpName)}}', words)).toBe('Hello, {{rpName}}!');
});

test.each([
  '{{door.missing}}',
  '{{missing.title}}',
  '{{door.greet}}',
  '{{door.title(rpName)}}',
  '{{door}}',
])('%s is a mistake in the page', (html) => {
  expect(() => fillIn(html, words)).toThrow(TypeError);
});
