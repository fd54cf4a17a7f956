import { resolveImport } from './layers.ts';
import { isTest, type Problem, type Project } from './project.ts';

/** What Node or npm starts, and what others import from outside: nothing inside needs to import these. */
export const ENTRY_POINTS: readonly string[] = [
  'src/exe/cli.ts',
  'src/exe/load-bundle.ts',
  'src/exe/worker-process.ts',
  'src/exe/guard-dog-process.ts',
  'sdk/index.ts',
  'sdk/testing/index.ts',
  'src/exe/simulation/index.ts',
];

type Graph = ReadonlyMap<string, readonly string[]>;

/** No circle of imports that is left at run time. */
export function checkCycles(project: Project): Problem[] {
  return findCycles(importGraph(project, (typeOnly) => !typeOnly)).map((cycle) => {
    const [path = ''] = cycle;
    const message = `is in a runtime import cycle: ${[...cycle, path].join(' -> ')}`;
    return { rule: 'cycle', path, what: cycle.join(' '), message };
  });
}

/** Every file of sdk/ and src/ is reached from an entry point, by type imports too. */
export function checkOrphans(project: Project): Problem[] {
  const graph = importGraph(project, () => true);
  const reached = reachable(graph, ENTRY_POINTS);
  return project.sources
    .filter(({ path }) => /^(sdk|src)\//.test(path) && !isTest(path) && !reached.has(path))
    .map(({ path }) => ({
      rule: 'orphan',
      path,
      what: 'unreached',
      message: 'no entry point comes to import this file',
    }));
}

/** Every relative import names a file that is there (the compiler checks the same, but not in Markdown-fast time). */
export function checkImportTargets(project: Project): Problem[] {
  const files = new Set(project.files);
  return project.sources.flatMap(({ path, imports }) =>
    imports.flatMap(({ specifier, line }) => {
      const target = resolveImport(path, specifier);
      if (target === undefined || target.startsWith('api/generated/') || files.has(target)) return [];
      return [{ rule: 'import-target', path, what: target, line, message: `imports ${target}, which does not exist` }];
    }),
  );
}

function importGraph(project: Project, keep: (typeOnly: boolean) => boolean): Graph {
  const graph = new Map<string, string[]>();
  for (const { path, imports } of project.sources) {
    const targets = imports
      .filter(({ typeOnly }) => keep(typeOnly))
      .map((found) => resolveImport(path, found.specifier));
    graph.set(
      path,
      targets.filter((target) => target !== undefined),
    );
  }
  return graph;
}

function reachable(graph: Graph, entries: readonly string[]): Set<string> {
  const reached = new Set<string>();
  const open = [...entries];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    open.push(...(graph.get(path) ?? []));
  }
  return reached;
}

/** One cycle for each back edge that a depth-first walk meets. */
function findCycles(graph: Graph): string[][] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const walk = (path: string): void => {
    const at = trail.indexOf(path);
    if (at !== -1) {
      cycles.push(trail.slice(at));
      return;
    }
    if (done.has(path)) return;
    trail.push(path);
    for (const target of graph.get(path) ?? []) walk(target);
    trail.pop();
    done.add(path);
  };
  for (const path of graph.keys()) walk(path);
  return cycles;
}
