import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loggedStream, testConfig } from '../../../../test/harness/logged-stream.ts';
import { builtinCommands } from './builtin-commands.ts';

function create(name: 'CEL' | 'TYPED_CEL', params: string, maxLength?: number) {
  const { ctx, faults } = testConfig();
  return { provider: builtinCommands.get(name)?.create({ params, maxLength }, ctx), faults: faults() };
}

function logged(params: string, maxLength?: number) {
  const { context, info } = loggedStream(
    { ':path': '/x?q=1#f', ':method': 'GET', 'x-a': 'va', 'x-u': '\xc3\xa9' },
    { 'content-type': 'text/plain' },
  );
  info.responseCode = 200;
  info.setResponseFlag('UF');
  info.setDynamicMetadata('ns', { n: 1, list: ['a'] });
  const made = (['CEL', 'TYPED_CEL'] as const).map((name) => create(name, params, maxLength));
  assert.deepEqual(
    made.flatMap(({ faults }) => faults),
    [],
  );
  return [
    made[0]?.provider?.text(context, info),
    made[0]?.provider?.json(context, info),
    made[1]?.provider?.json(context, info),
  ];
}

/** Expression, text, JSON of TYPED_CEL: as Envoy 1.40 logs them. */
const rows: readonly (readonly [string, string | undefined, string | undefined])[] = [
  ['request.url_path', '/x', '"/x"'],
  ['request.query', 'q=1', '"q=1"'],
  ["request.headers['X-A']", 'va', '"va"'],
  ["size(request.headers['x-u'])", '1', '1'],
  ["request.headers['nope']", undefined, undefined],
  ["'x-a' in request.headers", 'true', 'true'],
  ['has(request.nope)', 'false', 'false'],
  ['nope || true', 'true', 'true'],
  ['nope || false', undefined, undefined],
  ['request', 'CelMap value', undefined],
  ['response.headers', 'CelMap value', '{"content-type":"text/plain"}'],
  ['response.code / 100', '2', '2'],
  ['response.flags', '32', '32'],
  ['response.grpc_status', '2', '2'],
  ["metadata.filter_metadata['ns'].list[0]", 'a', '"a"'],
  ['metadata.filter_metadata.ns', 'CelMap value', '{"list":["a"],"n":1}'],
  [
    'metadata',
    'filter_metadata { key: "ns" value { fields { key: "list" value { list_value { values { string_value: "a" } } } } ' +
      'fields { key: "n" value { number_value: 1 } } } } ',
    '{"filter_metadata":{"ns":{"list":["a"],"n":1}}}',
  ],
  ['metadata.typed_filter_metadata', 'CelMap value', '{}'],
  ['has(metadata.typed_filter_metadata)', 'false', 'false'],
  ['xds.listener_metadata', '', '{}'],
  ['xds.listener_direction', '0', '0'],
  ['xds.node', undefined, undefined],
  ['xds.route_metadata', undefined, undefined],
  ['xds.virtual_host_name', undefined, undefined],
  ['upstream.locality', undefined, undefined],
  ['source.port', '35948', '35948'],
  ['connection.id', '7', '7'],
  ['connection.mtls', 'false', 'false'],
  ['upstream.address', undefined, undefined],
  ['request.duration', '5.75ms', '"0.005750s"'],
  ['request.time', '2026-11-21T12:06:02.124479+00:00', '"2026-11-21T12:06:02.124479Z"'],
  ["duration('1h30m')", '1h30m', '"5400s"'],
  ["duration('1s') + duration('1ms')", '1.001s', '"1.001s"'],
  ['0.1 + 0.2', '0.3', '0.30000000000000004'],
  ['0.00001', '1e-05', '1e-05'],
  ['-0.0', '-0', '-0'],
  ['9007199254740993', '9007199254740993', '9007199254740992'],
  ['1e100', '1e+100', '1e+100'],
  ['null', 'NULL', undefined],
  ["b'abc'", 'abc', '"YWJj"'],
  ['type(1)', 'CelType value', undefined],
  ['[1, 2]', 'CelList value', '[1,2]'],
  ["'a' + 'b'", undefined, undefined],
  ['[1] + [2]', undefined, undefined],
  ['1 / 0', undefined, undefined],
  ['9223372036854775807 + 1', undefined, undefined],
  ["request.path.matches('^/x.*')", 'true', 'true'],
  ["matches(request.path, '^x')", 'false', 'false'],
];

for (const [expression, text, typed] of rows) {
  test(`%CEL(${expression})% is ${text ?? 'absent'}`, () => {
    const [plain, , json] = logged(expression);
    assert.deepEqual([plain, json], [text, typed]);
  });
}

test('CEL is text in JSON, TYPED_CEL keeps the type, and strings are cut', () => {
  assert.deepEqual(logged('response.code'), ['200', '"200"', '200']);
  assert.deepEqual(logged('request.url_path', 1), ['/', '"/"', '"/"']);
});

const faulty: readonly (readonly [string, RegExp])[] = [
  ['1 +', /^Not able to parse expression: INVALID_ARGUMENT: ERROR: <input>:1:/],
  ['', /^Not able to parse expression/],
  ['nofunc(1)', /^failed to create an expression: No overload found in reference resolve step for nofunc$/],
  ['string(1)', /No overload found in reference resolve step for string$/],
  ['[1].exists(x, x == 1)', /^failed to create an expression: Comprehension support is disabled$/],
  ["request.path.matches('[')", /^failed to create an expression: invalid regular expression: .*missing/],
  ["request.path.matches('^a{1,50}$')", /expression: regular expression exceeds max allowed size$/],
];

for (const [expression, fault] of faulty) {
  test(`%CEL(${expression})% is refused`, () => {
    const { faults } = create('CEL', expression);
    assert.equal(faults.length, 1);
    assert.match(faults[0] ?? '', fault);
  });
}
