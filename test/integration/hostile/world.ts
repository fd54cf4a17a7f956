/** A proxy of small limits and short timeouts on real sockets, an upstream that a test plays, and one that behaves. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { JsonInput } from '../../../src/common/proto/json-value.ts';
import { LiveProxy } from '../../harness/live-proxy.ts';
import { poll } from '../../harness/poll.ts';
import { RawClient } from '../../harness/raw-client.ts';
import { Bystander } from './bystander.ts';

export type Engine = 'node' | 'io_uring' | 'envoy';

/** `HOSTILE_ENVOY` names a real Envoy that is attacked instead: this is how the expectations were found. */
const envoy = process.env.HOSTILE_ENVOY;
export const engines: readonly Engine[] = envoy === undefined ? ['node', 'io_uring'] : ['envoy'];

export const bufferLimitBytes = 65_536;
/** What the buffers of one stream may hold: received and to be sent, of client and upstream. */
const streamLimitBytes = 4 * bufferLimitBytes;
/** V8 lets its young generation grow with the work, whatever is held: this much is not the attacker's. */
const workingBytes = 96 * 1024 * 1024;
const patienceMs = 10_000;

/** Short enough to wait for. */
export const timeouts: Fields = {
  request_headers_timeout: '0.3s',
  request_timeout: '0.6s',
  stream_idle_timeout: '0.9s',
  common_http_protocol_options: { idle_timeout: '2s' },
  delayed_close_timeout: '0.2s',
};
const type = (name: string) => `type.googleapis.com/${name}`;

export type Fields = { readonly [field: string]: JsonInput };

export interface HostileOptions {
  readonly engine: Engine;
  /** More of the connection manager, of its listener, and of the bootstrap. */
  readonly manager?: Fields;
  readonly listener?: Fields;
  readonly bootstrap?: Fields;
}

function cluster(name: string, port: number): Fields {
  const address = { socket_address: { address: '127.0.0.1', port_value: port } };
  return {
    name,
    per_connection_buffer_limit_bytes: bufferLimitBytes,
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] },
  };
}

function manager(fields: Fields): Fields {
  const routes = [
    { match: { prefix: '/direct' }, direct_response: { status: 200, body: { inline_string: 'hello' } } },
    { match: { prefix: '/good' }, route: { cluster: 'good' } },
    { match: { prefix: '/patient' }, route: { cluster: 'bad', timeout: '0s' } },
    { match: { prefix: '/' }, route: { cluster: 'bad', timeout: '0.7s' } },
  ];
  return {
    '@type': type('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'),
    stat_prefix: 'in',
    route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes }] },
    http_filters: [
      {
        name: 'envoy.filters.http.router',
        typed_config: { '@type': type('envoy.extensions.filters.http.router.v3.Router') },
      },
    ],
    ...fields,
  };
}

function listener(name: string, fields: Fields, manager: Fields): Fields {
  const filter = { name: 'envoy.filters.network.http_connection_manager', typed_config: manager };
  return {
    name,
    address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
    per_connection_buffer_limit_bytes: bufferLimitBytes,
    filter_chains: [{ filters: [filter] }],
    ...fields,
  };
}

/** A server whose connections are a test's to answer; unless told otherwise it reads and says nothing. */
class PlayedUpstream {
  readonly server: Server;
  readonly sockets = new Set<Socket>();
  received = 0;
  onConnection: (socket: Socket) => void = () => {};

  constructor() {
    this.server = createServer((socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('error', () => {});
      socket.on('data', (bytes) => {
        this.received += bytes.length;
      });
      this.onConnection(socket);
    });
  }

  async listen(): Promise<number> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}

export class HostileWorld implements AsyncDisposable {
  readonly proxy: LiveProxy;
  readonly bad: PlayedUpstream;
  readonly #good: PlayedUpstream;
  readonly #port: number;
  readonly #calmPort: number;

  private constructor(
    proxy: LiveProxy,
    upstreams: { bad: PlayedUpstream; good: PlayedUpstream },
    ports: readonly number[],
  ) {
    this.proxy = proxy;
    this.bad = upstreams.bad;
    this.#good = upstreams.good;
    this.#port = ports[0] ?? 0;
    this.#calmPort = ports[1] ?? 0;
  }

