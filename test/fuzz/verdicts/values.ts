/** Values for a field: plausible ones, boundaries, and wrong ones. */
import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import type { Dice } from '../../simulation/dice.ts';
import { isSpecial, type Json, type JsonObject } from './tree.ts';

const numbers = [
  0,
  1,
  2,
  3,
  7,
  8,
  10,
  63,
  64,
  99,
  100,
  101,
  255,
  256,
  1000,
  1024,
  8192,
  8193,
  65535,
  65536,
  1e6,
  2 ** 31 - 1,
];
const oddNumbers: readonly Json[] = [-1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 1.5, '1', '0x10', 'abc', ' 1', 1e20, '1e3', ''];
const doubles: readonly Json[] = [0, 1, 0.5, 1.5, 100, 100.1, -1, 1e-9, 'NaN', 'Infinity', '-0', '1.5', 'x'];
const durations = ['0s', '1s', '0.001s', '0.0001s', '5s', '3600s', '0.000000001s', '86400s'];
const oddDurations: readonly Json[] = [
  '-1s',
  '1',
  '1m',
  '1ms',
  's',
  5,
  '9223372036s',
  '9223372037s',
  '315576000001s',
  '1.0000000001s',
  '.5s',
  '1.s',
];

/** By a part of the field's name; the first that fits. */
const strings: readonly (readonly [RegExp, readonly string[]])[] = [
  [/cluster/, ['a', 'u', 'nope', '']],
  [
    /regex/,
    [
      '^/a(/.*)?$',
      '(a)(b)?',
      '[',
      'a**',
      '(?=x)',
      '\\1',
      '(?i)a',
      '\\p{L}',
      'a{1001}',
      '(?P<n>a)',
      '(?<n>a)',
      'a{2,1}',
      '\\C',
      '',
    ],
  ],
  [/substitution/, ['\\1', '\\0x', '\\2', '\\', 'plain', '\\9', '']],
  [
    /path|prefix|suffix|template/,
    ['/', '/a', '/a/{b}', '/{b=*}/**', '/a/{b}/{b}', 'a', '/a//b', '/a?b', '/a#b', '/**/x', '/{x}.{y}', ''],
  ],
  [
    /domain|host|server_name|authority/,
    ['*', 'a.test', '*.a.test', 'a.*', 'a*b', '**', '*.a.*', 'A.test:80', '[::1]:80', 'a b', '.a', ''],
  ],
  [
    /address|ip/,
    [
      '127.0.0.1',
      '::1',
      '0.0.0.0',
      '::',
      'localhost',
      '127.0.0.1/8',
      '10.0.0.0',
      '1.2.3',
      '::ffff:1.2.3.4',
      '256.0.0.1',
      '@x',
      '',
    ],
  ],
  [/header|key/, ['x-a', 'X-B', ':path', ':method', 'host', 'content-length', 'a b', 'x_y', 'é', 'a\nb', '']],
  [
    /format|value|string|text|body/,
    [
      '%REQ(:path)%',
      '%RESPONSE_CODE%',
      'x',
      '%',
      '%%',
      '%NOPE%',
      '%REQ(%',
      '%REQ()%',
      '%START_TIME(%s)%',
      '%REQ(a?b):5%',
      '%REQ(a):x%',
      '%DYNAMIC_METADATA(a:b)%',
      '%FILTER_STATE(a:PLAIN)%',
      'a\nb',
      '100%',
      '',
    ],
  ],
  [/retry_on/, ['5xx', '5xx,reset', 'nope', 'gateway-error, connect-failure', '']],
  [/name|id|prefix/, ['a', 'x.y', 'A_b', 'é', 'a b', 'a\nb', '']],
];
const anyString = ['', 'a', '/', 'x-a', '%', '*', ' ', '\0', '\n', 'é', '1', 'true', '😀', 'a'.repeat(300)];

export class Values {
  readonly #dice: Dice;
  /** Packed configurations that were seen, by the field that held them. */
  readonly #packed: ReadonlyMap<string, readonly JsonObject[]>;
  /** Objects that were seen, by type. */
  readonly #known: ReadonlyMap<string, readonly JsonObject[]>;

  constructor(
    dice: Dice,
    packed: ReadonlyMap<string, readonly JsonObject[]>,
    known: ReadonlyMap<string, readonly JsonObject[]>,
  ) {
    this.#dice = dice;
    this.#packed = packed;
    this.#known = known;
  }

