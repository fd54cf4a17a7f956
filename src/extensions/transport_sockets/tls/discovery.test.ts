import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Secret } from '../../../../api/generated/envoy/extensions/transport_sockets/tls/v3/secret_pb.d.ts';
import type { TransportSocketFactoryContext } from '../../../../sdk/extension.ts';
import type { TransportSocketCallbacks } from '../../../../sdk/network.ts';
import { certificatePath as path } from '../../../../test/harness/certificates.ts';
import { configReader } from '../../../../test/harness/extension-config.ts';
import type { JsonInput } from '../../../common/proto/json-value.ts';
import { secretKey, ThreadSecrets } from '../../../common/secret/thread-secrets.ts';
import { createStatsMemory } from '../../../common/stats/stats-memory.ts';
import { StatsStore } from '../../../common/stats/stats-store.ts';
import type { ServerTlsOptions } from '../../../network/tls/tls-options.ts';
import { TlsSocket } from '../../../network/tls/tls-socket.ts';
import { TlsThread } from '../../../network/tls/tls-thread.ts';
import { tls, tlsDownstream } from './index.ts';
import type { TriedOptions } from './world.ts';

const types = 'envoy.extensions.transport_sockets.tls.v3';
const key = secretKey({ kind: 'tlsCertificate', name: 'x', path: '/sds.yaml' });

function certificate(name: string) {
  const json = {
    certificate_chain: { filename: path(`${name}.pem`) },
    private_key: { filename: path(`${name}-key.pem`) },
  };
  const secret = configReader([]).parse(`${types}.Secret`, { tls_certificate: json }, (message: Secret) => message);
  const { value } = (secret.config as Secret).type;
  assert.ok(value !== undefined);
  return value;
}

/** A downstream context whose certificate is discovered, and what a thread makes of it. */
function follow() {
  const secrets = new ThreadSecrets(undefined);
  const thread = new TlsThread();
  const reader = configReader([tls, tlsDownstream], {
    readFile: (name) => readFileSync(name),
    environmentVariable: () => undefined,
    shared: <T>() => thread as T,
    secrets,
  });
  const sds_config: JsonInput = { path_config_source: { path: '/sds.yaml' } };
  const { config, problems } = reader.read(`${types}.DownstreamTlsContext`, {
    common_tls_context: { tls_certificate_sds_secret_configs: [{ name: 'x', sds_config }] },
  });
  assert.deepEqual(problems, []);
  const scope = new StatsStore(createStatsMemory()).createScope();
  const context = {
    ownerScope: scope,
    workerIndex: 0,
    serverNames: [],
    unsupportedProtocols: [],
    timeSource: { systemTimeMs: () => 0 },
    singleton: <T>(name: string, create: () => T) =>
      name === 'envoy.transport_sockets.tls' ? (thread as T) : create(),
    sharedNumber: () => ({ value: 0, replace: () => true }),
    random: { random: () => 1 },
  } as unknown as TransportSocketFactoryContext;
  const options = config as TriedOptions<ServerTlsOptions>;
  const factory = tlsDownstream.createTransportSocketFactory(options, context);
  const count = (name: string) => scope.counter(`server_ssl_socket_factory.${name}`).value;
  const connect = () => factory.createTransportSocket('server', undefined, undefined);
  return { secrets, thread, factory, options, connect, count };
}

test('until its secret has come, connections break', () => {
  using thread = new DisposableStack();
  const { factory, connect, count, thread: ssl } = follow();
  thread.use(ssl);
  using socket = connect();
  let failed = false;
  socket?.start({
    onFailure: () => {
      failed = true;
    },
  } as unknown as TransportSocketCallbacks);
  socket?.onConnected();
  assert.deepEqual([failed, socket?.failureReason], [true, 'TLS error: Secret is not supplied by SDS']);
  assert.equal(count('downstream_context_secrets_not_ready'), 1);
  factory[Symbol.dispose]?.();
});

test('a secret that has come or changed is taken for new connections, and nothing native stays', () => {
  const { secrets, thread, factory, options, connect, count } = follow();
  secrets.set(key, certificate('server'));
  const old = connect();
  assert.ok(old instanceof TlsSocket);
  const before = tlsDownstream.certificatesInUse?.(options)?.presented[0]?.certificate.serialNumber;
  secrets.set(key, certificate('server-rsa'));
  const after = tlsDownstream.certificatesInUse?.(options)?.presented[0]?.certificate.serialNumber;
  assert.notEqual(before, after);
  const fresh = connect();
  assert.ok(fresh instanceof TlsSocket);
  assert.equal(count('ssl_context_update_by_sds'), 2);
  factory[Symbol.dispose]?.();
  secrets.set(key, certificate('server'));
  old[Symbol.dispose]();
  fresh[Symbol.dispose]();
  assert.deepEqual([count('ssl_context_update_by_sds'), thread.openSsl.liveCount()], [2, 0]);
  thread[Symbol.dispose]();
});

test('the configuration tells what is wrong with a secret that it was offered', () => {
  const { secrets, thread, options } = follow();
  const wrong = certificate('server') as Secret['type']['value'] & { privateKey: unknown };
  secrets.put(key, Object.assign(Object.create(Object.getPrototypeOf(wrong)), wrong, { privateKey: undefined }));
  assert.equal(options.discovery?.current(), undefined);
  thread[Symbol.dispose]();
});
