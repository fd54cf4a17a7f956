/** Named ways to take out of an answer what varies from run to run. */
import type { NormaliserName } from './case.ts';

type Replace = (text: string) => string;

const always: readonly (readonly [RegExp, string])[] = [
  [/\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\b/g, '<date>'],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<time>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<uuid>'],
  [/^(x-envoy-upstream-service-time: )\d+$/gim, '$1<ms>'],
  // What is left of the default timeout when a request is sent, again or for the first time.
  [/^(x-envoy-expected-rq-timeout-ms: )1(4\d{3}|5000)$/gim, '$1<15000>'],
  [/\b[0-9a-f]{40}\/1\.\d+\.\d+\/[\w/.-]+/g, '<version>'],
];

function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
  if (value === null || typeof value !== 'object') return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]));
}

function jsonShape(text: string): string {
  try {
    return JSON.stringify(shapeOf(JSON.parse(text)), undefined, 1);
  } catch {
    return text;
  }
}

const named: Readonly<Record<NormaliserName, Replace>> = {
  numbers: (text) => text.replace(/\d+(\.\d+)?/g, '<n>'),
  'json-shape': jsonShape,
  'sorted-lines': (text) => text.split('\n').sort().join('\n'),
  'no-body': () => '<body>',
  'stat-values': (text) => text.replace(/: .*$/gm, ''),
  'first-line': (text) => text.split('\n')[0] ?? '',
};

/** Makes the replacer of one suite: it knows the suite's ports by name and its folder. */
export function makeNormaliser(ports: ReadonlyMap<string, number>, folder: string): Replace {
  // The ports are taken one after the other while the suite starts: look at them when a text is there.
  return (text) => {
    const names = new Map([...ports].map(([name, port]) => [String(port), name]));
    let result = text.replaceAll(folder, '{{folder}}');
    for (const [pattern, replacement] of always) result = result.replace(pattern, replacement);
    result = result.replace(/\b\d{5}\b/g, (digits) => (names.has(digits) ? `{{${names.get(digits)}}}` : digits));
    result = result.replace(/_(\d{5})(?=\.)/g, (all, digits) =>
      names.has(digits) ? `_{{${names.get(digits)}}}` : all,
    );
    return result.replace(/\b127\.0\.0\.1:([1-6]\d{4})\b/g, '127.0.0.1:{{peer}}');
  };
}

export function applyNamed(text: string, normalisers: readonly NormaliserName[]): string {
  return normalisers.reduce((result, name) => named[name](result), text);
}