  /** A value that at least has the field's shape, most of the time. */
  forField(field: DescField, depth: number): Json {
    const dice = this.#dice;
    if (dice.chance(0.02)) return dice.pick<Json>([null, [], {}, 'x', 1, true, [[]], [null]]);
    if (field.fieldKind === 'list') {
      const count = dice.pick([0, 1, 1, 1, 2, 2, 3]);
      return Array.from({ length: count }, () => this.#item(field, depth));
    }
    if (field.fieldKind === 'map') return { [dice.pick(['a', 'envoy.lb', 'hm', ''])]: this.#item(field, depth) };
    return this.#item(field, depth);
  }

  #item(field: DescField, depth: number): Json {
    if ('message' in field && field.message !== undefined) return this.message(field.message, field.name, depth);
    if ('enum' in field && field.enum !== undefined) {
      const known = field.enum.values.map((value) => value.name);
      const extra: Json[] = [0, 1, 99, 'NOPE', known[0]?.toLowerCase() ?? '', '1', ''];
      return this.#dice.chance(0.8) ? this.#dice.pick(known) : this.#dice.pick(extra);
    }
    return this.#scalar('scalar' in field ? (field.scalar ?? ScalarType.STRING) : ScalarType.STRING, field.name);
  }

  #scalar(type: ScalarType, name: string): Json {
    const dice = this.#dice;
    if (type === ScalarType.BOOL) return dice.chance(0.9) ? dice.chance(0.8) : dice.pick<Json>(['true', 0, 'yes', '']);
    if (type === ScalarType.STRING) return this.#string(name);
    if (type === ScalarType.BYTES) return dice.pick(['', 'AAE=', 'aGVsbG8', '***', 'AA==', '_-8=']);
    if (type === ScalarType.DOUBLE || type === ScalarType.FLOAT) return dice.pick(doubles);
    return dice.chance(0.7) ? dice.pick(numbers) : dice.pick(oddNumbers);
  }

  #string(name: string): string {
    const fit = strings.find(([part]) => part.test(name));
    return fit === undefined || this.#dice.chance(0.1) ? this.#dice.pick(anyString) : this.#dice.pick(fit[1]);
  }

  /** @param name of the field that holds it */
  message(desc: DescMessage, name: string, depth: number): Json {
    const dice = this.#dice;
    const { typeName } = desc;
    if (typeName === 'google.protobuf.Duration') return dice.pick<Json>(dice.chance(0.7) ? durations : oddDurations);
    if (typeName === 'google.protobuf.Timestamp') return dice.pick(['2026-01-01T00:00:00Z', 'x']);
    if (typeName === 'google.protobuf.Any') return this.#any(name);
    if (typeName.endsWith('Value') && isSpecial(desc) && desc.fields[0]?.fieldKind === 'scalar') {
      return this.#scalar(desc.fields[0].scalar, name);
    }
    if (isSpecial(desc)) return dice.pick<Json>([{}, { a: 'b' }, { a: { b: [1, null, 'x'] } }, [], 'x']);
    const seen = this.#known.get(typeName);
    if (seen !== undefined && dice.chance(0.5)) return structuredClone(dice.pick(seen));
    return this.fresh(desc, depth);
  }

  /** An object with a few of the fields; of each oneof at most one, as a rule. */
  fresh(desc: DescMessage, depth: number): JsonObject {
    const object: JsonObject = {};
    const oneofs = new Set<string>();
    const share = Math.min(0.9, 2 / Math.max(1, desc.fields.length));
    for (const field of desc.fields) {
      const required = /^(name|domains|match|stat_prefix|path|cluster|key|header)$/.test(field.name);
      if (!this.#dice.chance(required ? 0.9 : share) || (depth <= 0 && !required)) continue;
      if (field.oneof !== undefined && oneofs.has(field.oneof.name)) continue;
      if (field.oneof !== undefined) oneofs.add(field.oneof.name);
      object[field.name] = this.forField(field, depth - 1);
    }
    return object;
  }

  #any(name: string): Json {
    const alike = this.#packed.get(name);
    const pool = alike !== undefined && this.#dice.chance(0.8) ? alike : [...this.#packed.values()].flat();
    if (pool.length === 0 || this.#dice.chance(0.05)) {
      return this.#dice.pick<Json>([{}, { '@type': 'type.googleapis.com/nope.Nope' }, { '@type': 'x' }]);
    }
    return structuredClone(this.#dice.pick(pool));
  }
}
