import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Secret } from '../../../api/generated/envoy/extensions/transport_sockets/tls/v3/secret_pb.d.ts';
import { configReader } from '../../../test/harness/extension-config.ts';
import { MemoryFiles } from '../../../test/harness/memory-files.ts';
import { createStatsMemory } from '../../common/stats/stats-memory.ts';
import { StatsStore } from '../../common/stats/stats-store.ts';
import { UnknownFields } from '../followed/unknown-fields.ts';
import { SdsApi } from './sds-api.ts';
import { SdsStats } from './sds-stats.ts';

const { types } = configReader([]);
const secretType = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret';
const response = (...resources: object[]) =>
  JSON.stringify({ version_info: '7', resources: resources.map((one) => ({ '@type': secretType, ...one })) });
const filed = (name: string) => ({
  name,
  tls_certificate: { certificate_chain: { filename: '/c/chain.pem' }, private_key: { filename: '/c/key.pem' } },
});

function follow(content: string) {
  const files = new MemoryFiles();
  files.contents.set('/sds.json', content).set('/c/chain.pem', 'chain').set('/c/key.pem', 'key');
  const scope = new StatsStore(createStatsMemory()).createScope();
  const offered: Secret[] = [];
  const state = { verdict: undefined as string | undefined };
  const logger = { warn: () => {} } as never;
  const api = new SdsApi(
    { kind: 'tlsCertificate', name: 'x', path: '/sds.json', watchedDirectory: '', check: () => undefined },
    {
      types,
      files,
      unknownFields: new UnknownFields('warn', scope.counter('unknown'), logger),
      stats: new SdsStats(scope, 'x'),
      logger,
      offer(secret) {
        if (state.verdict === undefined) offered.push(secret);
        return state.verdict;
      },
      now: () => 5,
    },
  );
  api.update();
  const count = (name: string) => scope.counter(`sds.x.update_${name}`).value;
  const counts = () => ['attempt', 'success', 'failure', 'rejected'].map(count);
  const rotationFailures = () => scope.counter('sds.x.key_rotation_failed').value;
  return { api, files, offered, state, counts, rotationFailures };
}

function keyOf(secret: Secret | undefined): string {
  const source = secret?.type.case === 'tlsCertificate' ? secret.type.value.privateKey?.specifier : undefined;
  return source?.case === 'inlineBytes' ? new TextDecoder().decode(source.value) : '';
}

test('a secret is taken with the contents of its files', () => {
  const { api, offered, counts, files } = follow(response(filed('x')));
  assert.equal(keyOf(offered[0]), 'key');
  assert.equal(api.current, offered[0]);
  assert.deepEqual([api.versionInfo, counts()], ['7', [1, 1, 0, 0]]);
  assert.deepEqual(files.watched, ['/c/', '/c/', '/sds.json']);
  api[Symbol.dispose]();
  assert.deepEqual(files.watched, []);
});

test('what is moved into the folder of its files is read, and offered when it is something else', () => {
  const { api, files, offered, counts } = follow(response(filed('x')));
  files.touch('/c/');
  assert.equal(offered.length, 1);
  files.contents.set('/c/key.pem', 'new key');
  files.touch('/c/');
  assert.equal(offered.length, 2);
  assert.equal(keyOf(api.current), 'new key');
  assert.deepEqual(counts(), [1, 1, 0, 0]);
});

test('files that nobody can work with are counted once a file, and the old ones stay', () => {
  const { api, files, state, rotationFailures } = follow(response(filed('x')));
  state.verdict = 'does not fit';
  files.contents.set('/c/key.pem', 'wrong key');
  files.touch('/c/');
  assert.equal(rotationFailures(), 2);
  files.touch('/c/');
  assert.equal(rotationFailures(), 2, 'the same contents are told once');
  assert.equal(keyOf(api.current), 'key');
  state.verdict = undefined;
  files.touch('/c/');
  assert.equal(keyOf(api.current), 'wrong key');
});

test('a file of discovery that is replaced is read again', () => {
  const { files, offered, counts } = follow(response(filed('x')));
  const watched = { path: '/w' };
  const certificate = { ...filed('x').tls_certificate, password: { inline_string: 'p' }, watched_directory: watched };
  files.contents.set('/sds.json', response({ name: 'x', tls_certificate: certificate }));
  files.touch('/sds.json');
  assert.deepEqual([offered.length, counts()], [2, [2, 2, 0, 0]]);
  assert.deepEqual(files.watched, ['/sds.json', '/w/']);
});

test('what cannot be used is a failure or is rejected, and the secret stays', () => {
  const { api, files, counts, state } = follow(response(filed('x')));
  const current = api.current;
  const bad = ['[', response(), response(filed('y')), response(filed('x'), filed('x'))];
  for (const content of [...bad, response({ name: 'x', validation_context: {} })]) {
    files.contents.set('/sds.json', content);
    files.touch('/sds.json');
  }
  assert.deepEqual(counts(), [6, 1, 1, 4]);
  state.verdict = 'does not fit';
  files.contents.set('/sds.json', response({ name: 'x', tls_certificate: { private_key: { inline_string: 'k' } } }));
  files.touch('/sds.json');
  assert.deepEqual([counts(), api.current], [[7, 1, 1, 5], current]);
});

test('a secret that does not come at once is waited for', () => {
  const { api, files, offered } = follow(response());
  assert.equal(api.current, undefined);
  files.contents.set('/sds.json', response(filed('x')));
  files.touch('/sds.json');
  assert.equal(offered.length, 1);
});
