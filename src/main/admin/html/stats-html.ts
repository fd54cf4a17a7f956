/** `/stats?format=html` and `active-html`: what was asked for as a form, and the statistics. */
import type { AdminParam } from '../admin-handler.ts';
import type { QueryParams } from '../query-params.ts';
import { ACTIVE_STATS_SCRIPT } from './active-stats-script.ts';
import { type FormHandler, formRow } from './handler-form.ts';
import { PAGE_END, pageStart } from './page.ts';

const BACK = "<p><a href='.'>all pages</a></p>\n";

/** @param content HTML, from `<pre>` on */
export function* statsHtmlPage(handler: FormHandler, query: QueryParams, content: Iterable<string>): Iterable<string> {
  yield `${pageStart('Statistics')}${BACK}${formRow(handler, { values: query, live: true })}\n<pre>\n`;
  yield* content;
  yield `</pre>\n${PAGE_END}`;
}

/** Statistics as they change; the browser fetches them. */
export function activeStatsPage(handler: FormHandler, query: QueryParams): string {
  const kept = (param: AdminParam): boolean => !['format', 'histogram_buckets'].includes(param.name);
  const more =
    "<input type='hidden' name='format' value='active-html'>" +
    numberField('max-display-count', 50, query, 'Maximum number of stats to display') +
    numberField('update-interval', 5, query, 'Number of seconds between each update');
  const form = formRow({ ...handler, params: handler.params.filter(kept) }, { values: query, more });
  return (
    `${pageStart('Active statistics')}${BACK}${form}\n<p class='error' id='active-status'></p>\n` +
    `<pre id='active-content'></pre>\n<script>${ACTIVE_STATS_SCRIPT}</script>\n${PAGE_END}`
  );
}

function numberField(name: string, fallback: number, query: QueryParams, help: string): string {
  const value = Number.parseInt(query.get(name) ?? '', 10);
  return `<label><input type='text' name='${name}' value='${value > 0 ? value : fallback}'>${help}</label>`;
}
