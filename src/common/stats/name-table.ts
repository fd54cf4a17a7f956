/** The names that a thread's statistics have: a node a prefix, and the tokens by which the log speaks of them. */
import type { StatNode, ThreadStat } from './metrics.ts';
import type { NameLogWriter, StatType } from './name-log.ts';

/** The statistics under one prefix. A counter and a gauge may have one name, as in Envoy. */
export class StatNodeEntry implements StatNode {
  readonly prefix: string;
  readonly #stats = new Map<string, ThreadStat>();
  /** Only what shares its name with a statistic of another type. */
  #others: Map<string, ThreadStat> | undefined;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  get isEmpty(): boolean {
    return this.#stats.size === 0 && (this.#others?.size ?? 0) === 0;
  }

  get(type: StatType, suffix: string): ThreadStat | undefined {
    const stat = this.#stats.get(suffix);
    return stat === undefined || sameKind(stat.type, type) ? stat : this.#others?.get(otherKey(type, suffix));
  }

  add(stat: ThreadStat): void {
    if (!this.#stats.has(stat.suffix)) {
      this.#stats.set(stat.suffix, stat);
      return;
    }
    this.#others ??= new Map();
    this.#others.set(otherKey(stat.type, stat.suffix), stat);
  }

  remove(stat: ThreadStat): void {
    if (this.#stats.get(stat.suffix) !== stat) {
      this.#others?.delete(otherKey(stat.type, stat.suffix));
      return;
    }
    this.#stats.delete(stat.suffix);
    this.#promote(stat.suffix);
  }

  /** Keeps the rule that #others is looked at only when #stats has the name. */
  #promote(suffix: string): void {
    for (const other of this.#others?.values() ?? []) {
      if (other.suffix !== suffix) continue;
      this.#others?.delete(otherKey(other.type, suffix));
      this.#stats.set(suffix, other);
      return;
    }
  }
}

interface Token {
  readonly id: number;
  refs: number;
}

export class NameTable {
  readonly #log: NameLogWriter;
  readonly #nodes = new Map<string, StatNodeEntry>();
  readonly #tokens = new Map<string, Token>();
  readonly #freeIds: number[] = [];
  #nextId = 0;

  constructor(log: NameLogWriter) {
    this.#log = log;
  }

  /** The node of a prefix; it is kept while a statistic lies in it. */
  node(prefix: string): StatNodeEntry {
    return this.#nodes.get(prefix) ?? new StatNodeEntry(prefix);
  }

  add(node: StatNodeEntry, stat: ThreadStat): { prefix: number; name: number } {
    this.#nodes.set(node.prefix, node);
    node.add(stat);
    return { prefix: this.#refer(node.prefix), name: this.#refer(stat.suffix) };
  }

  remove(node: StatNodeEntry, stat: ThreadStat): void {
    node.remove(stat);
    if (node.isEmpty) this.#nodes.delete(node.prefix);
    this.#unrefer(node.prefix);
    this.#unrefer(stat.suffix);
  }

  #refer(text: string): number {
    const known = this.#tokens.get(text);
    if (known !== undefined) {
      known.refs++;
      return known.id;
    }
    const id = this.#freeIds.pop() ?? this.#nextId++;
    this.#tokens.set(text, { id, refs: 1 });
    this.#log.token(id, text);
    return id;
  }

  #unrefer(text: string): void {
    const token = this.#tokens.get(text);
    if (token === undefined) return;
    token.refs--;
    if (token.refs > 0) return;
    this.#tokens.delete(text);
    this.#freeIds.push(token.id);
    this.#log.freeToken(token.id);
  }
}

function sameKind(a: StatType, b: StatType): boolean {
  return a === b || (isGauge(a) && isGauge(b));
}

function isGauge(type: StatType): boolean {
  return type === 'gauge' || type === 'gauge_main' || type === 'gauge_hidden';
}

function otherKey(type: StatType, suffix: string): string {
  return `${isGauge(type) ? 'gauge' : type} ${suffix}`;
}
