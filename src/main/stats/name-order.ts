/** Statistics in the order of their names, found one after the other: there may be millions, and their names never all exist. */
import type { NamedStat, StatNode } from './stat-index.ts';

export interface Named<S> {
  readonly name: string;
  readonly stat: S;
}

/** Nodes that are looked through without a pause. */
const NODES_A_TURN = 512;

/**
 * Those of all indexes together that `wants` wants; of two with one name, that of the earlier index first. Undefined now and
 * then, while none is found: that took a while.
 */
export function* inNameOrder<S extends NamedStat>(
  indexes: readonly Iterable<StatNode<S>>[],
  wants: (name: string, stat: S) => boolean = () => true,
): Iterable<Named<S> | undefined> {
  const nodes = indexes.flatMap((index) => [...index]);
  nodes.sort((a, b) => (a.prefix < b.prefix ? -1 : a.prefix > b.prefix ? 1 : 0));
  const open: OpenNode<S>[] = [];
  let next = 0;
  while (next < nodes.length || open.length > 0) {
    // All names of a node begin with its prefix, so that they come after it.
    let first = leastOf(open);
    while (next < nodes.length && (first === undefined || (nodes[next] as StatNode<S>).prefix <= first.name)) {
      const node = new OpenNode(nodes[next] as StatNode<S>, wants);
      next++;
      if (next % NODES_A_TURN === 0) yield undefined;
      if (node.isAtEnd) continue;
      open.push(node);
      first = leastOf(open);
    }
    if (first === undefined) continue;
    yield first.take();
    if (first.isAtEnd) open.splice(open.indexOf(first), 1);
  }
}

/** A node whose statistics are being taken. Few are open at a time: those that lie within each other. */
class OpenNode<S extends NamedStat> {
  readonly #stats: readonly S[];
  #at = 0;
  /** Of the statistic that is taken next. */
  name = '';

  constructor({ stats }: StatNode<S>, wants: (name: string, stat: S) => boolean) {
    const wanted: S[] = [];
    for (const stat of stats) if (wants(stat.prefix + stat.suffix, stat)) wanted.push(stat);
    this.#stats = wanted.sort((a, b) => (a.suffix < b.suffix ? -1 : a.suffix > b.suffix ? 1 : 0));
    this.#rename();
  }

  get isAtEnd(): boolean {
    return this.#at === this.#stats.length;
  }

  take(): Named<S> {
    const taken = { name: this.name, stat: this.#stats[this.#at] as S };
    this.#at++;
    this.#rename();
    return taken;
  }

  #rename(): void {
    const stat = this.#stats[this.#at];
    this.name = stat === undefined ? '' : stat.prefix + stat.suffix;
  }
}

function leastOf<S extends NamedStat>(open: readonly OpenNode<S>[]): OpenNode<S> | undefined {
  let least = open[0];
  for (let i = 1; i < open.length; i++) {
    const node = open[i] as OpenNode<S>;
    if (least === undefined || node.name < least.name) least = node;
  }
  return least;
}
