/** Names of statistics as Envoy makes them (source/common/stats/utility.h, sanitizeStatsName). */

/** What a scope's name becomes: no dot at the ends, and `://`, `:/`, `:` and NUL are `_`. */
export function sanitizeStatName(name: string): string {
  const start = name.startsWith('.') ? 1 : 0;
  const end = name.length > start && name.endsWith('.') ? name.length - 1 : name.length;
  const trimmed = name.slice(start, end);
  return trimmed.includes(':') || trimmed.includes('\0') ? trimmed.replace(/:\/\/|:\/|:|\0/g, '_') : trimmed;
}

/** `prefix` with `name` sanitised and a dot after it: the prefix of a scope inside a scope. */
export function scopePrefix(prefix: string, name: string): string {
  const sanitized = sanitizeStatName(name);
  return sanitized === '' ? prefix : `${prefix}${sanitized}.`;
}
