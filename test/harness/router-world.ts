/** A router behind a connection manager, with routes from JSON and upstreams that the test answers for. */
import type { Buffer } from '../../sdk/buffer.ts';
import type { RequestEncoder, ResponseDecoder, Stream, StreamCallbacks, StreamResetReason } from '../../sdk/codec.ts';
import type { HeaderMap, RequestHeaderMap } from '../../sdk/headers.ts';
import type { HttpFilter } from '../../sdk/http.ts';
import type {
  Cancellable,
  ClusterInfo,
  Host,
  HttpConnectionPool,
  HttpPoolCallbacks,
  LoadBalancerContext,
  PoolFailureReason,
  ThreadLocalCluster,
} from '../../sdk/upstream.ts';
import { SliceBuffer } from '../../src/common/buffer/slice-buffer.ts';
import { ResponseHeaders } from '../../src/common/headers/header-map.ts';
import { IpAddress } from '../../src/common/network/address.ts';
import type { JsonInput } from '../../src/common/proto/json-value.ts';
import { createTrafficStats } from '../../src/common/upstream/traffic-stats.ts';
import { CodeStats } from '../../src/worker/router/code-stats.ts';
import { createRouterStats, type RouterConfig } from '../../src/worker/router/router-config.ts';
import { RouterFilter } from '../../src/worker/router/router-filter.ts';
import { TimeoutQueues } from '../../src/worker/router/timeout-queues.ts';
import { FakeConnection } from './fake-connection.ts';
import { HttpManagerHarness } from './http-manager.ts';
import { RouteTableHarness } from './route-table.ts';

/** A request as it came to an upstream, which the test answers. */
export class UpstreamStream implements RequestEncoder, Stream {
  readonly decoder: ResponseDecoder;
  readonly bufferLimitBytes = 1_048_576;
  readonly responseDetails = '';
  headers: Readonly<Record<string, string>> = {};
  body = '';
  ended = false;
  resets: StreamResetReason[] = [];
  readDisables = 0;
  #callbacks: StreamCallbacks | undefined = undefined;

  constructor(decoder: ResponseDecoder) {
    this.decoder = decoder;
  }

  get stream(): Stream {
    return this;
  }

  encodeHeaders(headers: RequestHeaderMap, endStream: boolean): undefined {
    this.headers = Object.fromEntries(headers.entries());
    this.ended = endStream;
  }

  encodeData(data: Buffer, endStream: boolean): void {
    this.body += data.toString();
    data.drain(data.length);
    this.ended = endStream;
  }

  encodeTrailers(): void {
    this.ended = true;
  }

  enableTcpTunneling(): void {}

  addCallbacks(callbacks: StreamCallbacks): void {
    this.#callbacks = callbacks;
  }

  removeCallbacks(): void {
    this.#callbacks = undefined;
  }

  resetStream(reason: StreamResetReason): void {
    this.resets.push(reason);
  }

  readDisable(disable: boolean): void {
    this.readDisables += disable ? 1 : -1;
  }

  // What the test does.

  respond(status: number, headers: Readonly<Record<string, string>> = {}, body = ''): void {
    const map = ResponseHeaders.withStatus(status);
    for (const [name, value] of Object.entries(headers)) map.add(name, value);
    this.decoder.decodeHeaders(map, body === '');
    if (body !== '') this.respondData(body, true);
  }

  respondHeaders(status: number): void {
    this.decoder.decodeHeaders(ResponseHeaders.withStatus(status), false);
  }

  respondData(text: string, endStream: boolean): void {
    const data = new SliceBuffer();
    data.add(text);
    this.decoder.decodeData(data, endStream);
  }

  respondTrailers(trailers: HeaderMap): void {
    this.decoder.decodeTrailers(trailers);
  }

  reset(reason: StreamResetReason, details = ''): void {
    this.#callbacks?.onResetStream(reason, details);
  }

  get watermarks(): StreamCallbacks | undefined {
    return this.#callbacks;
  }
}

export type PoolMode = 'ready' | 'pending' | PoolFailureReason;

/** A cluster of one host. */
export class FakeCluster implements HttpConnectionPool {
  readonly streams: UpstreamStream[] = [];
  readonly hasActiveConnections = false;
  readonly host: Host;
  readonly info: ClusterInfo;
  mode: PoolMode = 'ready';
  /** What the last request wished its host to be. */
  wished: LoadBalancerContext['metadataMatch'] = undefined;
  healthy = true;
  maintenance = false;
  isSecure = false;
  retriesAllowed = Number.POSITIVE_INFINITY;
  retriesActive = 0;
  cancelled = 0;
  #waiting: (() => void)[] = [];
  readonly #world: RouterWorld;

