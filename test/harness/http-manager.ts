import type { RequestHeaderOptions } from '../../src/worker/http/request-headers.ts';
/** A connection manager on virtual time, with a fake connection below and a fake codec in between. */

import type { AccessLog, LogContext } from '../../sdk/extension.ts';
import type { HttpFilter, HttpFilterChainEntry } from '../../sdk/http.ts';
import type { Route } from '../../sdk/router.ts';
import type { StreamInfo } from '../../sdk/stream-info.ts';
import { SliceBuffer } from '../../src/common/buffer/slice-buffer.ts';
import { RequestHeaders } from '../../src/common/headers/header-map.ts';
import { xffDetection } from '../../src/common/http/xff.ts';
import { LayeredRuntimeSnapshot } from '../../src/common/runtime/runtime-snapshot.ts';
import { createStatsMemory } from '../../src/common/stats/stats-memory.ts';
import { StatsStore } from '../../src/common/stats/stats-store.ts';
import { RouteResolutionTime } from '../../src/common/stream-info/route-resolution-time.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../src/event/simulated-dispatcher.ts';
import { HttpConnectionManager } from '../../src/worker/http/connection-manager.ts';
import type { ConnectionManagerConfig } from '../../src/worker/http/connection-manager-config.ts';
import { CodeStats, ConnectionManagerStats, TracingStats } from '../../src/worker/http/connection-manager-stats.ts';
import { DateProvider } from '../../src/worker/http/date-provider.ts';
import { nobodyIsInternal } from '../../src/worker/http/internal-address.ts';
import { PendingOutputs } from '../../src/worker/http/pending-outputs.ts';
import { FakeConnection } from './fake-connection.ts';
import { FakeServerCodec, type FakeStream } from './fake-server-codec.ts';
import { HistogramSamples } from './histogram-samples.ts';

const NO_TIMEOUTS = {
  idleMs: 0,
  maxConnectionDurationMs: 0,
  maxStreamDurationMs: 0,
  streamIdleMs: 0,
  requestMs: 0,
  requestHeadersMs: 0,
  drainMs: 5000,
  drainJitter: 0,
  maxConnectionDurationJitter: 0,
  delayedCloseMs: 1000,
};

const requestId = {
  set: (headers: { set(name: string, value: string): void }) => headers.set('x-request-id', 'the-id'),
  setInResponse: (response: { set(name: string, value: string): void }) => response.set('x-request-id', 'the-id'),
  get: () => 'the-id',
};

const localInfo = { nodeId: 'node', clusterName: 'cluster', zone: '', address: '10.0.0.1' };

/** Nothing is trusted and nothing changed but what is always. */
const plainRequestHeaders: RequestHeaderOptions = {
  useRemoteAddress: false,
  xffNumTrustedHops: 0,
  skipXffAppend: false,
  appendXForwardedPort: false,
  schemeToSet: '',
  protoByPort: undefined,
  originalIpDetection: [xffDetection({ numTrustedHops: 0 })],
  isInternal: nobodyIsInternal,
  addUserAgent: false,
  via: '',
  generateRequestId: true,
  preserveExternalRequestId: false,
  forwardClientCert: { matcher: undefined, otherwise: { mode: 'Sanitize', details: [], format: 'Text' } },
  requestId,
  localInfo,
};

export interface LoggedStream {
  readonly context: LogContext;
  readonly info: StreamInfo;
}

