/** The frame that the admin interface's pages of HTML share: plain HTML and one style sheet. */

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
.histogram { margin: 1rem 0; }
.histogram h2 { font-size: .9rem; margin: 0; }
.bars { display: flex; align-items: flex-end; gap: 2px; height: 6rem; border-bottom: 1px solid #57606a; }
.bars i { flex: 1; max-width: 3rem; background: #8250df; }
.error { color: #9a3412; }
`;

export function pageStart(heading: string): string {
  return `<!DOCTYPE html>
<html lang='en'>
<head><title>Envoy Admin</title><meta name='viewport' content='width=device-width'><style>${STYLE}</style></head>
<body>
<h1>${escapeHtml(heading)}</h1>
`;
}

export const PAGE_END = `</body>
</html>
`;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  "'": '&#39;',
  '"': '&quot;',
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>'"]/g, (character) => ENTITIES[character] ?? character);
}
