import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync, renameSync, statSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { certificatePath } from '../harness/certificates.ts';
import { echoChain, tcpListener } from '../harness/config-push.ts';
import { LiveProxy } from '../harness/live-proxy.ts';
import { poll } from '../harness/poll.ts';
import { RawClient } from '../harness/raw-client.ts';

const fileLog = (path: string, format: string) => [
  {
    name: 'envoy.access_loggers.file',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog',
      path,
      log_format: { text_format_source: { inline_string: format } },
    },
  },
];
const access_log = fileLog('$FOLDER/access.log', 'bytes %BYTES_RECEIVED%\n');
const config = { static_resources: { listeners: [tcpListener('echo', 0, { access_log })] } };

async function ping(port: number, text = 'ping'): Promise<RawClient> {
  const client = await RawClient.connect(port);
  await client.send([text]);
  assert.ok(await poll(async () => (client.received === text ? true : undefined), { timeoutMs: 5000 }), 'no echo');
  return client;
}

const refuses = (port: number) =>
  RawClient.connect(port).then(
    (late) => {
      late.reset();
      return false;
    },
    () => true,
  );

const ended = (client: RawClient) =>
  poll(async () => (client.end === 'open' ? undefined : client.end), { timeoutMs: 5000 });

for (const [signal, told] of [
  ['SIGTERM', 'caught ENVOY_SIGTERM'],
  ['SIGINT', 'caught SIGINT'],
] as const) {
  test(`${signal} ends with code 0: connections are closed in order and the log is whole`, async () => {
    await using proxy = await LiveProxy.start({ config, args: ['--concurrency', '2'] });
    const port = await proxy.port('echo');
    using first = await ping(port);
    using second = await ping(port, 'longer');
    proxy.signal('SIGHUP');
    using third = await ping(port);
    proxy.signal(signal);
    assert.deepEqual(await proxy.exited(), { code: 0, signal: null });
    for (const client of [first, second, third]) assert.equal(await ended(client), 'fin');
    const lines = readFileSync(join(proxy.folder, 'access.log'), 'utf8').trim().split('\n');
    assert.deepEqual(lines.sort(), ['bytes 4', 'bytes 4', 'bytes 6']);
    assert.match(proxy.log, /caught and eating SIGHUP/);
    assert.ok(proxy.log.includes(told));
  });
}

/** TLS before tcp_proxy, which logs; behind it the echo of the same proxy. */
function proxiedConfig(): object {
  const address = { pipe: { path: '$FOLDER/echo' } };
  const type = 'type.googleapis.com/envoy.extensions';
  const tcpProxy = { '@type': `${type}.filters.network.tcp_proxy.v3.TcpProxy`, stat_prefix: 't', cluster: 'echo' };
  const chain = { filename: certificatePath('server.pem') };
  const certificate = { certificate_chain: chain, private_key: { filename: certificatePath('server-key.pem') } };
  const tls = {
    '@type': `${type}.transport_sockets.tls.v3.DownstreamTlsContext`,
    common_tls_context: { tls_certificates: [certificate] },
  };
  const filter_chains = [
    {
      filters: [{ name: 'tcp', typed_config: { ...tcpProxy, access_log } }],
      transport_socket: { name: 'tls', typed_config: tls },
    },
  ];
  const endpoints = [{ lb_endpoints: [{ endpoint: { address } }] }];
  return {
    static_resources: {
      listeners: [tcpListener('echo', 0, { address }), tcpListener('proxied', 0, { filter_chains })],
      clusters: [{ name: 'echo', load_assignment: { cluster_name: 'echo', endpoints } }],
    },
  };
}

test('at an exit TLS says farewell, and tcp_proxy logs the connections that end with it', async () => {
  await using proxy = await LiveProxy.start({ config: proxiedConfig(), args: ['--concurrency', '1'] });
  const port = await proxy.port('proxied');
  let received = Buffer.alloc(0);
  const wire = createServer((client) => {
    const server = connect(port, '127.0.0.1');
    server.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
    });
    client.pipe(server).pipe(client);
    for (const each of [client, server]) each.on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(wire, 'listening');
  using _wire = { [Symbol.dispose]: () => wire.close() };
  // Up to TLS 1.2 a record says that it is an alert.
  const options = { rejectUnauthorized: false, maxVersion: 'TLSv1.2' } as const;
  const client = connectTls({ ...options, port: (wire.address() as AddressInfo).port, host: '127.0.0.1' });
  using _client = { [Symbol.dispose]: () => client.destroy() };
  client.write('ping');
  await once(client, 'data');
  const before = received.length;
  proxy.signal('SIGTERM');
  await once(client, 'end');
  assert.deepEqual(await proxy.exited(), { code: 0, signal: null });
  assert.equal(received.subarray(before).toString('hex', 0, 3), '150303');
  assert.equal(readFileSync(join(proxy.folder, 'access.log'), 'utf8'), 'bytes 4\n');
});