  constructor(name: string, world: RouterWorld) {
    this.#world = world;
    const scope = world.http.store.createScope(`cluster.${name}`);
    const isInMaintenance = () => this.maintenance;
    this.info = {
      name,
      observabilityName: name,
      scope,
      trafficStats: createTrafficStats(scope),
      dropOverload: 0,
      isSecure: () => this.isSecure,
      get maintenanceMode() {
        return isInMaintenance();
      },
      maxStreamDurationMs: 0,
      shadowPolicies: [],
    } as unknown as ClusterInfo;
    this.host = {
      address: new IpAddress('10.0.1.1', 80),
      hostname: 'upstream.host',
      canary: false,
      locality: { region: '', zone: '', subZone: '' },
      metadata: new Map(),
      priority: 0,
      cluster: this.info,
      stats: { rqError: 0, rqSuccess: 0, rqTimeout: 0 },
    } as unknown as Host;
  }

  newStream(decoder: ResponseDecoder, callbacks: HttpPoolCallbacks): Cancellable | undefined {
    if (this.mode === 'ready') {
      this.#attach(decoder, callbacks);
      return undefined;
    }
    if (this.mode === 'pending') {
      const attach = () => this.#attach(decoder, callbacks);
      this.#waiting.push(attach);
      return { cancel: () => this.#cancel(attach) };
    }
    callbacks.onPoolFailure(this.mode, 'why', this.host);
    return undefined;
  }

  /** Connections are there for those that wait. */
  connect(): void {
    for (const attach of this.#waiting.splice(0)) attach();
  }

  #cancel(attach: () => void): void {
    this.cancelled++;
    this.#waiting = this.#waiting.filter((known) => known !== attach);
  }

  #attach(decoder: ResponseDecoder, callbacks: HttpPoolCallbacks): void {
    const stream = new UpstreamStream(decoder);
    this.streams.push(stream);
    const { info, streamInfo } = new FakeConnection(this.#world.http.dispatcher, '10.0.1.1');
    callbacks.onPoolReady(stream, this.host, info, streamInfo, 'HTTP/1.1');
  }

  get last(): UpstreamStream {
    const stream = this.streams.at(-1);
    if (stream === undefined) throw new Error('no request has come to the upstream');
    return stream;
  }

  asCluster(): ThreadLocalCluster {
    const retries = {
      canCreate: () => this.retriesActive < this.retriesAllowed,
      inc: () => this.retriesActive++,
      dec: () => this.retriesActive--,
    };
    return {
      name: this.info.name,
      info: this.info,
      hostSets: [],
      resourceManager: () => ({ retries }),
      httpConnPool: (_priority: unknown, _protocol: unknown, context?: LoadBalancerContext) => {
        this.wished = context?.metadataMatch;
        return this.healthy ? this : undefined;
      },
    } as unknown as ThreadLocalCluster;
  }
}

export class RouterWorld {
  readonly routes: RouteTableHarness;
  readonly http: HttpManagerHarness;
  readonly u: FakeCluster;
  readonly m: FakeCluster;

  /** @param before filters that requests pass first */
  constructor(routes: JsonInput, overrides: Partial<RouterConfig> = {}, before: readonly (() => HttpFilter)[] = []) {
    this.routes = new RouteTableHarness(routes);
    const table = {
      internalOnlyHeaders: [],
      virtualHost: () => undefined,
      route: this.routes.table.route.bind(this.routes.table),
    };
    this.http = new HttpManagerHarness([...before, () => new RouterFilter(config)], {
      routes: { routeTable: () => table },
      requestHeaders: { ...defaultRequestHeaders(), isInternal: () => true } as never,
    });
    this.u = new FakeCluster('u', this);
    this.m = new FakeCluster('m', this);
    const clusters = new Map([
      ['u', this.u.asCluster()],
      ['m', this.m.asCluster()],
    ]);
    const { dispatcher, store } = this.http;
    const config: RouterConfig = {
      stats: createRouterStats(store.createScope(), 'http.test.'),
      codeStats: new CodeStats(store.createScope()),
      timeouts: new TimeoutQueues(dispatcher),
      clusterManager: {
        addUpdateCallbacks: () => ({ [Symbol.dispose]() {} }),
        getThreadLocalCluster: (name) => clusters.get(name),
      },
      runtime: this.routes.runtime,
      random: dispatcher.random,
      localAddress: '10.0.0.1',
      forShadows: () => ({ ...config, stats: createRouterStats(store.createScope(), 'http.async-client.') }),
      dynamicStats: true,
      suppressEnvoyHeaders: false,
      respectExpectedRqTimeout: false,
      suppressGrpcRequestFailureCodeStats: false,
      rejectConnectRequestEarlyData: false,
      overload: undefined,
      strictCheckHeaders: undefined,
      upstreamLogs: undefined,
      upstreamHttpFilters: undefined,
      reportFilterFault: (error) => this.http.faults.push(error),
      ...overrides,
    };
  }

  counter(name: string): number {
    return this.http.store.createScope().counter(name).value;
  }

  /** What the last stream's log says: code, flags, details. */
  get outcome(): string {
    const info = this.http.logged.at(-1)?.info;
    return `${info?.responseCode} ${info?.responseFlags.join() || '-'} ${info?.responseCodeDetails}`;
  }
}

function defaultRequestHeaders() {
  return new HttpManagerHarness([]).config.requestHeaders;
}
