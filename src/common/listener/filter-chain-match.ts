import type { ConnectionInfo } from '../../../sdk/network.ts';
import { CidrSet } from './cidr-set.ts';
import type { FilterChainMatchConfig } from './listener-config.ts';
import { isSameIpOrLoopback } from './source-type.ts';

/** What a level looks at: the keys a configured match has there, and which branch a connection takes. */
interface Level {
  keysOf(match: FilterChainMatchConfig): readonly string[];
  /** Turns the keyed branches into a look-up: the branch a connection takes, or undefined. */
  compile<T>(branches: ReadonlyMap<string, T>): (info: ConnectionInfo) => T | undefined;
}

const any = '';
const orAny = (keys: readonly string[]): readonly string[] => (keys.length === 0 ? [any] : keys);

const destinationPort: Level = {
  keysOf: ({ destinationPort: port }) => [port === undefined ? any : String(port)],
  compile: (branches) => (info) => {
    const { kind, port } = info.localAddress;
    return (kind === 'ip' ? branches.get(String(port)) : undefined) ?? branches.get(any);
  },
};

/** The most specific range that holds the address; an empty key holds every address, and pipes. */
function cidrLevel(
  rangesOf: (match: FilterChainMatchConfig) => readonly string[],
  ipOf: (info: ConnectionInfo) => string,
): Level {
  return {
    keysOf: (match) => orAny(rangesOf(match)),
    compile: (branches) => {
      const set = new CidrSet([...branches].filter(([range]) => range !== any));
      const fallback = branches.get(any);
      return (info) => set.mostSpecific(ipOf(info)) ?? fallback;
    },
  };
}

const serverName: Level = {
  keysOf: ({ serverNames }) => orAny(serverNames.map((name) => name.replace(/^\*\./, '.'))),
  compile: (branches) => (info) => {
    const name = info.requestedServerName;
    const exact = name === '' ? undefined : branches.get(name);
    if (exact !== undefined) return exact;
    for (let dot = name.indexOf('.', 1); dot > 0 && dot < name.length - 1; dot = name.indexOf('.', dot + 1)) {
      const wildcard = branches.get(name.slice(dot));
      if (wildcard !== undefined) return wildcard;
    }
    return branches.get(any);
  },
};

const transportProtocol: Level = {
  keysOf: (match) => [match.transportProtocol],
  compile: (branches) => (info) => branches.get(info.detectedTransportProtocol) ?? branches.get(any),
};

/** The client's order decides. */
const applicationProtocols: Level = {
  keysOf: (match) => orAny(match.applicationProtocols),
  compile: (branches) => (info) => {
    for (const protocol of info.requestedApplicationProtocols) {
      const branch = branches.get(protocol);
      if (branch !== undefined) return branch;
    }
    return branches.get(any);
  },
};

const sourceType: Level = {
  keysOf: (match) => [match.sourceType === 'ANY' ? any : match.sourceType],
  compile: (branches) => {
    const local = branches.get('SAME_IP_OR_LOOPBACK');
    const external = branches.get('EXTERNAL');
    const anywhere = branches.get(any);
    return (info) => (isSameIpOrLoopback(info) ? local : external) ?? anywhere;
  },
};

const sourcePort: Level = {
  keysOf: (match) => orAny(match.sourcePorts.map(String)),
  compile: (branches) => (info) => {
    const { kind, port } = info.remoteAddress;
    return (kind === 'ip' ? branches.get(String(port)) : undefined) ?? branches.get(any);
  },
};

/** Envoy's order (docs: "Filter chain match"): each level takes its most specific branch and never comes back. */
const levels: readonly Level[] = [
  destinationPort,
  cidrLevel(
    (match) => match.prefixRanges,
    (info) => info.localAddress.ip,
  ),
  serverName,
  transportProtocol,
  applicationProtocols,
  cidrLevel(
    (match) => match.directSourcePrefixRanges,
    (info) => info.directRemoteAddress.ip,
  ),
  sourceType,
  cidrLevel(
    (match) => match.sourcePrefixRanges,
    (info) => info.remoteAddress.ip,
  ),
  sourcePort,
];

type Tree = Map<string, Tree | number>;

/** Chooses among filter chains by their match; a chain is known by its place in the list. */
export class FilterChainMatchTree {
  readonly #find: Find;
  /** Pairs of places with the same rules: the later one, then the one that has them already. */
  readonly duplicates: readonly (readonly [number, number])[];

  constructor(matches: readonly FilterChainMatchConfig[]) {
    const root: Tree = new Map();
    const duplicates: [number, number][] = [];
    for (const [index, match] of matches.entries()) {
      const taken = insert(root, match, index, 0);
      if (taken !== undefined) duplicates.push([index, taken]);
    }
    this.duplicates = duplicates;
    this.#find = compile(root, 0);
  }

  find(info: ConnectionInfo): number | undefined {
    return this.#find(info);
  }
}

/** Adds every combination of the match's keys; the place that had one of them before, if any. */
function insert(tree: Tree, match: FilterChainMatchConfig, index: number, depth: number): number | undefined {
  let taken: number | undefined;
  for (const key of levels[depth]?.keysOf(match) ?? []) {
    const branch = tree.get(key);
    if (depth === levels.length - 1) {
      if (branch === undefined) tree.set(key, index);
      else taken ??= branch as number;
      continue;
    }
    const next: Tree = (branch as Tree | undefined) ?? new Map();
    tree.set(key, next);
    taken = insert(next, match, index, depth + 1) ?? taken;
  }
  return taken;
}

type Find = (info: ConnectionInfo) => number | undefined;

/** A level that no chain says anything about is left out. */
function compile(tree: Tree, depth: number): Find {
  const level = levels[depth];
  if (level === undefined) throw new Error('a filter chain tree is as deep as there are levels');
  const only = tree.size === 1 ? tree.get(any) : undefined;
  if (depth === levels.length - 1)
    return only === undefined ? level.compile(tree as Map<string, number>) : () => only as number;
  if (only !== undefined) return compile(only as Tree, depth + 1);
  const branches = new Map([...tree].map(([key, next]) => [key, compile(next as Tree, depth + 1)]));
  const choose = level.compile(branches);
  return (info) => choose(info)?.(info);
}
