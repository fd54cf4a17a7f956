import type { Extension, ExtensionCategory } from '../sdk/extension.ts';

const BEGIN = '<!-- extensions begin: written by `npm run docs` -->';
const END = '<!-- extensions end -->';

type Described = Pick<Extension, 'category' | 'name' | 'configTypes'>;

/** A Markdown table of `extensions`, a category a row group, in the order of their names. */
export function featureTable(extensions: readonly Described[]): string {
  const rows = extensions
    .toSorted((a, b) => compare(a.category, b.category) || compare(a.name, b.name))
    .map((extension, index, all) => row(extension, all[index - 1]?.category));
  return ['| category | extension | configuration |', '|---|---|---|', ...rows].join('\n');
}

function row({ category, name, configTypes }: Described, above: ExtensionCategory | undefined): string {
  const types = configTypes.map((type) => `\`${type}\``).join('<br>');
  return `| ${category === above ? '' : category} | \`${name}\` | ${types} |`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** `page` with `table` between its two markers. Throws when it has none. */
export function withTable(page: string, table: string): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from === -1 || to < from) throw new Error(`the page has no ${BEGIN} … ${END}`);
  return `${page.slice(0, from + BEGIN.length)}\n\n${table}\n\n${page.slice(to)}`;
}
