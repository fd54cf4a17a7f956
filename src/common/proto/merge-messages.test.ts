import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configReader } from '../../../test/harness/extension-config.ts';
import type { JsonInput } from './json-value.ts';
import { mergeMessages } from './merge-messages.ts';
import { toProtoJson } from './proto-json-writer.ts';

const type = 'envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext';
const reader = configReader([]);

function merged(base: JsonInput, over: JsonInput): unknown {
  const read = (json: JsonInput) => reader.parse(type, json, (message: never) => message).config as never;
  return toProtoJson(reader.types, reader.types.requireMessage(type), mergeMessages(read(base), read(over)));
}

test('what is set on top replaces, lists are joined, messages are merged', () => {
  assert.deepEqual(
    merged(
      {
        trusted_ca: { filename: 'a' },
        match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: 'x' } }],
        allow_expired_certificate: true,
        max_verify_depth: 3,
      },
      {
        trusted_ca: { inline_string: 'b', watched_directory: { path: '/p' } },
        match_typed_subject_alt_names: [{ san_type: 'URI', matcher: { prefix: 'y' } }],
        trust_chain_verification: 'ACCEPT_UNTRUSTED',
      },
    ),
    {
      trusted_ca: { inline_string: 'b', watched_directory: { path: '/p' } },
      match_typed_subject_alt_names: [
        { san_type: 'DNS', matcher: { exact: 'x' } },
        { san_type: 'URI', matcher: { prefix: 'y' } },
      ],
      allow_expired_certificate: true,
      max_verify_depth: 3,
      trust_chain_verification: 'ACCEPT_UNTRUSTED',
    },
  );
});

test('what is not set on top stays', () => {
  const base = { trusted_ca: { filename: 'a' }, max_verify_depth: 3 };
  assert.deepEqual(merged(base, {}), base);
  assert.deepEqual(merged({}, base), base);
});
