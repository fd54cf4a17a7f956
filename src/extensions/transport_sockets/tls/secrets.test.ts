import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Secret } from '../../../../api/generated/envoy/extensions/transport_sockets/tls/v3/secret_pb.d.ts';
import { certificatePath as path } from '../../../../test/harness/certificates.ts';
import { configReader } from '../../../../test/harness/extension-config.ts';
import type { JsonInput } from '../../../common/proto/json-value.ts';
import { StaticSecrets } from '../../../common/secret/static-secrets.ts';
import type { ServerTlsOptions } from '../../../network/tls/tls-options.ts';
import { TlsThread } from '../../../network/tls/tls-thread.ts';
import { tls, tlsDownstream } from './index.ts';

const thread = new TlsThread();
const types = 'envoy.extensions.transport_sockets.tls.v3';
const file = (name: string): JsonInput => ({ filename: path(name) });
const certificate: JsonInput = { certificate_chain: file('server.pem'), private_key: file('server-key.pem') };
const key = Buffer.from('k'.repeat(80)).toString('base64');

const secret = (json: JsonInput) =>
  configReader([]).parse(`${types}.Secret`, json, (message: Secret) => message).config as Secret;
const secrets = StaticSecrets.of([
  secret({ name: 'server', tls_certificate: certificate }),
  secret({ name: 'ca', validation_context: { trusted_ca: file('ca.pem'), max_verify_depth: 2 } }),
  secret({ name: 'keys', session_ticket_keys: { keys: [{ inline_bytes: key }] } }),
]);
const reader = configReader([tls, tlsDownstream], {
  readFile: (name) => readFileSync(name),
  environmentVariable: () => undefined,
  shared: <T>() => thread as T,
  secrets,
});

type Json = Readonly<Record<string, JsonInput>>;

function downstream(common: Json, more: Json = {}) {
  const { config, problems } = reader.read(`${types}.DownstreamTlsContext`, { common_tls_context: common, ...more });
  return { options: config as ServerTlsOptions, problems: problems.map((line) => line.replace(/^[\w.[\]]+: /, '')) };
}

const named = { tls_certificate_sds_secret_configs: [{ name: 'server' }] };
const authority = { validation_context_sds_secret_config: { name: 'ca' } };

test('certificates, authorities and ticket keys come from secrets, and bear their names', () => {
  const { options, problems } = downstream(
    { ...named, ...authority },
    { session_ticket_keys_sds_secret_config: { name: 'keys' } },
  );
  assert.deepEqual(problems, []);
  assert.deepEqual([options.certificates[0]?.name, options.certificates[0]?.chainPath], ['server', path('server.pem')]);
  assert.deepEqual([options.validation?.name, options.validation?.trustedCaPath], ['ca', path('ca.pem')]);
  assert.equal(options.sessionTicketKeys[0]?.length, 80);
});

test('a combined context has what both say', () => {
  const names = [{ san_type: 'DNS', matcher: { exact: 'a' } }];
  const own = { match_typed_subject_alt_names: names, max_verify_depth: 1 };
  const { options, problems } = downstream({
    ...named,
    combined_validation_context: { default_validation_context: own, ...authority },
  });
  assert.deepEqual(problems, []);
  const { subjectNames, maxVerifyDepth, trustedCaPath } = options.validation ?? {};
  assert.deepEqual([subjectNames?.length, maxVerifyDepth, trustedCaPath], [1, 2, path('ca.pem')]);
});

test('a name that no secret has is refused in Envoy’s words', () => {
  const unknown = { name: 'nope' };
  assert.deepEqual(downstream({ tls_certificate_sds_secret_configs: [unknown] }).problems, [
    'Unknown static secret: nope',
  ]);
  assert.deepEqual(downstream({ ...named, validation_context_sds_secret_config: unknown }).problems, [
    'Unknown static certificate validation context: nope',
  ]);
  assert.deepEqual(downstream(named, { session_ticket_keys_sds_secret_config: unknown }).problems, [
    'Unknown tls session ticket keys: nope',
  ]);
});

test('servers do not mix certificates of secrets with others', () => {
  assert.deepEqual(downstream({ ...named, tls_certificates: [certificate] }).problems, [
    'SDS and non-SDS TLS certificates may not be mixed in server contexts',
  ]);
});
