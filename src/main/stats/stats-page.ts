/** `/stats`: which statistics are shown, and in which order (source/server/admin/ungrouped_stats_request.cc). */
import type { EndpointStat } from './endpoint-stat.ts';
import type { MainStats } from './main-stats.ts';
import type { MergedHistogram } from './merged-histogram.ts';
import type { MergedCounter, MergedGauge, MergedStat, MergedTextReadout } from './merged-stats.ts';
import { inNameOrder } from './name-order.ts';
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
    if (piece !== '' && chunk.length < CHUNK_CHARACTERS) continue;
    yield chunk;
    chunk = '';
  }
  yield chunk + render.finish();
}

/** Each kind by name. An empty piece is a pause: others have their turn. */
function* pieces(shown: ShownStats, params: StatsParams, render: StatsRender): Iterable<string> {
  const { stats } = shown;
  const shows = (kind: StatKind): boolean => params.kind === 'All' || params.kind === kind;
  const wants = (name: string, stat: MergedStat): boolean => isWanted(params, name, stat.used);
  if (shows('TextReadouts')) {
    for (const found of inNameOrder<MergedTextReadout>([stats.textReadouts.nodes()], wants))
      yield found === undefined ? '' : render.text(found.name, found.stat.value);
  }
  const counters = shows('Counters') ? [stats.counters.nodes()] : [];
  const gauges = shows('Gauges') ? [stats.gauges.nodes()] : [];
  for (const found of inNameOrder<MergedCounter | MergedGauge>([...counters, ...gauges], wants))
    yield found === undefined ? '' : render.number(found.name, found.stat.value);
  for (const { kind, name, value, used } of shown.endpointStats()) {
    if (shows(kind) && isWanted(params, name, used)) yield render.number(name, value);
  }
  if (shows('Histograms')) {
    for (const found of inNameOrder<MergedHistogram>([stats.histograms.nodes()], wants))
      yield found === undefined ? '' : render.histogram(found.name, found.stat);
  }
}