test('SIGUSR1 opens the logs anew', async () => {
  await using proxy = await LiveProxy.start({
    config,
    args: ['--concurrency', '1', '--file-flush-interval-msec', '10'],
  });
  const port = await proxy.port('echo');
  const log = join(proxy.folder, 'access.log');
  (await ping(port)).reset();
  await proxy.until(async () => readFileSync(log, 'utf8') === 'bytes 4\n', 'the first line');
  renameSync(log, `${log}.1`);
  proxy.signal('SIGUSR1');
  await proxy.until(async () => existsSync(log), 'a new file');
  (await ping(port, 'second')).reset();
  await proxy.until(async () => readFileSync(log, 'utf8') === 'bytes 6\n', 'the second line');
  assert.equal(readFileSync(`${log}.1`, 'utf8'), 'bytes 4\n');
});

test('SIGUSR1 opens the file of --log-path anew on every thread', async () => {
  const args = ['--concurrency', '1', '--log-path', '$FOLDER/app.log', '--log-format', '%v'];
  await using proxy = await LiveProxy.start({ config, args });
  const log = join(proxy.folder, 'app.log');
  renameSync(log, `${log}.1`);
  proxy.signal('SIGUSR1');
  const text = () => (existsSync(log) ? readFileSync(log, 'utf8') : '');
  await proxy.until(async () => text() === 'caught SIGUSR1. Reopening access logs.\n', 'the first line');
  await proxy.admin('/logging?main=debug', 'POST');
  await proxy.admin('/healthcheck/fail', 'POST');
  await proxy.until(async () => text().includes('health check fails on order\n'), 'a line of the worker');
});

test('/reopen_logs opens the admin interface’s own log anew as well', async () => {
  const admin = {
    address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
    access_log: fileLog('$FOLDER/admin.log', '%REQ(:PATH)%\n'),
  };
  const args = ['--concurrency', '1', '--file-flush-interval-msec', '10'];
  await using proxy = await LiveProxy.start({ config: { ...config, admin }, args });
  const log = join(proxy.folder, 'admin.log');
  await proxy.until(async () => readFileSync(log, 'utf8').includes('/ready\n'), 'the first line');
  renameSync(log, `${log}.1`);
  assert.equal(await proxy.admin('/reopen_logs', 'POST'), 'OK\n');
  await proxy.until(async () => existsSync(log) && readFileSync(log, 'utf8') === '/reopen_logs\n', 'a new file');
});

test('admin.access_log_path: a log of the default format', async () => {
  const address = { socket_address: { address: '127.0.0.1', port_value: 0 } };
  const admin = { address, access_log_path: '$FOLDER/admin.log' };
  const args = ['--concurrency', '1', '--file-flush-interval-msec', '10'];
  await using proxy = await LiveProxy.start({ config: { ...config, admin }, args });
  const log = join(proxy.folder, 'admin.log');
  await proxy.until(async () => /"GET \/ready HTTP\/1\.1" 200 - 0 5 /.test(readFileSync(log, 'utf8')), 'a line');
});

test('/quitquitquit ends with code 0; --base-id-path gets the number', async () => {
  const args = ['--base-id', '4711', '--base-id-path', '$FOLDER/base', '--concurrency', '1'];
  await using proxy = await LiveProxy.start({ config, args });
  assert.equal(readFileSync(join(proxy.folder, 'base'), 'utf8'), '4711');
  assert.equal(await proxy.admin('/quitquitquit', 'POST'), 'OK\n');
  assert.deepEqual(await proxy.exited(), { code: 0, signal: null });
});

test('the admin interface has an access log', async () => {
  const address = { socket_address: { address: '127.0.0.1', port_value: 0 } };
  const format = '%REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %BYTES_SENT%\n';
  const [{ name, typed_config }] = access_log as [(typeof access_log)[0]];
  const log = {
    name,
    typed_config: { ...typed_config, log_format: { text_format_source: { inline_string: format } } },
  };
  const args = ['--concurrency', '1', '--file-flush-interval-msec', '10'];
  await using proxy = await LiveProxy.start({ config: { admin: { address, access_log: [log] } }, args });
  await proxy.admin('/quitquitquit');
  const text = () => readFileSync(join(proxy.folder, 'access.log'), 'utf8');
  await proxy.until(async () => text().includes('/quitquitquit'), 'the line');
  assert.match(text(), /^GET \/ready 200 admin_filter_response 5\nGET \/quitquitquit 405 admin_filter_response 38\n$/m);
  assert.match(proxy.log, /admin path "\/quitquitquit" mutates state, method=GET rather than POST/);
});

