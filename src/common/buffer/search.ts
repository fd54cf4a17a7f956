import type { Slice } from './slice.ts';

/** Index of `pattern` at or after `start`, wholly before `limit`; -1 when absent. An empty pattern is at `start`. */
export function searchSlices(head: Slice | undefined, pattern: Uint8Array, start: number, limit: number): number {
  if (pattern.length === 0) return start <= limit ? start : -1;
  const last = limit - pattern.length;
  const first = pattern[0] as number;
  let offset = 0;
  for (let slice = head; slice !== undefined && offset <= last; slice = slice.next) {
    const view = slice.view();
    let at = Math.max(0, start - offset);
    while (at < view.length && offset + at <= last) {
      const found = view.indexOf(first, at);
      if (found < 0 || offset + found > last) break;
      if (matchesAt(slice, found, pattern)) return offset + found;
      at = found + 1;
    }
    offset += view.length;
  }
  return -1;
}

function matchesAt(first: Slice, at: number, pattern: Uint8Array): boolean {
  let slice = first;
  let index = slice.start + at;
  for (let i = 0; i < pattern.length; i++) {
    if (index === slice.end) {
      if (slice.next === undefined) return false;
      slice = slice.next;
      index = slice.start;
    }
    if (slice.memory[index++] !== pattern[i]) return false;
  }
  return true;
}
