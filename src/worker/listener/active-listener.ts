import type { AccessLog, ListenerFactoryContext, ScaledTimeouts } from '../../../sdk/extension.ts';
import type { MatchTree, NetworkMatchingData } from '../../../sdk/matching.ts';
import type { Address, ConnectionInfo, ListenerFilter, TransportSocket } from '../../../sdk/network.ts';
import { createAccessLogs } from '../../common/access-log/access-log-config.ts';
import { noLogContext } from '../../common/access-log/log-context.ts';
import { reportExtensionFault } from '../../common/extension-fault.ts';
import { LinkedList } from '../../common/linked-list.ts';
import { FilterChainMatchTree } from '../../common/listener/filter-chain-match.ts';
import type { FilterChainAction } from '../../common/listener/filter-chain-matcher.ts';
import type { FilterChainConfig, ListenerConfig } from '../../common/listener/listener-config.ts';
import { toAddressData } from '../../common/network/listen-transfer.ts';
import { StreamRecord } from '../../common/stream-info/stream-record.ts';
import {
  type AcceptHandler,
  SocketError,
  type StreamSocket,
  type StreamSocketHandler,
} from '../../network/engine/engine.ts';
import type { PassedConnection } from '../../snapshot/worker-messages.ts';
import { type ConnectionIds, SocketConnectionInfo } from '../network/connection-info.ts';
import { ServerConnection } from '../network/server-connection.ts';
import { WatermarkTimeout } from '../network/watermark-timeout.ts';
import type { WorkerOverloadState } from '../overload-state.ts';
import { ActiveConnection, type ConnectionOwner } from './active-connection.ts';
import type { ConnectionAdmission } from './connection-admission.ts';
import type { ConnectionCount } from './connection-count.ts';
import type { HandledListener } from './connection-handler.ts';
import { ConnectionLimit } from './connection-limit.ts';
import { DrainManager, type DrainOptions } from './drain-manager.ts';
import { FilterChain } from './filter-chain.ts';
import { type HandOver, ListenerFilterChain } from './listener-filter-chain.ts';
import { ListenerStats } from './listener-stats.ts';
import type { PeekedSocket } from './peeked-socket.ts';
import type { OwnedListenSocket } from './switchable-accept-handler.ts';

/** Of sockets that wait for better times, about as many as a system's own queue holds. */
const MAX_WAITING = 1024;
/** Envoy says this of connections too. */
const CLOSED_WITH_LISTENER = 'purging_socket_that_have_not_progressed_to_connections';
const SHED_ACCEPT = 'envoy.load_shed_points.tcp_listener_accept';
const REJECT = 'envoy.overload_actions.reject_incoming_connections';

const noListenerFilters: readonly ListenerFilter[] = [];

type ChainMatcher = MatchTree<NetworkMatchingData, FilterChainAction>;

/** What listeners of a worker share. */
export interface ListenerEnvironment {
  /** `worker_<n>` or `main_thread`. */
  readonly handlerName: string;
  readonly connectionIds: ConnectionIds;
  readonly drainOptions: DrainOptions;
  readonly admission: ConnectionAdmission;
  /** Has another worker adopt a connection. */
  passConnection(to: number, connection: PassedConnection): void;
  /** The listener of an address, or of its port on all addresses. */
  findListener(address: Address): ActiveListener | undefined;
  /** Undefined where no overload manager is configured. */
  readonly overload?: WorkerOverloadState | undefined;
  readonly scaledTimeouts?: ScaledTimeouts | undefined;
}

/** A listener on one worker: accepts sockets, chooses their filter chain, owns their connections. */
export class ActiveListener implements HandledListener, AcceptHandler, ConnectionOwner {
  readonly stats: ListenerStats;
  readonly context: ListenerFactoryContext;
  accessLogs: readonly AccessLog[] = [];
  readonly #environment: ListenerEnvironment;
  readonly #connectionCount: ConnectionCount;
  /** By which other threads know it. */
  readonly #tag: string;
  readonly #sockets: OwnedListenSocket[] = [];
  readonly #pending = new LinkedList<ListenerFilterChain>();
  readonly #connections = new LinkedList<ActiveConnection>();
  readonly #drainManager: DrainManager;
  #config: ListenerConfig;
  /** Of the runtime: how many connections there may be. */
  #limit!: ConnectionLimit;
  #chains: readonly FilterChain[] = [];
  #default: FilterChain | undefined = undefined;
  #match!: FilterChainMatchTree;
  #chainMatcher: ChainMatcher | undefined = undefined;
  #chainByName: ReadonlyMap<string, FilterChain> = new Map();
  #listenerFilters: readonly (() => ListenerFilter)[] = [];
  /** Sockets that wait while connections are not accepted; undefined = they are. */
  #waiting: StreamSocket[] | undefined = undefined;

