/** Finds what a misspelt name was meant to be. */

/**
 * The candidate with the fewest edits, when they are few enough for a slip of the pen: a third of the name's length.
 * Else the first of which the name is a part: `port` of `port_value`, `config` of `typed_config`.
 */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  const all = [...candidates];
  return fewestEdits(name, all) ?? firstWith(name, all);
}

function firstWith(name: string, candidates: readonly string[]): string | undefined {
  if (name.length < 3) return undefined;
  return candidates.find((candidate) => `_${candidate}_`.includes(`_${name}_`));
}

function fewestEdits(name: string, candidates: readonly string[]): string | undefined {
  const wanted = comparable(name);
  let best: string | undefined;
  let limit = Math.floor(wanted.length / 3) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, comparable(candidate), limit);
    if (distance >= limit) continue;
    best = candidate;
    limit = distance;
    if (limit === 0) break;
  }
  return best;
}

function comparable(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}

/** Levenshtein's distance; `limit` when it is that or more. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    if (Math.min(...next) >= limit) return limit;
    row = next;
  }
  return Math.min(row[b.length] ?? limit, limit);
}
