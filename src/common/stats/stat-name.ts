/** Names of statistics as Envoy makes them (source/common/stats/utility.h, sanitizeStatsName). */

/** What a scope's name becomes: no dot at its start, none at its end, and `://`, `:/`, `:` and NUL are `_`. */
export function sanitizeStatName(name: string): string {
  const trimmed = withoutLastDots(name.startsWith('.') ? name.slice(1) : name);
  return trimmed.includes(':') || trimmed.includes('\0') ? trimmed.replace(/:\/\/|:\/|:|\0/g, '_') : trimmed;
}

/** Of any name and part of a name: dots at its end are none of it. */
function withoutLastDots(name: string): string {
  let end = name.length;
  while (name[end - 1] === '.') end--;
  return name.slice(0, end);
}

/** A name of parts that are no scopes: they keep their colons. NUL is `_` all the same, since it ends names where we keep them. */
export function joinStatNames(...parts: readonly string[]): string {
  return parts.map(withoutLastDots).filter(Boolean).join('.').replaceAll('\0', '_');
}

/** `prefix` with `name` sanitised and a dot after it: the prefix of a scope inside a scope. */
export function scopePrefix(prefix: string, name: string): string {
  const sanitized = sanitizeStatName(name);
  return sanitized === '' ? prefix : `${prefix}${sanitized}.`;
}
