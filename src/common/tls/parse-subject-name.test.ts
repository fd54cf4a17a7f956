import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SubjectAltNameMatcher } from '../../../api/generated/envoy/extensions/transport_sockets/tls/v3/common_pb.d.ts';
import type { GeneralName, GeneralNameKind } from '../../../sdk/network.ts';
import { configReader } from '../../../test/harness/extension-config.ts';
import type { JsonInput } from '../proto/json-value.ts';
import { parseSubjectName } from './parse-subject-name.ts';
import type { SubjectNameMatcher } from './subject-names.ts';

const reader = configReader([]);
const names: readonly GeneralName[] = (['EMAIL', 'DNS', 'URI', 'IP_ADDRESS', 'OTHER_NAME'] as const).map((kind) => ({
  kind,
  text: 'a.test',
  oid: kind === 'OTHER_NAME' ? '1.2.3' : '',
}));

function read(json: JsonInput) {
  const type = 'envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher';
  const { config, problems } = reader.parse(type, json, (message: SubjectAltNameMatcher, ctx) =>
    parseSubjectName(message, ctx),
  );
  return { matchers: (config ?? []) as SubjectNameMatcher[], problems };
}

const matched = (json: JsonInput): GeneralNameKind[] =>
  names.filter((name) => read(json).matchers.some((matcher) => matcher.matches(name))).map(({ kind }) => kind);

for (const [san_type, more] of [
  ['EMAIL', {}],
  ['DNS', {}],
  ['URI', {}],
  ['IP_ADDRESS', {}],
  ['OTHER_NAME', { oid: '1.2.3' }],
] as const)
  test(`${san_type}: names of that kind alone, by each way to compare`, () => {
    for (const matcher of [
      { exact: 'a.test' },
      { prefix: 'a.' },
      { suffix: '.test' },
      { contains: '.' },
      { safe_regex: { regex: 'a\\.t.*' } },
    ])
      assert.deepEqual(matched({ san_type, matcher, ...more }), [san_type], JSON.stringify(matcher));
    for (const matcher of [{ exact: 'b.test' }, { prefix: 'test' }, { suffix: 'a.' }, { safe_regex: { regex: 'a' } }])
      assert.deepEqual(matched({ san_type, matcher, ...more }), [], JSON.stringify(matcher));
  });

test('an OTHER_NAME is told by its identifier', () => {
  assert.deepEqual(matched({ san_type: 'OTHER_NAME', oid: '1.2.4', matcher: { exact: 'a.test' } }), []);
  for (const oid of ['', '3.1', '1', '1.a', '1..2'])
    assert.match(
      read({ san_type: 'OTHER_NAME', oid, matcher: { exact: 'a' } }).problems.join(),
      new RegExp(`Failed to create SAN matcher for OTHER_NAME with OID: ${oid}$`),
    );
});

test('an exact DNS name goes by the rules of certificates, any other kind by its letters', () => {
  const wildcard = { kind: 'DNS', text: '*.test', oid: '' } as const;
  const matches = (json: JsonInput, name: GeneralName) => read(json).matchers.some((matcher) => matcher.matches(name));
  assert.ok(matches({ san_type: 'DNS', matcher: { exact: 'A.test' } }, wildcard));
  assert.ok(!matches({ san_type: 'DNS', matcher: { prefix: 'A' } }, wildcard));
  assert.ok(!matches({ san_type: 'URI', matcher: { exact: 'A.test' } }, { ...wildcard, kind: 'URI', text: 'a.test' }));
});

test('matchers that differ have keys that differ', () => {
  const all: JsonInput[] = [
    { san_type: 'DNS', matcher: { exact: 'a' } },
    { san_type: 'DNS', matcher: { prefix: 'a' } },
    { san_type: 'URI', matcher: { exact: 'a' } },
    { san_type: 'EMAIL', matcher: { exact: 'a' } },
    { san_type: 'URI', matcher: { exact: 'a', ignore_case: true } },
    { san_type: 'URI', matcher: { safe_regex: { regex: 'a' } } },
    { san_type: 'OTHER_NAME', oid: '1.2.3', matcher: { exact: 'a' } },
    { san_type: 'OTHER_NAME', oid: '1.2.4', matcher: { exact: 'a' } },
  ];
  const keys = all.map((json) => read(json).matchers[0]?.key);
  assert.equal(new Set(keys).size, all.length, String(keys));
});
