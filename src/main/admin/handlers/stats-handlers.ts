/** `/stats`, `/stats/prometheus`, `/stats/recentlookups…`, `/reset_counters` (source/server/admin/stats_handler.cc). */
import { JsonRender } from '../../stats/json-render.ts';
import { renderPrometheus } from '../../stats/prometheus-render.ts';
import { renderStats } from '../../stats/stats-page.ts';
import { parseStatsParams, STAT_KINDS, type StatsParams } from '../../stats/stats-params.ts';
import { TextRender } from '../../stats/text-render.ts';
import type { AdminContext } from '../admin-context.ts';
import {
  type AdminHandler,
  type AdminParam,
  type AdminResponse,
  HTML,
  JSON_TYPE,
  okReply,
  TEXT,
  textReply,
} from '../admin-handler.ts';
import { escapeHtml } from '../home-page.ts';
import type { QueryParams } from '../query-params.ts';

const USED_ONLY: AdminParam = {
  name: 'usedonly',
  kind: 'boolean',
  help: 'Only include stats that have been written by system since restart',
};
const FILTER: AdminParam = {
  name: 'filter',
  kind: 'text',
  help: 'Regular expression (Google re2) for filtering stats',
};
const INVERT: AdminParam = { name: 'invert_filter', kind: 'boolean', help: 'Invert the filter regex' };

function bucketsParam(choices: readonly string[]): AdminParam {
  return { name: 'histogram_buckets', kind: 'choice', help: 'Histogram bucket display mode', choices };
}

function page(query: QueryParams, context: AdminContext, name: 'stats' | 'prometheus'): AdminResponse {
  const params = parseStatsParams(query, name);
  if ('error' in params) return textReply(params.error, 400);
  if (context.flushStatsOnAdmin) context.flushStats();
  context.updateGauges();
  return { status: 200, contentType: contentType(params), body: body(params, context) };
}

function contentType(params: StatsParams): string {
  if (params.format === 'json') return JSON_TYPE;
  return params.format === 'html' || params.format === 'active-html' ? HTML : TEXT;
}

function body(params: StatsParams, context: AdminContext): Iterable<string> {
  if (params.format === 'prometheus') return renderPrometheus(context, context.tags, params);
  if (params.format === 'json') return renderStats(context, params, new JsonRender(params.bucketsMode));
  const text = renderStats(context, params, new TextRender(params.bucketsMode));
  return params.format === 'text' ? text : htmlPage(text, params.format === 'active-html');
}

const REFRESH_SECONDS = 5;

/** The text in a page of HTML; `active` asks the browser to fetch it again from time to time. */
function* htmlPage(text: Iterable<string>, active: boolean): Iterable<string> {
  const refresh = active ? `<meta http-equiv='refresh' content='${REFRESH_SECONDS}'>` : '';
  yield `<!DOCTYPE html>\n<html lang='en'>\n<head><title>Envoy Admin</title>${refresh}</head>\n<body>\n<pre>\n`;
  for (const chunk of text) yield escapeHtml(chunk);
  yield '</pre>\n</body>\n</html>\n';
}

/** Names are looked up when statistics are made, never by request: there is nothing to tell but whether it would be told. */
function recentLookups({ recentLookupsEnabled }: AdminContext): AdminResponse {
  const head = recentLookupsEnabled
    ? '   Count Lookup\n'
    : 'Lookup tracking is not enabled. Use /stats/recentlookups/enable to enable.\n';
  return textReply(`${head}\ntotal: 0\n`);
}

/** @param enables what becomes of the switch; undefined = it stays */
function recentLookupsSwitch(name: string, help: string, enables?: boolean): AdminHandler {
  return {
    path: `/stats/recentlookups/${name}`,
    help,
    mutates: true,
    params: [],
    handle(_query, context) {
      context.recentLookupsEnabled = enables ?? context.recentLookupsEnabled;
      return okReply();
    },
  };
}

export const statsHandlers: readonly AdminHandler[] = [
  {
    path: '/stats',
    help: 'print server stats',
    mutates: false,
    params: [
      USED_ONLY,
      FILTER,
      INVERT,
      { name: 'format', kind: 'choice', help: 'Format to use', choices: ['html', 'active-html', 'text', 'json'] },
      { name: 'type', kind: 'choice', help: 'Stat types to include.', choices: STAT_KINDS },
      bucketsParam(['cumulative', 'disjoint', 'detailed', 'summary']),
    ],
    handle: (query, context) => page(query, context, 'stats'),
  },
  {
    path: '/stats/prometheus',
    help: 'print server stats in prometheus format',
    mutates: false,
    params: [
      USED_ONLY,
      {
        name: 'text_readouts',
        kind: 'boolean',
        help: 'Render text_readouts as new gaugues with value 0 (increases Prometheus data size)',
      },
      FILTER,
      INVERT,
      bucketsParam(['cumulative', 'summary']),
    ],
    handle: (query, context) => page(query, context, 'prometheus'),
  },
  {
    path: '/stats/recentlookups',
    help: 'Show recent stat-name lookups',
    mutates: false,
    params: [],
    handle: (_query, context) => recentLookups(context),
  },
  recentLookupsSwitch('clear', 'clear list of stat-name lookups and counter'),
  recentLookupsSwitch('disable', 'disable recording of reset stat-name lookup names', false),
  recentLookupsSwitch('enable', 'enable recording of reset stat-name lookup names', true),
  {
    path: '/reset_counters',
    help: 'reset all counters to zero',
    mutates: true,
    params: [],
    handle(_query, context) {
      context.stats.resetCounters();
      return okReply();
    },
  },
];
