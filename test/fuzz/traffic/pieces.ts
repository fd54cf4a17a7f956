/** Random parts of configurations that routes, virtual hosts and connection managers are made of. All of them are valid. */
import type { Dice } from '../../simulation/dice.ts';
import type { Json, JsonObject } from '../verdicts/tree.ts';

export const types = 'type.googleapis.com/envoy.extensions';

/** Adds a member with a chance. */
export function maybe(dice: Dice, share: number, make: () => JsonObject): JsonObject {
  return dice.chance(share) ? make() : {};
}

export function some<T>(dice: Dice, most: number, make: (index: number) => T): T[] {
  return Array.from({ length: dice.between(0, most) }, (_, index) => make(index));
}

export const headerNames = [
  'x-a',
  'x-b',
  'x-c',
  'X-Mixed',
  'cookie',
  'accept',
  'user-agent',
  'referer',
  'via',
  'x-num',
];
export const headerValues = ['1', 'a', 'ab', 'b, c', '42', '-5', 'A', '"q"', 'x=y; z=w', ''];

/** Format strings with a meaning in header values, bodies and logs, that do not vary from run to run. */
export const formats = [
  'plain',
  '%REQ(:path)%',
  '%REQ(:method)%|%PROTOCOL%',
  '%REQ(x-a?x-b):2%',
  '%REQ(x-none)%',
  '%REQ(host)%',
  '%REQ(:authority)%',
  '%RESPONSE_CODE%',
  '%RESPONSE_CODE_DETAILS%',
  '%RESPONSE_FLAGS%',
  '%ROUTE_NAME%',
  '%UPSTREAM_CLUSTER%',
  '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%',
  '%RESP(x-up)%',
  '%RESP(content-type?server)%',
  '%BYTES_RECEIVED%',
  '%REQUESTED_SERVER_NAME%',
  '%DYNAMIC_METADATA(a:b)%',
  '%METADATA(ROUTE:mine:a)%',
  '%METADATA(VIRTUAL_HOST:mine:a)%',
  '%PATH(NQ)%',
  '%QUERY_PARAM(q)%',
  '%UPSTREAM_REQUEST_ATTEMPT_COUNT%',
  '%VIRTUAL_CLUSTER_NAME%',
  '100%%',
  'é %REQ(x-b)%',
];

export function stringMatcher(dice: Dice, words: readonly string[]): JsonObject {
  const word = dice.pick(words) || 'a';
  const match = dice.pick<() => JsonObject>([
    () => ({ exact: word }),
    () => ({ prefix: word.slice(0, 1) }),
    () => ({ suffix: word.slice(-1) }),
    () => ({ contains: word.slice(0, 2) }),
    () => ({ safe_regex: { regex: dice.pick(['[a-z]+', '\\d+', '.*', 'a.?', '(?i)AB', '/a/[^/]+']) } }),
  ])();
  return { ...match, ...('safe_regex' in match ? {} : maybe(dice, 0.2, () => ({ ignore_case: true }))) };
}

export function headerMatcher(dice: Dice): JsonObject {
  const name = dice.pick([...headerNames, ':path', ':method', ':authority', 'content-type']);
  const match = dice.pick<() => JsonObject>([
    () => ({ string_match: stringMatcher(dice, headerValues) }),
    () => ({ present_match: dice.chance(0.7) }),
    () => ({ range_match: { start: '-10', end: '43' } }),
    () => ({ string_match: stringMatcher(dice, headerValues) }),
    () => ({}),
  ])();
  return {
    name,
    ...match,
    ...maybe(dice, 0.25, () => ({ invert_match: true })),
    ...maybe(dice, 0.15, () => ({ treat_missing_header_as_empty: true })),
  };
}

const actions = ['APPEND_IF_EXISTS_OR_ADD', 'ADD_IF_ABSENT', 'OVERWRITE_IF_EXISTS_OR_ADD', 'OVERWRITE_IF_EXISTS'];

export function headerOption(dice: Dice, names: readonly string[]): JsonObject {
  return {
    header: { key: dice.pick(names), value: dice.pick(formats) },
    ...maybe(dice, 0.6, () => ({ append_action: dice.pick(actions) })),
    ...maybe(dice, 0.2, () => ({ keep_empty_value: true })),
  };
}

