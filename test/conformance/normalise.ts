/** Named ways to take out of an answer what varies from run to run. */
import { networkInterfaces } from 'node:os';
import type { NormaliserName } from './case.ts';

type Replace = (text: string) => string;

const always: readonly (readonly [RegExp, string])[] = [
  [/\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\b/g, '<date>'],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<time>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<uuid>'],
  [/("days_until_expiration": ")\d+/g, '$1<days>'],
  [/^(x-envoy-upstream-service-time: )\d+$/gim, '$1<ms>'],
  // What is left of the default timeout when a request is sent, again or for the first time.
  [/^(x-envoy-expected-rq-timeout-ms: )1(4\d{3}|5000)$/gim, '$1<15000>'],
  // Of buckets that get a token every 1000 s.
  [/^((?:x-ratelimit-reset|retry-after): )(9\d\d|1000)$/gim, '$1<1000>'],
  // Protobuf's debug texts are decorated at random, so that nobody relies on them.
  [/goo\.gle\/debug\w+ */g, ''],
  [/\b[0-9a-f]{40}\/1\.\d+\.\d+\/[\w/.-]+/g, '<version>'],
];

/** The members of a JSON object, sorted: protobuf's JSON has them in any order. */
function sortedEntries(value: object, map: (inner: unknown) => unknown): object {
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, map(inner)]));
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  return value !== null && typeof value === 'object' ? sortedEntries(value, sortKeys) : value;
}

function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
  if (value === null || typeof value !== 'object') return typeof value;
  return sortedEntries(value, shapeOf);
}

/** Changes a text that is JSON; others stay. */
function onJson(change: (value: unknown) => unknown): Replace {
  return (text) => {
    try {
      return JSON.stringify(change(JSON.parse(text)), undefined, 1);
    } catch {
      return text;
    }
  };
}

const named: Readonly<Record<NormaliserName, Replace>> = {
  numbers: (text) => text.replace(/\d+(\.\d+)?/g, '<n>'),
  'json-shape': onJson(shapeOf),
  'json-sorted': onJson(sortKeys),
  'sorted-lines': (text) => text.split('\n').sort().join('\n'),
  'no-body': () => '<body>',
  'stat-values': (text) => text.replace(/: .*$/gm, ''),
  timers: (text) => text.replace(/:\d+\|ms/g, ':<time>|ms'),
  histograms: (text) => text.replace(/: (P0\(.*|No recorded values)$/gm, ': <histogram>'),
  secrets: (text) => text.replace(/ [0-9a-f]{32,}/g, ' <hex>'),
  'first-line': (text) => text.split('\n')[0] ?? '',
};

/** This machine's own address, which Envoy puts into x-forwarded-for in place of a loopback one. */
function machineAddress(): string | undefined {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
}

/** Makes the replacer of one suite: it knows the suite's ports by name and its folder. */
export function makeNormaliser(ports: ReadonlyMap<string, number>, folder: string): Replace {
  const machine = machineAddress();
  // The ports are taken one after the other while the suite starts: look at them when a text is there.
  return (text) => {
    const names = new Map([...ports].map(([name, port]) => [String(port), name]));
    let result = text.replaceAll(folder, '{{folder}}');
    if (machine !== undefined) result = result.replaceAll(machine, '{{machine}}');
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
