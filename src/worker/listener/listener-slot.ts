import type { Listener } from '../../../api/generated/envoy/config/listener/v3/listener_pb.d.ts';
import { ConfigContext, ConfigErrorCollector } from '../../../sdk/config.ts';
import type { ListenerFactoryContext, ServerFactoryContext } from '../../../sdk/extension.ts';
import type { SlotDefinition } from '../../../sdk/thread-local.ts';
import type { ListenerConfig, UdpListenerConfig } from '../../common/listener/listener-config.ts';
import { statScopeOf } from '../../common/listener/listener-stat-scope.ts';
import { parseListener } from '../../common/listener/parse-listener.ts';
import { ofAddressData } from '../../common/network/listen-transfer.ts';
import { messageHasher } from '../../common/proto/message-hash.ts';
import type { TypeRegistry } from '../../common/proto/type-registry.ts';
import { OwningScope } from '../../common/stats/owning-scope.ts';
import { type ListenTransfer, SocketError, SocketOptionError } from '../../network/engine/engine.ts';
import type { ListenerSnapshot } from '../../snapshot/listener.ts';
import { ActiveListener, type ListenerEnvironment } from './active-listener.ts';
import { ActiveUdpListener } from './active-udp-listener.ts';
import { ConnectionCount } from './connection-count.ts';
import type { ConnectionHandler, HandledListener } from './connection-handler.ts';
import { SwitchableAcceptHandler } from './switchable-accept-handler.ts';

export interface ListenerSlotContext {
  readonly server: ServerFactoryContext;
  readonly types: TypeRegistry;
  readonly handler: ConnectionHandler;
  readonly environment: ListenerEnvironment;
}

/** Listeners by tag: a snapshot makes the listener and lets it accept at once. */
export function listenerSlot(context: ListenerSlotContext): SlotDefinition<ListenerSnapshot, HandledListener, unknown> {
  return {
    name: 'listener',
    create: (snapshot, tag, _context, previous) => applyListener(snapshot, tag, previous, context),
    dispose: (_listener, tag, replaced) => {
      if (!replaced) context.handler.remove(tag);
    },
  };
}

function applyListener(
  snapshot: ListenerSnapshot,
  tag: string,
  previous: HandledListener | undefined,
  { server, types, handler, environment }: ListenerSlotContext,
): HandledListener {
  const config = decode(snapshot, types, server);
  if (previous instanceof ActiveListener && snapshot.inPlaceUpdate !== undefined) {
    handler.addDrainingChains({ tag, update: snapshot.inPlaceUpdate, chains: previous.update(config) });
    return previous;
  }
  const parts = { server, handler, environment };
  const listener =
    config.udp === undefined
      ? createListener(config, snapshot.sockets, snapshot.connectionCounts, parts, tag)
      : createUdpListener(config, config.udp, snapshot.sockets, parts);
  handler.add(tag, listener);
  const old = snapshot.takesSocketsOf === undefined ? undefined : handler.listener(snapshot.takesSocketsOf);
  if (listener instanceof ActiveListener && old instanceof ActiveListener) listener.takeSockets(old);
  if (listener instanceof ActiveUdpListener && old instanceof ActiveUdpListener) listener.takeSockets(old);
  if (snapshot.draining) listener.startDrain();
  return listener;
}

/** What a listener of this thread is made with. */
export interface ListenerParts {
  readonly server: ServerFactoryContext;
  readonly handler: ConnectionHandler;
  readonly environment: ListenerEnvironment;
}

/** Makes a listener and lets it accept on the sockets that are meant for this thread. */
export function createListener(
  config: ListenerConfig,
  sockets: ListenerSnapshot['sockets'],
  connectionCounts: SharedArrayBuffer,
  parts: ListenerParts,
  tag = '',
): ActiveListener {
  const { server, handler, environment } = parts;
  const connections = new ConnectionCount(connectionCounts, server.workerIndex);
  const listener = new ActiveListener(config, listenerContext(config, server), environment, connections, tag);
  openSockets(listener, sockets, server.workerIndex, handler);
  return listener;
}

function createUdpListener(
  config: ListenerConfig,
  udp: UdpListenerConfig,
  sockets: ListenerSnapshot['sockets'],
  { server, handler, environment }: ListenerParts,
): ActiveUdpListener {
  const listener = new ActiveUdpListener(config, udp, listenerContext(config, server), environment.handlerName);
  for (const transfers of sockets) {
    const transfer = transfers[Math.max(server.workerIndex, 0)];
    if (transfer === undefined) continue;
    const socket = handler.engine.openUdp(transfer);
    if (socket instanceof SocketError) throw new Error(`cannot read datagrams: ${socket.message}`);
    listener.addSocket(socket);
  }
  return listener;
}

/** Main has checked it: what passed there passes here. */
function decode(snapshot: ListenerSnapshot, types: TypeRegistry, server: ServerFactoryContext): ListenerConfig {
  const collector = new ConfigErrorCollector();
  const place = new ConfigContext(collector, snapshot.name, types, server.extensions, server.resources);
  const ctx = place.withResources({ isChecked: true });
  const message = types.requireDecoded(
    types.requireMessage('envoy.config.listener.v3.Listener'),
    snapshot.bytes,
  ) as Listener;
  const config = parseListener(message, ctx, { fallbackName: snapshot.fallbackName, hash: messageHasher(types) });
  collector.throwIfAny();
  if (config === undefined) throw new Error(`listener ${snapshot.name} has no address`);
  return config;
}

function listenerContext(config: ListenerConfig, server: ServerFactoryContext): ListenerFactoryContext {
  return {
    ...server,
    scope: new OwningScope(server.scope.scope('', config.acceptsStat)),
    overload: config.bypassOverloadManager ? undefined : server.overload,
    listenerScope: new OwningScope(server.scope.scope(statScopeOf(config.statPrefix), config.acceptsStat)),
    listenerName: config.name,
    trafficDirection: config.trafficDirection,
    drainDecision: { drainClose: () => false },
    bufferLimitBytes: config.bufferLimitBytes,
  };
}

function openSockets(
  listener: ActiveListener,
  sockets: ListenerSnapshot['sockets'],
  workerIndex: number,
  handler: ConnectionHandler,
): void {
  for (const transfers of sockets) {
    const transfer = transfers[Math.max(workerIndex, 0)];
    if (transfer === undefined) continue;
    const acceptHandler = new SwitchableAcceptHandler(listener);
    const socket = handler.engine.listen(transfer, acceptHandler);
    if (socket instanceof SocketError) throw new Error(listenFault(socket, transfer));
    listener.addSocket({ socket, acceptHandler });
  }
}

/** In Envoy's words, and what it only logs. */
function listenFault(error: SocketError, { address }: ListenTransfer): string {
  if (!(error instanceof SocketOptionError)) return `cannot listen: ${error.message}`;
  const what = `Setting ${error.option.label} option on socket failed: ${error.message}`;
  return `cannot set post-listen socket option on socket: ${ofAddressData(address).asString} (${what})`;
}
