/** Both proxies' verdicts on one configuration, compared in substance. */
import type { Validation } from '../../conformance/validate.ts';

export type Kind = 'taken by Envoy only' | 'taken by Nuncio only' | 'not supported yet' | 'other words' | 'crash';

/** Exit code of a loader that threw what is no fault of the configuration. */
export const CRASHED = -1;

/** Undefined when they agree. */
export function judge(envoy: Validation, ours: Validation): Kind | undefined {
  if (ours.code === CRASHED) return 'crash';
  if (envoy.code === 0) return ours.code === 0 ? undefined : refusalKind(ours.output);
  if (ours.code === 0) return 'taken by Nuncio only';
  return isSaid(reasonOf(envoy.output), ours.output) ? undefined : 'other words';
}

function refusalKind(output: string): Kind {
  return /not supported|registered implementation/.test(output) ? 'not supported yet' : 'taken by Envoy only';
}

/** Envoy's own words: the log's decoration, the file's name and the dump of the message taken away. */
export function reasonOf(output: string): string {
  const lines = output.split('\n').map((line) => line.replace(/^(\[[^\]]*\])+ (\[source[^\]]*\] )?/, ''));
  const first = lines.findIndex((line) => /^error|rror initializing/.test(line));
  const text = flat(lines.slice(Math.max(0, first)).join(' ')).replace(
    /^error initializing configuration '[^']*': /,
    '',
  );
  const rule = text.indexOf('Proto constraint validation failed');
  return text.slice(Math.max(0, rule)).replace(/^goo\.gle\/debug\w+ /, '');
}

function flat(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** Whether ours tells what Envoy complains of: the field that is unknown, the place, the rule that is broken, or the very words. */
function isSaid(envoy: string, ours: string): boolean {
  const unknown = /no such field: '([^']+)'/.exec(envoy)?.[1];
  if (unknown !== undefined) return ours.includes(`${unknown}: no such field`);
  const value = /unknown enum value: '([^']*)'/.exec(envoy)?.[1];
  if (value !== undefined) return ours.includes(`unknown enum value '${value}'`);
  const place = /invalid JSON in \S+ @ ([^:]+):/.exec(envoy)?.[1];
  if (place !== undefined) return ours.includes(lastName(place));
  const missing = /field: "(\w+)", reason: is required/.exec(envoy)?.[1];
  if (missing !== undefined) return ours.includes(`oneof ${missing} of`);
  const rule = /(\w+): (value [^|:()]*)/.exec(envoy);
  if (rule !== null) return ours.includes(snakeCase(rule[1] ?? '')) && ours.includes((rule[2] ?? '').trim());
  return flat(ours).includes(envoy.replace(/ goo\.gle.*/, '').slice(0, 60));
}

function lastName(path: string): string {
  return /(\w+)[^\w.]*$/.exec(path.trim().replace(/\[.*?\]$/, ''))?.[1] ?? '';
}

function snakeCase(name: string): string {
  return name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toLowerCase();
}