  constructor(
    config: ListenerConfig,
    context: ListenerFactoryContext,
    environment: ListenerEnvironment,
    connections: ConnectionCount,
    tag: string,
  ) {
    this.#config = config;
    this.context = context;
    this.#environment = environment;
    this.#connectionCount = connections;
    this.#tag = tag;
    connections.takePart(config.exactBalance);
    this.stats = new ListenerStats(context.listenerScope, environment.handlerName);
    const { dispatcher } = context;
    this.#drainManager = new DrainManager(dispatcher, environment.drainOptions, config.drainType === 'MODIFY_ONLY');
    this.#apply(config, []);
  }

  get config(): ListenerConfig {
    return this.#config;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  addSocket(socket: OwnedListenSocket): void {
    this.#sockets.push(socket);
  }

  /** This listener replaces `old` on its sockets: connections that arrive from now on are its own. */
  takeSockets(old: ActiveListener): void {
    for (const owned of old.#sockets.splice(0)) {
      owned.acceptHandler.target = this;
      this.#sockets.push(owned);
    }
  }

  /** In-place update: chains that did not change live on with their connections, the others drain. */
  update(config: ListenerConfig): readonly FilterChain[] {
    const before = this.#default === undefined ? this.#chains : [...this.#chains, this.#default];
    this.#config = config;
    this.#apply(config, before);
    const kept = new Set([...this.#chains, this.#default]);
    const draining = before.filter((chain) => !kept.has(chain));
    for (const chain of draining) chain.drainManager.startDrain();
    if (draining.length > 0) this.#tellOfDrain(draining);
    return draining;
  }

  startDrain(): void {
    this.#drainManager.startDrain();
    this.#tellOfDrain(undefined);
  }

  /** @param chains whose connections are meant; undefined = all */
  #tellOfDrain(chains: readonly FilterChain[] | undefined): void {
    for (const { connection, chain } of this.#connections.toArray()) {
      const { window } = chain.drainManager;
      if (window !== undefined && chains?.includes(chain) !== false) connection.raiseDrain(window);
    }
  }

  /** Accepts no more; sockets that listener filters still look at go on. */
  stopListening(): void {
    this.#connectionCount.takePart(false);
    for (const { socket } of this.#sockets.splice(0)) socket.close();
    for (const socket of this.#waiting?.splice(0) ?? []) socket.close();
  }

  /** Closes what is left of the connections of chains whose drain time is over; their statistics go. */
  removeChains(chains: readonly FilterChain[]): void {
    for (const { connection, chain } of this.#connections.toArray()) {
      if (chains.includes(chain)) connection.close('NoFlush', 'filter_chain_is_being_removed');
    }
    for (const chain of chains) chain[Symbol.dispose]();
  }

  /** Closes the listener and all its connections; its statistics and those of all its chains go. */
  [Symbol.dispose](): void {
    this.stopListening();
    for (const chain of this.#pending.toArray()) chain.close();
    for (const { connection } of this.#connections.toArray()) connection.close('NoFlush', CLOSED_WITH_LISTENER);
    for (const chain of this.#chains) chain[Symbol.dispose]();
    this.#default?.[Symbol.dispose]();
    this.context.scope[Symbol.dispose]();
    this.context.listenerScope[Symbol.dispose]();
  }

  /** False: sockets that come are kept, but not looked at, until it is true again. */
  acceptConnections(accept: boolean): void {
    if (accept === (this.#waiting === undefined) || this.#config.bypassOverloadManager) return;
    const waiting = this.#waiting ?? [];
    this.#waiting = accept ? undefined : [];
    for (const socket of waiting) this.onAccept(socket);
  }

  onAccept(socket: StreamSocket): void {
    if (this.#waiting !== undefined) return this.#keepWaiting(socket, this.#waiting);
    this.stats.cxAcceptedPerSocketEvent.recordValue(1);
    if (!this.#admit()) return socket.close();
    if (this.#isShed()) {
      this.#release();
      return socket.close();
    }
    if (!this.#config.exactBalance || !this.#passOn(socket)) this.#onBalanced(socket);
  }

  /** A connection that another thread accepted, and booked on this listener or not. */
  adopt(socket: StreamSocket, isBooked: boolean): void {
    this.#environment.admission.take(this.#config.ignoreGlobalConnLimit);
    if (!isBooked) this.#connectionCount.inc();
    this.#onBalanced(socket);
  }

  /** Whether the connection goes to a thread that has fewer. */
  #passOn(socket: StreamSocket): boolean {
    const to = this.#connectionCount.moveToFewest();
    if (to === undefined) return false;
    const { localAddress } = socket;
    const descriptor = socket.detach();
    if (descriptor instanceof SocketError) {
      this.#connectionCount.moveBack(to);
      return false;
    }
    this.#environment.admission.release(this.#config.ignoreGlobalConnLimit);
    this.#environment.passConnection(to, { tag: this.#tag, descriptor, localAddress: toAddressData(localAddress) });
    return true;
  }

  #onBalanced(socket: StreamSocket): void {
    const { keepAlive } = this.#config;
    if (keepAlive !== undefined) socket.setKeepAlive(keepAlive);
    const info = new SocketConnectionInfo(
      this.#environment.connectionIds.next(),
      socket.localAddress,
      socket.remoteAddress,
    );
    info.listenerName = this.#config.name;
    info.listenerMetadata = this.#config.metadata;
    info.listenerDirection = this.#config.trafficDirection;
    const { dispatcher, timeSource } = this.context;
    // One look at the clock for all who note when the connection begins.
    dispatcher.updateApproximateMonotonicTime();
    const streamInfo = new StreamRecord(timeSource, info, undefined, dispatcher.approximateMonotonicTimeMs());
    const filters = this.#createListenerFilters(info);
    if (filters === undefined) return this.#refuse(socket, streamInfo);
    if (filters.length === 0) {
      // In and out at once, which makes it a gauge in use.
      this.stats.preCxActive.add(0);
      const connection = this.#newConnection(socket, info, streamInfo);
      connection?.start();
      return;
    }
    this.#filterSocket(socket, info, streamInfo, filters, this.#config.useOriginalDst).start();
  }

  /** Whether this listener has taken an address, or stands for it without a socket of its own. */
  isFor(address: Address): boolean {
    return this.#config.addresses.some((each) => each.address.asString === address.asString);
  }

  /** A socket that listener filters of another one found to be meant for this one's address. */
  #takeOver(
    socket: StreamSocket,
    peeked: PeekedSocket | undefined,
    info: SocketConnectionInfo,
    streamInfo: StreamRecord,
  ): StreamSocketHandler | undefined {
    if (!this.#admit()) {
      (peeked ?? socket).close();
      return undefined;
    }
    info.listenerName = this.#config.name;
    info.listenerMetadata = this.#config.metadata;
    info.listenerDirection = this.#config.trafficDirection;
    const filters = this.#createListenerFilters(info);
    if (filters === undefined) {
      this.#refuse(peeked ?? socket, streamInfo);
      return undefined;
    }
    if (filters.length === 0) return this.#adopt(socket, peeked, info, streamInfo);
    const chain = this.#filterSocket(socket, info, streamInfo, filters, false);
    chain.start(true);
    peeked?.handTo(chain, () => {});
    return chain;
  }

  #adopt(
    socket: StreamSocket,
    peeked: PeekedSocket | undefined,
    info: SocketConnectionInfo,
    streamInfo: StreamRecord,
  ): ServerConnection | undefined {
    const connection = this.#newConnection(peeked ?? socket, info, streamInfo);
    connection?.startAdopted();
    if (connection !== undefined) peeked?.handTo(connection, () => connection.useSocket(socket));
    return connection;
  }

  #keepWaiting(socket: StreamSocket, waiting: StreamSocket[]): void {
    if (waiting.length < MAX_WAITING) waiting.push(socket);
    else socket.close();
  }

  /** Whether the overload manager has us turn this one away. */
  #isShed(): boolean {
    const { overload } = this.#environment;
    if (overload === undefined || this.#config.bypassOverloadManager) return false;
    if (!overload.isDrawn(SHED_ACCEPT) && !overload.isDrawn(REJECT)) return false;
    this.stats.cxOverloadReject.inc();
    return true;
  }

  onAcceptError(error: SocketError): void {
    this.context.logger('conn_handler').warn(`listener '${this.#config.name}' failed to accept: ${error.message}`);
  }

  removeConnection(active: ActiveConnection): void {
    this.#connections.remove(active);
    this.#release();
  }

  /** Books a connection against the limits, that of the process first, as Envoy does. */
  #admit(): boolean {
    if (!this.#environment.admission.admit(this.#config.ignoreGlobalConnLimit)) {
      this.stats.globalCxOverflow.inc();
      return false;
    }
    if (this.#connectionCount.reaches(this.#limit.value)) {
      this.#environment.admission.release(this.#config.ignoreGlobalConnLimit);
      this.stats.cxOverflow.inc();
      return false;
    }
    this.#connectionCount.inc();
    return true;
  }

  #release(): void {
    this.#connectionCount.dec();
    this.#environment.admission.release(this.#config.ignoreGlobalConnLimit);
  }

  #apply(config: ListenerConfig, reusable: readonly FilterChain[]): void {
    const limitKey = `envoy.resource_limits.listener.${config.name}.connection_limit`;
    this.#limit = new ConnectionLimit(this.context.runtime, limitKey);
    const make = (chain: FilterChainConfig): FilterChain =>
      reusable.find(({ config: old, drainManager }) => old.hash === chain.hash && !drainManager.started) ??
      new FilterChain(chain, this.context, this.#chainDrainManager(config));
    this.#chains = config.filterChains.map(make);
    this.#default = config.defaultFilterChain === undefined ? undefined : make(config.defaultFilterChain);
    this.#match = new FilterChainMatchTree(config.filterChains.map(({ match }) => match));
    this.#chainMatcher = config.filterChainMatcher?.(this.context);
    this.#chainByName = new Map(this.#chains.map((chain) => [chain.config.name, chain]));
    this.#listenerFilters = config.listenerFilters.map(({ extension, config: filter }) =>
      extension.createFilterFactory(filter, this.context),
    );
    this.accessLogs = createAccessLogs(config.accessLogs, this.context);
  }

  #chainDrainManager(config: ListenerConfig): DrainManager {
    const modifyOnly = config.drainType === 'MODIFY_ONLY';
    return new DrainManager(this.context.dispatcher, this.#environment.drainOptions, modifyOnly, this.#drainManager);
  }

  /** Undefined when one of them could not be made. */
  #createListenerFilters(info: ConnectionInfo): readonly ListenerFilter[] | undefined {
    if (this.#listenerFilters.length === 0) return noListenerFilters;
    const filters: ListenerFilter[] = [];
    try {
      for (const [i, { isDisabled }] of this.#config.listenerFilters.entries()) {
        const create = this.#listenerFilters[i];
        if (create !== undefined && !isDisabled(info)) filters.push(create());
      }
    } catch (error) {
      this.#reportFault('a listener filter', error);
      return undefined;
    }
    return filters;
  }

  readonly #reportFilterFault = (error: unknown): void => this.#reportFault('a network filter', error);

  #reportFault(what: string, error: unknown): void {
    reportExtensionFault(this.context, this.context.listenerScope, what, error);
  }

  #filterSocket(
    socket: StreamSocket,
    info: SocketConnectionInfo,
    streamInfo: StreamRecord,
    filters: readonly ListenerFilter[],
    passesOn: boolean,
  ): ListenerFilterChain {
    const options = {
      filters,
      dispatcher: this.context.dispatcher,
      info,
      streamInfo,
      stats: this.stats,
      timeoutMs: this.#config.listenerFiltersTimeoutMs,
      continueOnTimeout: this.#config.continueOnListenerFiltersTimeout,
      reportFault: (error: unknown) => this.#reportFault('a listener filter', error),
    };
    const handOver: HandOver = (accepted, peeked) => {
      const meant =
        passesOn && info.localAddressRestored ? this.#environment.findListener(info.localAddress) : undefined;
      if (meant === undefined) return this.#adopt(accepted, peeked, info, streamInfo);
      this.#release();
      return meant.#takeOver(accepted, peeked, info, streamInfo);
    };
    const chain = new ListenerFilterChain(socket, options, handOver, (gone, passed) => {
      this.#pending.remove(gone);
      // A socket that its filters refused has no connection that would give its place back and be logged.
      if (!passed) this.#giveUp(streamInfo);
    });
    this.#pending.addLast(chain);
    return chain;
  }

  /** Chooses the filter chain and makes the connection; undefined when it was refused and closed. */
  #newConnection(
    socket: StreamSocket,
    info: SocketConnectionInfo,
    streamInfo: StreamRecord,
  ): ServerConnection | undefined {
    // What no listener filter recognised is taken for plaintext.
    if (info.detectedTransportProtocol === '') info.detectedTransportProtocol = 'raw_buffer';
    const chain = this.#findFilterChain(info, streamInfo);
    if (chain === undefined) {
      this.stats.noFilterChainMatch.inc();
      streamInfo.setResponseFlag('NR');
      streamInfo.responseCodeDetails = 'filter_chain_not_found';
      this.#refuse(socket, streamInfo);
      return undefined;
    }
    streamInfo.filterChainName = chain.config.name;
    info.filterChainMetadata = chain.config.metadata;
    const connection = this.#connectionWithFilters(socket, info, streamInfo, chain);
    if (connection === undefined) return undefined;
    this.#connections.addLast(new ActiveConnection(this, connection, chain));
    if (!connection.initializeReadFilters()) connection.close('NoFlush', 'no_filters');
    const { window } = chain.drainManager;
    if (window !== undefined) connection.raiseDrain(window);
    return connection;
  }

