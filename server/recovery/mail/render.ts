import type { Config } from '../../config.ts';
import type { Letter } from './words.ts';

/** The colours of the pages where the operator has chosen none. */
const plain = {
  light: { button: '#0071e3', 'button-label': '#ffffff' },
  dark: { button: '#0071e3', 'button-label': '#ffffff' },
};

export function textOf({ title, text, code, action, facts, otherwise }: Letter, site: string) {
  const parts = [
    title,
    ...text,
    ...(code === undefined ? [] : [code]),
    ...(action === undefined ? [] : [`${action.label}:\n${action.url}`]),
    facts.map(([name, value]) => `${name}: ${value}`).join('\n'),
    ...otherwise,
    `-- \n${site}`,
  ];
  return `${parts.join('\n\n')}\n`;
}

/**
 * No pictures, no scripts, nothing that is fetched. Programs that know dark mode take the second colours; the others
 * show dark text on a light ground, whatever they do to it.
 */
export function htmlOf(letter: Letter, { rpName, accent }: Pick<Config, 'rpName' | 'accent'>) {
  const { subject, title, text, code, action, facts, otherwise } = letter;
  const { light, dark } = accent ?? plain;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escaped(subject)}</title>
<style>
:root { color-scheme: light dark; }
@media (prefers-color-scheme: dark) {
  .ground { background: #000000 !important; }
  .card { background: #1c1c1e !important; color: #f5f5f7 !important; }
  .faint { color: #a1a1a6 !important; }
  .button { background: ${dark.button} !important; color: ${dark['button-label']} !important; }
  .code { background: #2c2c2e !important; }
}
</style>
</head>
<body class="ground" style="margin:0;padding:24px 12px;background:#f2f2f7;font:17px/1.45 -apple-system,system-ui,'Segoe UI',Roboto,Helvetica,Arial,sans-serif">
<div class="card" style="max-width:30em;margin:0 auto;padding:28px 24px;border-radius:16px;background:#ffffff;color:#1d1d1f">
<p class="faint" style="margin:0 0 6px;font-size:15px;color:#6e6e73"><bdi>${escaped(rpName)}</bdi></p>
<h1 style="margin:0 0 16px;font-size:24px;line-height:1.2">${escaped(title)}</h1>
${text.map(paragraph).join('\n')}
${code === undefined ? '' : `<p class="code" style="margin:20px 0;padding:14px;border-radius:10px;background:#f2f2f7;font:600 28px/1 ui-monospace,Menlo,Consolas,monospace;letter-spacing:.2em;text-align:center">${code}</p>`}
${action === undefined ? '' : button(action, light)}
<table role="presentation" cellpadding="0" cellspacing="0" style="margin:20px 0;font-size:15px;line-height:1.5">
${facts.map(([name, value]) => `<tr><td class="faint" style="padding:0 16px 0 0;vertical-align:top;color:#6e6e73">${escaped(name)}</td><td><bdi>${escaped(value)}</bdi></td></tr>`).join('\n')}
</table>
${otherwise.map((each) => `<p class="faint" style="margin:0 0 12px;font-size:15px;color:#6e6e73">${escaped(each)}</p>`).join('\n')}
</div>
</body>
</html>
`;
}

const paragraph = (text: string) => `<p style="margin:0 0 12px">${escaped(text)}</p>`;

function button(
  { label, url }: NonNullable<Letter['action']>,
  colours: { readonly button: string; readonly 'button-label': string },
): string {
  const style = `display:inline-block;padding:13px 22px;border-radius:12px;background:${colours.button};color:${colours['button-label']};font-weight:600;text-decoration:none`;
  return `<p style="margin:20px 0"><a class="button" href="${escaped(url)}" style="${style}">${escaped(label)}</a></p>`;
}

const escaped = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
