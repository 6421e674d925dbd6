import { byId } from './by-id.ts';

/** A copy of a template's one element, and a way to reach its parts. */
export function clone(id: string) {
  const template = byId(id) as unknown as HTMLTemplateElement;
  const root = (template.content.cloneNode(true) as DocumentFragment)
    .firstElementChild as HTMLElement;
  return {
    root,
    part: <T extends Element = HTMLElement>(selector: string) => root.querySelector(selector) as T,
  };
}