export const addedToRequests = ['x-a', 'x-b', 'x-added', 'x-Mixed', 'user-agent', 'accept', 'via'];
export const addedToResponses = [
  'x-up',
  'x-down',
  'server',
  'content-type',
  'x-a',
  'set-cookie',
  'location',
  'cache-control',
];

/** `request_headers_to_add` and its three sisters. */
export function mutations(dice: Dice, share: number): JsonObject {
  return {
    ...maybe(dice, share, () => ({
      request_headers_to_add: some(dice, 3, () => headerOption(dice, addedToRequests)),
    })),
    ...maybe(dice, share, () => ({
      response_headers_to_add: some(dice, 3, () => headerOption(dice, addedToResponses)),
    })),
    ...maybe(dice, share / 2, () => ({
      request_headers_to_remove: [dice.pick(['x-a', 'X-B', 'cookie', 'user-agent'])],
    })),
    ...maybe(dice, share / 2, () => ({
      response_headers_to_remove: [dice.pick(['x-up', 'Server', 'content-type', 'date'])],
    })),
  };
}

export function metadata(dice: Dice, share: number, value: string): JsonObject {
  return maybe(dice, share, () => ({
    metadata: { filter_metadata: { mine: { a: value, n: 5 }, other: { b: [1, true] } } },
  }));
}

export function fraction(dice: Dice): JsonObject {
  return {
    default_value: { numerator: dice.pick([0, 100]), denominator: 'HUNDRED' },
    ...maybe(dice, 0.5, () => ({ runtime_key: dice.pick(['rt.on', 'rt.off', 'rt.none']) })),
  };
}

/** For JSON and text logs, mappers and bodies. */
export function substitution(dice: Dice): JsonObject {
  if (dice.chance(0.5))
    return { text_format_source: { inline_string: some(dice, 3, () => dice.pick(formats)).join(' ') } };
  const json: JsonObject = {};
  for (const name of ['b', 'a', 'n', 'deep']) if (dice.chance(0.6)) json[name] = jsonValue(dice, name === 'deep');
  return {
    json_format: json,
    ...maybe(dice, 0.3, () => ({ json_format_options: { sort_properties: dice.chance(0.5) } })),
  };
}

function jsonValue(dice: Dice, deep: boolean): Json {
  if (deep) return { x: dice.pick(formats), list: [dice.pick(formats), 1, true, null] };
  return dice.pick<Json>([dice.pick(formats), dice.pick(formats), `${dice.pick(formats)}!`, 5, 1.5, false]);
}

export function perFilter(dice: Dice): JsonObject {
  const configs: JsonObject = {};
  if (dice.chance(0.4)) {
    configs['hm'] = {
      '@type': `${types}.filters.http.header_mutation.v3.HeaderMutationPerRoute`,
      mutations: headerMutations(dice),
    };
  }
  if (dice.chance(0.3)) {
    const type = `${types}.filters.http.buffer.v3.BufferPerRoute`;
    configs['buf'] = dice.chance(0.5)
      ? { '@type': type, disabled: true }
      : { '@type': type, buffer: { max_request_bytes: 6 } };
  }
  if (dice.chance(0.1)) {
    configs['hm'] = { '@type': 'type.googleapis.com/envoy.config.route.v3.FilterConfig', disabled: true, config: {} };
  }
  return Object.keys(configs).length === 0 ? {} : { typed_per_filter_config: configs };
}

export function headerMutations(dice: Dice): JsonObject {
  const one = (names: readonly string[]): JsonObject =>
    dice.chance(0.3) ? { remove: dice.pick(names) } : { append: headerOption(dice, names) };
  return {
    ...maybe(dice, 0.7, () => ({ request_mutations: some(dice, 3, () => one(addedToRequests)) })),
    ...maybe(dice, 0.7, () => ({ response_mutations: some(dice, 3, () => one(addedToResponses)) })),
    ...maybe(dice, 0.2, () => ({ response_trailers_mutations: some(dice, 2, () => one(['x-t', 'x-u'])) })),
    ...maybe(dice, 0.2, () => ({ request_trailers_mutations: some(dice, 2, () => one(['x-t', 'x-u'])) })),
    ...maybe(dice, 0.2, () => ({
      query_parameter_mutations: some(dice, 2, () =>
        dice.pick<JsonObject>([{ remove: 'q' }, { append: { record: { key: 'z', value: '1' } } }]),
      ),
    })),
  };
}
