import { byId } from './by-id.ts';

/** Names the app that a person is on the way to, with its logo if it has one. */
export function showApp({ name, logo }: { name: string; logo?: string }): void {
  byId('app-name').textContent = name;
  if (!logo) return;
  const image = byId<HTMLImageElement>('app-logo');
  image.src = logo;
  image.hidden = false;
}
