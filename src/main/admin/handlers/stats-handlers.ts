/** `/stats`, `/stats/prometheus`, `/stats/recentlookups…`, `/reset_counters` (source/server/admin/stats_handler.cc). */
import { HtmlRender } from '../../stats/html-render.ts';
import { JsonRender } from '../../stats/json-render.ts';
import type { PrometheusFormat } from '../../stats/prometheus-format.ts';
import { PrometheusProtobuf, type ProtobufHistograms } from '../../stats/prometheus-protobuf.ts';
import { renderPrometheus } from '../../stats/prometheus-render.ts';
import { PrometheusText } from '../../stats/prometheus-text.ts';
import type { RecentLookups } from '../../stats/recent-lookups.ts';
import { renderStats } from '../../stats/stats-page.ts';
import { parseStatsParams, STAT_KINDS, type StatsParams } from '../../stats/stats-params.ts';
import { TextRender } from '../../stats/text-render.ts';
import type { AdminContext } from '../admin-context.ts';
import {
  type AdminChunk,
  type AdminHandler,
  type AdminParam,
  type AdminRequest,
  type AdminResponse,
  HTML,
  JSON_TYPE,
  okReply,
  TEXT,
  textReply,
} from '../admin-handler.ts';
import { escapeHtml } from '../html/page.ts';
import { activeStatsPage, statsHtmlPage } from '../html/stats-html.ts';
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

function page(
  query: QueryParams,
  context: AdminContext,
  { accept }: AdminRequest,
  name: 'stats' | 'prometheus',
): AdminResponse {
  const params = parseStatsParams(query, name, accept);
  if ('error' in params) return textReply(params.error, 400);
  if (context.flushStatsOnAdmin) context.flushStats();
  context.updateGauges();
  return { status: 200, contentType: contentType(params), body: body(params, context, query) };
}

const PROTOBUF = 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';

function contentType(params: StatsParams): string {
  if (params.protobuf) return PROTOBUF;
  if (params.format === 'json') return JSON_TYPE;
  return params.format === 'html' || params.format === 'active-html' ? HTML : TEXT;
}

function prometheusPage(params: StatsParams, context: AdminContext): Iterable<AdminChunk> {
  const render = <P extends AdminChunk>(format: PrometheusFormat<P>): Iterable<P> =>
    renderPrometheus(context, context.tags, params, format);
  return params.protobuf
    ? render(new PrometheusProtobuf(protobufHistograms(params)))
    : render(new PrometheusText(params.bucketsMode === 'summary'));
}

function protobufHistograms({ bucketsMode, nativeMaxBuckets }: StatsParams): ProtobufHistograms {
  if (bucketsMode === 'prometheusnative') return { kind: 'native', maxBuckets: nativeMaxBuckets };
  return { kind: bucketsMode === 'summary' ? 'summary' : 'cumulative' };
}

function body(params: StatsParams, context: AdminContext, query: QueryParams): string | Iterable<AdminChunk> {
  switch (params.format) {
    case 'prometheus':
      return prometheusPage(params, context);
    case 'json':
      return renderStats(context, params, new JsonRender(params.bucketsMode));
    case 'text':
      return renderStats(context, params, new TextRender(params.bucketsMode));
    case 'active-html':
      return activeStatsPage(STATS_FORM, query);
    case 'html':
      return statsHtmlPage(
        STATS_FORM,
        query,
        renderStats(context, params, new HtmlRender(params.bucketsMode, escapeHtml)),
      );
  }
}

const STATS_FORM = {
  path: '/stats',
  help: 'print server stats',
  mutates: false,
  ignoresForms: true,
  params: [
    USED_ONLY,
    FILTER,
    INVERT,
    { name: 'format', kind: 'choice', help: 'Format to use', choices: ['html', 'active-html', 'text', 'json'] },
    { name: 'type', kind: 'choice', help: 'Stat types to include.', choices: STAT_KINDS },
    bucketsParam(['cumulative', 'disjoint', 'detailed', 'summary']),
  ],
} as const satisfies Omit<AdminHandler, 'handle'>;

function recentLookups({ stats }: AdminContext): AdminResponse {
  stats.refresh();
  const { enabled, total } = stats.recentLookups;
  if (!enabled) {
    const off = 'Lookup tracking is not enabled. Use /stats/recentlookups/enable to enable.';
    return textReply(`${off}\n\ntotal: ${total}\n`);
  }
  const lines = stats.recentLookups.entries().map(([name, count]) => `${String(count).padStart(8)} ${name}\n`);
  return textReply(`   Count Lookup\n${lines.join('')}\ntotal: ${total}\n`);
}

function recentLookupsSwitch(name: string, help: string, change: (lookups: RecentLookups) => void): AdminHandler {
  return {
    path: `/stats/recentlookups/${name}`,
    help,
    mutates: true,
    params: [],
    handle(_query, { stats }) {
      stats.refresh();
      change(stats.recentLookups);
      return okReply();
    },
  };
}

export const statsHandlers: readonly AdminHandler[] = [
  { ...STATS_FORM, handle: (query, context, request) => page(query, context, request, 'stats') },
  {
    path: '/stats/prometheus',
    help: 'print server stats in prometheus format',
    mutates: false,
    ignoresForms: true,
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
    handle: (query, context, request) => page(query, context, request, 'prometheus'),
  },
  {
    path: '/stats/recentlookups',
    help: 'Show recent stat-name lookups',
    mutates: false,
    params: [],
    handle: (_query, context) => recentLookups(context),
  },
  recentLookupsSwitch('clear', 'clear list of stat-name lookups and counter', (lookups) => lookups.clear()),
  recentLookupsSwitch('disable', 'disable recording of reset stat-name lookup names', (lookups) => {
    lookups.enabled = false;
  }),
  recentLookupsSwitch('enable', 'enable recording of reset stat-name lookup names', (lookups) => {
    lookups.enabled = true;
  }),
  {
    path: '/reset_counters',
    help: 'reset all counters to zero',
    mutates: true,
    params: [],
    handle(_query, context) {
      context.stats.resetCounters();
      context.stats.recentLookups.clear();
      return okReply();
    },
  },
];