  /** Undefined when a filter or the transport socket could not be made: the socket is closed then. */
  #connectionWithFilters(
    socket: StreamSocket,
    info: SocketConnectionInfo,
    streamInfo: StreamRecord,
    chain: FilterChain,
  ): ServerConnection | undefined {
    try {
      const filters = chain.createNetworkFilters();
      const connection = this.#createConnection(socket, info, streamInfo, chain);
      for (const filter of filters) connection.addFilter(filter);
      if (connection.state !== 'Closed') return connection;
    } catch (error) {
      this.#reportFault('a network filter', error);
      socket.close();
    }
    this.#giveUp(streamInfo);
    return undefined;
  }

  #createConnection(
    socket: StreamSocket,
    info: SocketConnectionInfo,
    streamInfo: StreamRecord,
    chain: FilterChain,
  ): ServerConnection {
    const transportSocket: TransportSocket | undefined = chain.transportSocketFactory?.createTransportSocket(
      'server',
      undefined,
      undefined,
    );
    const connection = new ServerConnection(socket, {
      dispatcher: this.context.dispatcher,
      info,
      streamInfo,
      transportSocket,
      bufferLimitBytes: this.#config.bufferLimitBytes,
      drainDecision: chain.drainManager,
      reportFault: this.#reportFilterFault,
    });
    WatermarkTimeout.watch(connection, this.#config.bufferHighTimeoutMs);
    const timeoutMs = chain.config.transportSocketConnectTimeoutMs;
    if (timeoutMs > 0) {
      const { scaledTimeouts } = this.#environment;
      const timeouts = this.stats.cxTransportSocketConnectTimeout;
      connection.setTransportSocketConnectTimeout(timeoutMs, timeouts, scaledTimeouts);
    }
    return connection;
  }

  #findFilterChain(info: SocketConnectionInfo, streamInfo: StreamRecord): FilterChain | undefined {
    if (this.#chainMatcher !== undefined) return this.#matchFilterChain(this.#chainMatcher, streamInfo);
    const index = this.#match.find(info);
    return index === undefined ? this.#default : this.#chains[index];
  }

  #matchFilterChain(matcher: ChainMatcher, streamInfo: StreamRecord): FilterChain | undefined {
    const result = this.#runMatcher(matcher, streamInfo);
    return typeof result === 'string' ? this.#default : this.#chainByName.get(result.chainName);
  }

  #runMatcher(matcher: ChainMatcher, streamInfo: StreamRecord): ReturnType<ChainMatcher['match']> {
    try {
      return matcher.match({ streamInfo });
    } catch (error) {
      this.#reportFault('a filter chain matcher', error);
      return 'no_match';
    }
  }

  #refuse(socket: StreamSocket, streamInfo: StreamRecord): void {
    socket.close();
    this.#giveUp(streamInfo);
  }

  /** A socket that was booked becomes no connection. */
  #giveUp(streamInfo: StreamRecord): void {
    streamInfo.requestCompleteMs = this.context.timeSource.monotonicTimeMs();
    for (const log of this.accessLogs) log.log(noLogContext, streamInfo);
    this.#release();
  }
}
