/** Writes what docs repeat of the code: README's table of extensions. Run by `npm run docs`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadBuiltinExtensions } from './builtin-extensions.ts';
import { featureTable, withTable } from './feature-table.ts';

const readme = join(import.meta.dirname, '..', 'README.md');
const extensions = (await loadBuiltinExtensions()) ?? [];
writeFileSync(readme, withTable(readFileSync(readme, 'utf8'), featureTable(extensions)));