  static async start({ engine, ...more }: HostileOptions): Promise<HostileWorld> {
    const upstreams = { bad: new PlayedUpstream(), good: new PlayedUpstream() };
    // A start that fails leaves nothing that would keep the test's process alive.
    await using starting = new AsyncDisposableStack();
    for (const upstream of [upstreams.bad, upstreams.good]) starting.defer(() => upstream.close());
    upstreams.good.onConnection = (socket) => {
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood'));
    };
    const clusters = [cluster('good', await upstreams.good.listen()), cluster('bad', await upstreams.bad.listen())];
    const listeners = [
      listener('web', more.listener ?? {}, manager(more.manager ?? {})),
      listener('calm', {}, manager({ stat_prefix: 'calm' })),
    ];
    // One worker: who attacks and who behaves share a thread.
    const args = ['--concurrency', '1', '-l', 'warning'];
    const proxy = await LiveProxy.start({
      config: { static_resources: { listeners, clusters }, ...more.bootstrap },
      ...(envoy === undefined
        ? { args: [...args, '--socket-engine', engine] }
        : { args: [...args, '--use-dynamic-base-id'], command: envoy }),
    });
    starting.use(proxy);
    const world = new HostileWorld(proxy, upstreams, [await proxy.port('web'), await proxy.port('calm')]);
    starting.move();
    return world;
  }

  connect(): Promise<RawClient> {
    return RawClient.connect(this.#port);
  }

  /** What the system counts as the process's, in bytes. */
  async residentBytes(): Promise<number> {
    return Number(JSON.parse(await this.proxy.admin('/memory')).total_physical_bytes);
  }

  stat(name: string): Promise<number> {
    return this.proxy.stat(name);
  }

  /** Waits for a statistic of the proxy's. */
  async until(name: string, value: number): Promise<void> {
    const reached = async () => ((await this.stat(name)) === value ? true : undefined);
    const found = await poll(reached, { timeoutMs: patienceMs, everyMs: 20 });
    assert.ok(found, `${name} is ${await this.stat(name)}, not ${value}`);
  }

  /**
   * An attack, while someone who behaves goes on asking the same worker: he is answered as ever, and no more memory is
   * held than twice the limits of `streams` attackers.
   */
  async endure(attack: () => Promise<void>, streams = 1): Promise<void> {
    await using bystander = await Bystander.start(this.#calmPort);
    const before = await this.residentBytes();
    const watch = new AbortController();
    const most = this.#watch(watch.signal);
    await attack().finally(() => watch.abort());
    const { buffered, resident } = await most;
    const { answers, medianMs, worstMs } = await bystander.stop();
    const allowed = 2 * streams * streamLimitBytes;
    assert.ok(buffered <= allowed, `${buffered} bytes were held`);
    assert.ok(resident - before <= allowed + workingBytes, `grew from ${before} to ${resident} bytes`);
    assert.ok(
      answers > 5 && medianMs < 200 && worstMs < 2000,
      `${answers} answers in ${medianMs}, at worst ${worstMs} ms`,
    );
  }

  async #watch(signal: AbortSignal): Promise<{ buffered: number; resident: number }> {
    const most = { buffered: 0, resident: 0 };
    while (!signal.aborted) {
      const text = await this.proxy.admin(
        '/stats?filter=^(http.in.downstream|cluster.bad.upstream)_cx_[rt]x_bytes_buffered$',
      );
      const buffered = text.split('\n').reduce((sum, line) => sum + Number(line.split(': ')[1] ?? 0), 0);
      most.buffered = Math.max(most.buffered, buffered);
      most.resident = Math.max(most.resident, await this.residentBytes());
      await pause(20);
    }
    return most;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy[Symbol.asyncDispose]();
    this.bad.close();
    this.#good.close();
  }
}

/** Sends `first`, then a byte every 20 ms until the peer has had enough; after how many milliseconds that was. */
export async function dribble(client: RawClient, first: string, bytes: string): Promise<number> {
  await client.send([first]);
  const startMs = performance.now();
  for (let i = 0; client.end === 'open' && i < 500; i++) {
    await client.send([bytes[i] ?? 'x']);
    await pause(20);
  }
  return performance.now() - startMs;
}

/** Sends `piece` again and again until the peer has had enough, or `most` bytes are on their way; how many were. */
export async function pour(client: RawClient, piece: string, most: number): Promise<number> {
  let sent = 0;
  for (; client.end === 'open' && sent < most; sent += piece.length) await client.send([piece]);
  return sent;
}

/** The same for an upstream: its socket is written as fast as it takes. */
export async function pourInto(socket: Socket, piece: string, most: number): Promise<number> {
  let sent = 0;
  for (; !socket.destroyed && socket.writable && sent < most; sent += piece.length) {
    await new Promise<void>((resolve) => socket.write(piece, 'latin1', () => resolve()));
  }
  return sent;
}
