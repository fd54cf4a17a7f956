/** Lines of the statsd protocol, and how they bear tags. */
import type { SinkStat } from '../../../../sdk/stats-sink.ts';

export type StatsdType = 'c' | 'g' | 'ms' | 'h';

/** A line without its end. */
export type StatsdLine = (prefix: string, stat: SinkStat, value: string, type: StatsdType) => string;

/** The whole name, no tags. */
export function plainLine(prefix: string, { name }: SinkStat, value: string, type: StatsdType): string {
  return `${prefix}.${name}:${value}|${type}`;
}

/** Tags behind the value (https://docs.datadoghq.com/developers/dogstatsd/datagram_shell). */
export function dogLine(prefix: string, stat: SinkStat, value: string, type: StatsdType): string {
  let tags = '';
  for (const tag of stat.tags) tags += `${tags === '' ? '|#' : ','}${tag.name}:${tag.value}`;
  return `${prefix}.${stat.extractedName}:${value}|${type}${tags}`;
}

/** Tags behind the name (https://graphite.readthedocs.io/en/latest/tags.html). */
export function graphiteLine(prefix: string, stat: SinkStat, value: string, type: StatsdType): string {
  let tags = '';
  for (const tag of stat.tags) tags += `;${tag.name}=${tag.value}`;
  return `${prefix}.${stat.extractedName}${tags}:${value}|${type}`;
}
