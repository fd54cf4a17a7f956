/** `/`: every page as a link or a form. */
import { type FormHandler, formRow, linkRow } from './handler-form.ts';
import { PAGE_END, pageStart } from './page.ts';

export function homePage(handlers: readonly FormHandler[]): string {
  const rows = handlers.map((handler) =>
    handler.mutates || handler.params.length > 0 ? formRow(handler) : linkRow(handler),
  );
  return `${pageStart('Nuncio admin')}${rows.join('\n')}\n${PAGE_END}`;
}
