import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { platform } from 'node:os';
import { test } from 'node:test';
import { echoChain, tcpListener } from '../harness/config-push.ts';
import { LiveProxy } from '../harness/live-proxy.ts';
import { RawClient } from '../harness/raw-client.ts';

const type = 'type.googleapis.com/envoy.extensions.network.socket_interface.v3.DefaultSocketInterface';
const name = 'envoy.extensions.network.socket_interface.default_socket_interface';

interface Choice {
  readonly args?: readonly string[];
  /** `io_uring_options` of the bootstrap's socket interface. */
  readonly ioUring?: object;
}

/** A size that io_uring_setup refuses, as where io_uring is forbidden. */
const refused = { io_uring_size: 1_048_576 };

/** The timer that the kernel has set for the server's side of a connection (proc_pid_net_tcp(5)): '02' = keep-alive. */
function timerOf(listenPort: number, clientPort: number): string | undefined {
  const hex = (port: number) => port.toString(16).toUpperCase().padStart(4, '0');
  const lines = readFileSync('/proc/net/tcp', 'latin1')
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const ours = lines.find(
    ([, local, remote]) => local?.endsWith(`:${hex(listenPort)}`) && remote?.endsWith(`:${hex(clientPort)}`),
  );
  return ours?.[5]?.slice(0, 2);
}

async function start({ args = [], ioUring }: Choice): Promise<LiveProxy> {
  const typed_config = { '@type': type, io_uring_options: ioUring ?? null };
  return LiveProxy.start({
    config: {
      static_resources: { listeners: [tcpListener('echo', 0, { filter_chains: [echoChain()] })] },
      default_socket_interface: name,
      ...(ioUring === undefined ? {} : { bootstrap_extensions: [{ name, typed_config }] }),
    },
    args: ['--concurrency', '1', ...args],
  });
}

/** Node's own loops have some too. */
const rings = (proxy: LiveProxy): number =>
  proxy.descriptorTargets.filter((target) => target === 'anon_inode:[io_uring]').length;
const reasons = (proxy: LiveProxy): string[] => proxy.log.match(/^.*io_uring is not available.*$/gm) ?? [];

async function echoes(proxy: LiveProxy): Promise<void> {
  using client = await RawClient.connect(await proxy.port('echo'));
  await client.send(['hello']);
  await proxy.until(async () => client.received === 'hello', 'the echo');
}

const skip = platform() !== 'linux' && 'io_uring is Linux’s';

test('io_uring is chosen by itself, named in the bootstrap, or refused on the command line', { skip }, async () => {
  const own: number[] = [];
  for (const choice of [{ args: ['--socket-engine', 'node'], ioUring: {} }, {}, { ioUring: { io_uring_size: 256 } }]) {
    await using proxy = await start(choice);
    await echoes(proxy);
    own.push(rings(proxy));
    assert.deepEqual(reasons(proxy), []);
  }
  const [withoutOurs = 0] = own;
  assert.deepEqual(own, [withoutOurs, withoutOurs + 2, withoutOurs + 2], 'main has one, and the worker');
});

test('where the system refuses io_uring, node serves, and one line of the log says why', { skip }, async () => {
  await using proxy = await start({ args: ['--socket-engine', 'io_uring'], ioUring: refused });
  await echoes(proxy);
  const [line = '', ...more] = reasons(proxy);
  assert.match(
    line,
    /\[warning\].*io_uring is not available \(io_uring_setup failed: EINVAL\): sockets are driven by the node engine/,
  );
  assert.deepEqual(more, []);
});

for (const engine of ['node', 'io_uring']) {
  test(`${engine}: tcp_keepalive is set on accepted connections, and not unless asked for`, { skip }, async () => {
    const listeners = [tcpListener('kept', 0, { tcp_keepalive: { keepalive_time: 30 } }), tcpListener('echo', 0)];
    const args = ['--concurrency', '1', '--socket-engine', engine];
    await using proxy = await LiveProxy.start({ config: { static_resources: { listeners } }, args });
    for (const [name, timer] of [
      ['kept', '02'],
      ['echo', '00'],
    ] as const) {
      const port = await proxy.port(name);
      using client = await RawClient.connect(port);
      await client.send(['hello']);
      await proxy.until(async () => client.received === 'hello', 'the echo');
      await proxy.until(async () => timerOf(port, client.localPort) === timer, `the timer ${timer} of ${name}`);
    }
  });
}