test('/drain_listeners stops accepting, /healthcheck/fail says DRAINING; connections live on', async () => {
  await using proxy = await LiveProxy.start({ config, args: ['--concurrency', '2'] });
  const port = await proxy.port('echo');
  using client = await ping(port);
  await proxy.admin('/healthcheck/fail', 'POST');
  assert.equal(await proxy.admin('/ready'), 'DRAINING\n');
  await proxy.admin('/drain_listeners', 'POST');
  await proxy.until(() => refuses(port), 'the listener to stop');
  await client.send(['!']);
  assert.ok(await poll(async () => (client.received === 'ping!' ? true : undefined), { timeoutMs: 5000 }));
});

test('a graceful drain of inbound listeners may be followed by one of all', async () => {
  const listeners = [
    tcpListener('in', 0, { traffic_direction: 'INBOUND' }),
    tcpListener('out', 0, { traffic_direction: 'OUTBOUND' }),
  ];
  const args = ['--concurrency', '1', '--drain-time-s', '1'];
  await using proxy = await LiveProxy.start({ config: { static_resources: { listeners } }, args });
  const [inbound, outbound] = [await proxy.port('in'), await proxy.port('out')];
  await proxy.admin('/drain_listeners?graceful&inboundonly', 'POST');
  await proxy.until(() => refuses(inbound), 'the inbound listener to stop');
  assert.equal(await refuses(outbound), false);
  await proxy.admin('/drain_listeners?graceful', 'POST');
  await proxy.until(() => refuses(outbound), 'the other to stop');
});

test('an address in use: the reason and exit code 1', async () => {
  await using first = await LiveProxy.start({ config, args: ['--concurrency', '1'] });
  const port = await first.port('echo');
  const taken = { static_resources: { listeners: [tcpListener('echo', port, { enable_reuse_port: false })] } };
  await using second = LiveProxy.launch({ config: taken, args: ['--concurrency', '1'] });
  assert.deepEqual(await second.exited(), { code: 1, signal: null });
  assert.match(second.log, new RegExp(`cannot bind '127.0.0.1:${port}': Address already in use`));
});

test('a log file that cannot be opened: the reason and exit code 1', async () => {
  await using proxy = LiveProxy.launch({ config, args: ['--log-path', '/nowhere/at/all'] });
  assert.deepEqual(await proxy.exited(), { code: 1, signal: null });
  assert.match(proxy.log, /Failed to open log-file '\/nowhere\/at\/all'.*: No such file or directory/);
});

test('--mode init_only starts up and ends with code 0', async () => {
  await using proxy = LiveProxy.launch({ config, args: ['--mode', 'init_only'] });
  assert.deepEqual(await proxy.exited(), { code: 0, signal: null });
  assert.match(proxy.log, /loading 1 listener.*\n(.*\n)*.*exiting/);
});

const chain = { filter_chains: [echoChain()] };
const pipe = (path: string, mode = 0) => ({ pipe: { path, mode } });
const ip = (address: string, more: object = {}) => ({ socket_address: { address, port_value: 0, ...more } });

test('Unix sockets, abstract ones, IPv6, dual stack, more addresses, one socket for two workers', async () => {
  const listeners = [
    { name: 'path', address: pipe('$FOLDER/s', 0o640), ...chain },
    { name: 'abstract', address: pipe(`@nuncio-${process.pid}`), ...chain },
    { name: 'six', address: ip('::1'), ...chain },
    { name: 'dual', address: ip('::', { ipv4_compat: true }), ...chain },
    { name: 'two', address: ip('127.0.0.1'), additional_addresses: [{ address: ip('127.0.0.2') }], ...chain },
    { name: 'shared', address: ip('127.0.0.1'), enable_reuse_port: false, ...chain },
  ];
  await using proxy = await LiveProxy.start({
    config: { static_resources: { listeners } },
    args: ['--concurrency', '2'],
  });
  assert.equal(statSync(join(proxy.folder, 's')).mode & 0o777, 0o640);
  assert.equal(await echoAt({ path: join(proxy.folder, 's') }), 'ping');
  assert.equal(await echoAt({ path: `\0nuncio-${process.pid}` }), 'ping');
  assert.equal(await echoAt({ host: '::1', port: await proxy.port('six') }), 'ping');
  for (const host of ['::1', '127.0.0.1']) assert.equal(await echoAt({ host, port: await proxy.port('dual') }), 'ping');
  const two = await proxy.addresses('two');
  assert.deepEqual(
    two.map((address) => address.split(':')[0]),
    ['127.0.0.1', '127.0.0.2'],
  );
  for (const address of two) {
    const [host = '', port] = address.split(':');
    assert.equal(await echoAt({ host, port: Number(port) }), 'ping');
  }
  const port = await proxy.port('shared');
  for (let i = 0; i < 10; i++) assert.equal(await echoAt({ host: '127.0.0.1', port }), 'ping');
});

async function echoAt(to: { path: string } | { host: string; port: number }): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect(to, () => socket.write('ping'));
  socket.once('data', (bytes) => resolve(String(bytes))).once('error', reject);
  return promise.finally(() => socket.destroy());
}