export class HttpManagerHarness {
  readonly time = new SimulatedTime();
  readonly dispatcher = new SimulatedDispatcher('worker_0', this.time);
  readonly #statsMemory = createStatsMemory();
  readonly #samples = new HistogramSamples(this.#statsMemory);
  readonly store = new StatsStore(this.#statsMemory);
  readonly logged: LoggedStream[] = [];
  /** What filters have thrown. */
  readonly faults: unknown[] = [];
  readonly config: ConnectionManagerConfig;
  readonly connection: FakeConnection;
  readonly manager: HttpConnectionManager;
  codec!: FakeServerCodec;
  route: Route | undefined = undefined;

  /** @param filters made anew for each stream, first to last. */
  constructor(
    filters: readonly (() => HttpFilter)[],
    overrides: Partial<ConnectionManagerConfig> = {},
    remote?: string,
  ) {
    const scope = this.store.createScope('http.test');
    const accessLog: AccessLog = { log: (context, info) => this.logged.push({ context, info }) };
    this.config = {
      stats: new ConnectionManagerStats(scope),
      routeResolution: undefined,
      routeResolutionTime: new RouteResolutionTime(),
      schemeMatchesUpstream: false,
      listenerStats: new CodeStats(this.store.createScope('listener.http.test')),
      tracingStats: new TracingStats(scope),
      scope,
      createCodec: (_connection, callbacks) => {
        this.codec = new FakeServerCodec(callbacks);
        return this.codec;
      },
      acceptHttp10: false,
      defaultHostForHttp10: '',
      routes: {
        routeTable: () => ({ internalOnlyHeaders: [], virtualHost: () => undefined, route: () => this.route }),
      },
      filterChain: filters.map(chainEntry),
      upgrades: undefined,
      accessLogs: [accessLog],
      accessLogOptions: undefined,
      timeouts: NO_TIMEOUTS,
      maxRequestsPerConnection: 0,
      http1SafeMaxConnectionDuration: false,
      serverName: 'envoy',
      serverHeaderTransformation: 'Overwrite',
      via: '',
      dates: new DateProvider(this.dispatcher),
      pendingOutputs: new PendingOutputs(this.dispatcher),
      proxyStatus: undefined,
      proxy100Continue: false,
      localReply: undefined,
      earlyHeaderMutations: [],
      requestHeaders: plainRequestHeaders,
      path: undefined,
      host: undefined,
      requestId,
      alwaysSetRequestIdInResponse: false,
      overload: undefined,
      scaledTimeouts: undefined,
      tracing: undefined,
      appendLocalOverload: false,
      clusterManager: { addUpdateCallbacks: () => ({ [Symbol.dispose]() {} }), getThreadLocalCluster: () => undefined },
      runtime: { snapshot: new LayeredRuntimeSnapshot([], this.dispatcher.random) },
      reportFilterFault: (error) => this.faults.push(error),
      ...overrides,
    };
    this.connection = new FakeConnection(this.dispatcher, remote);
    this.manager = new HttpConnectionManager(this.config);
    this.manager.initializeReadFilterCallbacks(this.connection);
    this.manager.onNewConnection();
  }

  /** Has the codec do something, as if bytes had arrived. */
  receive(script: (codec: FakeServerCodec) => void): void {
    const bytes = new SliceBuffer();
    if (this.codec === undefined) this.manager.onData(new SliceBuffer());
    this.codec.script = () => script(this.codec);
    bytes.add('x');
    this.manager.onData(bytes);
  }

  /** A request's head; the stream to go on with. */
  request(headers: Record<string, string> = {}, endStream = true): FakeStream {
    this.receive((codec) => codec.newStream().decoder.decodeHeaders(requestHeaders(headers), endStream));
    return this.codec.last;
  }

  data(text: string, endStream: boolean): void {
    this.receive((codec) => {
      const buffer = new SliceBuffer();
      buffer.add(text);
      codec.last.decoder.decodeData(buffer, endStream);
    });
  }

  counter(name: string): number {
    return this.store.createScope('http.test').counter(name).value;
  }

  /** How many values a histogram has got. */
  samples(name: string): number {
    return this.#samples.of(`http.test.${name}`);
  }

  gauge(name: string): number {
    return this.store.createScope('http.test').gauge(name).value;
  }
}

export function requestHeaders(headers: Record<string, string> = {}): RequestHeaders {
  const base = { ':method': 'GET', ':path': '/', ':authority': 'host' };
  return RequestHeaders.of(Object.entries({ ...base, ...headers }));
}

function chainEntry(createFilter: () => HttpFilter, index: number): HttpFilterChainEntry {
  return { configName: `filter-${index}`, filterName: `filter-${index}`, createFilter, disabled: false };
}

/** A route that says nothing; `overrides` is what the test needs of it. */
export function testRoute(overrides: Partial<Route> = {}): Route {
  const metadata = new Map();
  return {
    routeName: '',
    virtualHost: {
      name: 'v',
      routeConfigName: 'r',
      ignorePathParameters: false,
      includeIsTimeoutRetryHeader: false,
      metadata,
      rateLimits: [],
    },
    metadata,
    directResponse: undefined,
    routeEntry: undefined,
    filterDisabled: () => undefined,
    perFilterConfig: () => undefined,
    perFilterConfigs: () => [],
    ...overrides,
  };
}
