/** `/`: every page as a link or a form. Plain HTML and one style sheet; works without scripts. */
import type { AdminHandler, AdminParam } from './admin-handler.ts';

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1b1f24; }
h1 { font-size: 1.4rem; }
section { border-top: 1px solid #d8dee4; padding: .6rem 0; display: grid; grid-template-columns: 16rem 1fr; }
section p { margin: 0; }
a, button { font: inherit; font-weight: 600; }
a { color: #0550ae; }
form { display: grid; grid-template-columns: subgrid; grid-column: 1 / -1; row-gap: .3rem; }
form label { grid-column: 2; font-size: .9rem; color: #57606a; }
form label input[type=text], form label select { margin-right: .5rem; }
.changes button { color: #9a3412; }
`;

export function homePage(handlers: readonly AdminHandler[]): string {
  const rows = handlers.map((handler) =>
    handler.mutates || handler.params.length > 0 ? formRow(handler) : linkRow(handler),
  );
  return `<!DOCTYPE html>
<html lang='en'>
<head><title>Envoy Admin</title><meta name='viewport' content='width=device-width'><style>${STYLE}</style></head>
<body>
<h1>Nuncio admin</h1>
${rows.join('\n')}
</body>
</html>
`;
}

function linkRow(handler: AdminHandler): string {
  const name = escapeHtml(handler.path.slice(1));
  return `<section><a href='${name}'>${name}</a><p>${escapeHtml(handler.help)}</p></section>`;
}

function formRow(handler: AdminHandler): string {
  const name = escapeHtml(handler.path.slice(1));
  const method = handler.mutates ? 'post' : 'get';
  const fields = handler.params.map((param) => field(param)).join('');
  return (
    `<section${handler.mutates ? " class='changes'" : ''}><form action='${name}' method='${method}'>` +
    `<div><button>${name}</button></div><p>${escapeHtml(handler.help)}</p>${fields}</form></section>`
  );
}

function field(param: AdminParam): string {
  const name = escapeHtml(param.name);
  const help = escapeHtml(`${param.name}: ${param.help}`);
  return `<label>${input(param, name)}${help}</label>`;
}

function input(param: AdminParam, name: string): string {
  if (param.kind === 'boolean') return `<input type='checkbox' name='${name}'>`;
  if (param.kind === 'text') return `<input type='text' name='${name}'>`;
  const options = (param.choices ?? []).map((choice) => `<option>${escapeHtml(choice)}</option>`);
  return `<select name='${name}'>${options.join('')}</select>`;
}

export function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    "'": '&#39;',
    '"': '&quot;',
  };
  return text.replace(/[&<>'"]/g, (character) => entities[character] ?? character);
}
