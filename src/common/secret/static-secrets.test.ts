import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Secret } from '../../../api/generated/envoy/extensions/transport_sockets/tls/v3/secret_pb.d.ts';
import { ConfigContext, ConfigErrorCollector, formatConfigProblem } from '../../../sdk/config.ts';
import { StaticSecrets } from './static-secrets.ts';

function secret(kind: string | undefined, name: string, value: object = {}): Secret {
  return { name, type: { case: kind, value } } as unknown as Secret;
}

function parse(...secrets: readonly Secret[]) {
  const collector = new ConfigErrorCollector();
  const parsed = StaticSecrets.parse(secrets, new ConfigContext(collector, 'r'));
  return { parsed, problems: collector.problems.map(formatConfigProblem) };
}

test('a secret is found by its kind and name', () => {
  const [certificate, authority] = [{}, {}];
  const { parsed, problems } = parse(
    secret('validationContext', 'a', authority),
    secret('tlsCertificate', 'a', certificate),
  );
  assert.deepEqual(problems, []);
  assert.equal(parsed.staticSecret('tlsCertificate', 'a'), certificate);
  assert.equal(parsed.staticSecret('validationContext', 'a'), authority);
  assert.equal(parsed.staticSecret('genericSecret', 'a'), undefined);
  assert.equal(parsed.staticSecret('tlsCertificate', 'b'), undefined);
});

test('kinds come in Envoy’s order, and the same from what another thread has checked', () => {
  const names = ({ all }: StaticSecrets) => all.map(({ name, type }) => `${type.case} ${name}`);
  const { parsed } = parse(
    secret('genericSecret', 'a'),
    secret('sessionTicketKeys', 'b'),
    secret('tlsCertificate', 'c'),
  );
  assert.deepEqual(names(parsed), ['tlsCertificate c', 'sessionTicketKeys b', 'genericSecret a']);
  assert.deepEqual(names(StaticSecrets.of(parsed.all)), names(parsed));
});

test('a name twice in one kind, and no kind, are faults', () => {
  const twice = (kind: string) => parse(secret(kind, 'a'), secret(kind, 'a')).problems;
  assert.deepEqual(twice('tlsCertificate'), ['r.secrets[1].name: Duplicate static TlsCertificate secret name a']);
  assert.deepEqual(twice('validationContext'), [
    'r.secrets[1].name: Duplicate static CertificateValidationContext secret name a',
  ]);
  assert.deepEqual(parse(secret(undefined, 'a')).problems, ['r.secrets[0]: Secret type not implemented']);
});
