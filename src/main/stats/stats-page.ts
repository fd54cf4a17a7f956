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
  /** There is none of a group (`Counters and Gauges`) that was asked for. */
  nothing?(group: string): string;
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
  const wants = (name: string, stat: MergedStat): boolean => isWanted(params, name, stat);
  if (shows('TextReadouts')) {
    const found = inNameOrder<MergedTextReadout>([stats.textReadouts.nodes()], wants);
    yield* group(render, 'text readouts', found, ({ name, stat }) => render.text(name, stat.value));
  }
  if (shows('Counters') || shows('Gauges')) {
    yield* group(render, 'Counters and Gauges', numbers(shown, params, shows, wants), ({ name, stat }) =>
      render.number(name, stat.value),
    );
  }
  if (shows('Histograms')) {
    const found = inNameOrder<MergedHistogram>([stats.histograms.nodes()], wants);
    yield* group(render, 'Histograms', found, ({ name, stat }) => render.histogram(name, stat));
  }
}

interface Found<S> {
  readonly name: string;
  readonly stat: S;
}

function* group<S>(
  render: StatsRender,
  name: string,
  all: Iterable<Found<S> | undefined>,
  piece: (found: Found<S>) => string,
): Iterable<string> {
  let some = false;
  for (const found of all) {
    if (found !== undefined) some = true;
    yield found === undefined ? '' : piece(found);
  }
  if (!some && render.nothing !== undefined) yield render.nothing(name);
}

/** Counters and gauges together, then those of endpoints. */
function* numbers(
  shown: ShownStats,
  params: StatsParams,
  shows: (kind: StatKind) => boolean,
  wants: (name: string, stat: MergedStat) => boolean,
): Iterable<Found<{ readonly value: number }> | undefined> {
  const { stats } = shown;
  const counters = shows('Counters') ? [stats.counters.nodes()] : [];
  const gauges = shows('Gauges') ? [stats.gauges.nodes()] : [];
  yield* inNameOrder<MergedCounter | MergedGauge>([...counters, ...gauges], wants);
  for (const stat of shown.endpointStats()) {
    if (shows(stat.kind) && isWanted(params, stat.name, stat)) yield { name: stat.name, stat };
  }
}
