import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerFactoryContext } from '../../../../sdk/extension.ts';
import type { InputMatcherExtension } from '../../../../sdk/matching.ts';
import { configReader } from '../../../../test/harness/extension-config.ts';
import { loggedStream } from '../../../../test/harness/logged-stream.ts';
import type { JsonInput } from '../../../common/proto/json-value.ts';
import { celMatcher, metadataMatcher } from './index.ts';

const reader = configReader([celMatcher, metadataMatcher]);
const CEL = 'xds.type.matcher.v3.CelMatcher';
const METADATA = 'envoy.extensions.matching.input_matchers.metadata.v3.Metadata';

function create<C>(extension: InputMatcherExtension<C>, type: string, json: JsonInput) {
  const { config, problems } = reader.read(type, json);
  assert.deepEqual(problems, []);
  return extension.createMatcher(config as C, {} as ServerFactoryContext);
}

const method = { select_expr: { operand: { ident_expr: { name: 'request' } }, field: 'method' } };
const isGet = { call_expr: { function: '_==_', args: [method, { const_expr: { string_value: 'GET' } }] } };

function judges(exprMatch: JsonInput, headers: Readonly<Record<string, string>>) {
  const { context: log, info: streamInfo } = loggedStream(headers);
  const matcher = create(celMatcher, CEL, { expr_match: exprMatch });
  assert.equal(matcher.match('GET'), false);
  return matcher.matchData?.({ kind: 'request', log, streamInfo });
}

test('an expression judges the request, as whichever of the forms it comes', () => {
  for (const form of ['cel_expr_parsed', 'cel_expr_checked', 'parsed_expr', 'checked_expr']) {
    assert.equal(judges({ [form]: { expr: isGet } }, { ':method': 'GET' }), true);
    assert.equal(judges({ [form]: { expr: isGet } }, { ':method': 'PUT' }), false);
  }
});

test('what gives no boolean does not match', () => {
  assert.equal(judges({ cel_expr_parsed: { expr: method } }, { ':method': 'GET' }), false);
});

test('expressions that are none are refused in the words of Envoy', () => {
  const faults = (json: JsonInput) => reader.read(CEL, json).problems.join();
  assert.match(faults({ expr_match: {} }), /CEL expression not set/);
  assert.match(faults({ expr_match: { cel_expr_string: 'true' } }), /CEL expression not set/);
  assert.match(faults({ expr_match: { cel_expr_parsed: {} } }), /Invalid empty expression/);
  assert.match(faults({ expr_match: { cel_expr_parsed: { expr: { call_expr: { function: 'nope' } } } } }), /for nope/);
});

test('a value of metadata is judged as such, and may be asked not to fit', () => {
  const value = { string_match: { exact: 'v' } };
  const plain = create(metadataMatcher, METADATA, { value });
  const inverted = create(metadataMatcher, METADATA, { value, invert: true });
  for (const [found, holds] of [
    ['v', true],
    ['w', false],
    [undefined, false],
  ] as const) {
    assert.equal(plain.matchData?.({ kind: 'metadata', value: found }), holds);
    assert.equal(inverted.matchData?.({ kind: 'metadata', value: found }), !holds);
  }
  assert.equal(plain.match('v'), false);
});
