/** `/stats`: which statistics are shown, and in which order (source/server/admin/ungrouped_stats_request.cc). */
import type { EndpointStat } from './endpoint-stat.ts';
import type { MainStats } from './main-stats.ts';
import type { MergedHistogram } from './merged-histogram.ts';
import type { MergedStat, MergedTextReadout } from './merged-stats.ts';
import { isWanted, type StatKind, type StatsParams } from './stats-params.ts';

/** Turns statistics into text, one after the other; text readouts come first, those of endpoints before the histograms. */
export interface StatsRender {
  start(): string;
  number(name: string, value: number): string;
  text(name: string, value: string): string;
  histogram(name: string, histogram: MergedHistogram): string;
  finish(): string;
}

const CHUNK_CHARACTERS = 1 << 16;

export interface ShownStats {
  readonly stats: MainStats;
  endpointStats(): Iterable<EndpointStat>;
}

/** The page in chunks; each is made when it is asked for. */
export function* renderStats(shown: ShownStats, params: StatsParams, render: StatsRender): Iterable<string> {
  let chunk = render.start();
  for (const piece of pieces(shown, params, render)) {
    chunk += piece;
    if (chunk.length < CHUNK_CHARACTERS) continue;
    yield chunk;
    chunk = '';
  }
  yield chunk + render.finish();
}

function* pieces(shown: ShownStats, params: StatsParams, render: StatsRender): Iterable<string> {
  const { stats } = shown;
  const shows = (kind: StatKind): boolean => params.kind === 'All' || params.kind === kind;
  if (shows('TextReadouts')) {
    for (const { name, stat } of select<MergedTextReadout>(params, stats.textReadouts))
      yield render.text(name, stat.value);
  }
  const numbers = [...(shows('Counters') ? stats.counters : []), ...(shows('Gauges') ? stats.gauges : [])];
  for (const { name, stat } of select(params, numbers)) yield render.number(name, stat.value);
  for (const { kind, name, value, used } of shown.endpointStats()) {
    if (shows(kind) && isWanted(params, name, used)) yield render.number(name, value);
  }
  if (shows('Histograms')) {
    for (const { name, stat } of select<MergedHistogram>(params, stats.histograms)) yield render.histogram(name, stat);
  }
}

/** What is asked for, by name. */
function select<S extends MergedStat>(params: StatsParams, all: Iterable<S>): { name: string; stat: S }[] {
  const selected: { name: string; stat: S }[] = [];
  for (const stat of all) {
    const name = stat.name;
    if (isWanted(params, name, stat.used)) selected.push({ name, stat });
  }
  return selected.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
