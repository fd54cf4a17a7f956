/** `load_assignment` of a cluster (envoy.config.endpoint.v3.ClusterLoadAssignment), checked and flat. */
import type { Address, SocketAddress } from '../../../api/generated/envoy/config/core/v3/address_pb.ts';
import type {
  Endpoint,
  Endpoint_HealthCheckConfig,
  LbEndpoint,
  LocalityLbEndpoints,
} from '../../../api/generated/envoy/config/endpoint/v3/endpoint_components_pb.ts';
import type {
  ClusterLoadAssignment,
  ClusterLoadAssignment_Policy_DropOverload as DropOverload,
} from '../../../api/generated/envoy/config/endpoint/v3/endpoint_pb.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { Struct } from '../../../sdk/stream-info.ts';
import type { Locality } from '../../../sdk/upstream.ts';
import { IpAddress, pipePathProblem } from '../network/address.ts';
import { IP_RESOLVER } from '../network/ip-resolver.ts';
import { parseFraction } from '../router/runtime-fraction.ts';
import { metadataMap } from './proto-values.ts';

/** Where an endpoint is: an address or a name with a port, or a path. */
export type EndpointAddress =
  | { readonly kind: 'socket'; readonly host: string; readonly port: number }
  | { readonly kind: 'pipe'; readonly path: string };

/** envoy.config.core.v3.HealthStatus; TIMEOUT counts as unhealthy. */
export type EndpointHealth = 'HEALTHY' | 'UNHEALTHY' | 'DRAINING' | 'TIMEOUT' | 'DEGRADED';

export interface EndpointConfig {
  readonly address: EndpointAddress;
  /** Of the same host, to be tried where `address` does not answer. */
  readonly additionalAddresses: readonly EndpointAddress[];
  readonly hostname: string;
  /** What its own statistics are named by; '' = its address. */
  readonly observabilityName: string;
  readonly health: EndpointHealth;
  readonly weight: number;
  readonly metadata: ReadonlyMap<string, Struct>;
  readonly healthCheck: EndpointHealthCheck;
}

/** `health_check_config`: how an endpoint is checked. */
export interface EndpointHealthCheck {
  /** Not checked at all. */
  readonly disabled: boolean;
  /** '' = that of the check. */
  readonly hostname: string;
  /** Where it is checked instead; undefined = where it serves. */
  readonly address: EndpointAddress | undefined;
  /** 0 = that where it serves. */
  readonly port: number;
}

export interface LocalityEndpoints {
  readonly locality: Locality;
  readonly metadata: ReadonlyMap<string, Struct>;
  readonly priority: number;
  /** undefined = not given. */
  readonly weight: number | undefined;
  readonly endpoints: readonly EndpointConfig[];
}

export interface LoadAssignment {
  readonly localities: readonly LocalityEndpoints[];
  /** Percent, default 140. */
  readonly overprovisioningFactor: number;
  readonly weightedPriorityHealth: boolean;
  /** Share of the requests that are dropped, from 0 to 1. */
  readonly dropOverload: number;
}

const HEALTH: readonly EndpointHealth[] = ['HEALTHY', 'HEALTHY', 'UNHEALTHY', 'DRAINING', 'TIMEOUT', 'DEGRADED'];
const NO_ADDRESS = 'Address must be set';

/** Where a name is to be looked up and none is given: Envoy looks up nothing, and finds nothing. */
const NO_NAME: EndpointAddress = { kind: 'socket', host: '', port: 0 };

/** @param resolves whether addresses are names to look up: then an endpoint may do without */
export function parseLoadAssignment(
  message: ClusterLoadAssignment | undefined,
  ctx: ConfigContext,
  resolves: boolean,
): LoadAssignment {
  if (message === undefined) {
    return { localities: [], overprovisioningFactor: 140, weightedPriorityHealth: false, dropOverload: 0 };
  }
  ctx.requireSupported(message, ['clusterName', 'endpoints', 'policy']);
  const { policy } = message;
  if (policy !== undefined) {
    // What is configured does not grow stale: that is for assignments which are sent.
    ctx
      .child('policy')
      .requireSupported(policy, [
        'overprovisioningFactor',
        'weightedPriorityHealth',
        'dropOverloads',
        'endpointStaleAfter',
      ]);
  }
  return Object.freeze({
    localities: message.endpoints.map((entry, index) => parseLocality(entry, ctx.child('endpoints', index), resolves)),
    overprovisioningFactor: policy?.overprovisioningFactor ?? 140,
    weightedPriorityHealth: policy?.weightedPriorityHealth ?? false,
    dropOverload: parseDropOverload(policy?.dropOverloads ?? [], ctx.child('policy').child('drop_overloads')),
  });
}

/** Envoy's checks and words. */
function parseDropOverload(drops: readonly DropOverload[], ctx: ConfigContext): number {
  if (drops.length > 1) {
    ctx.error(`Cluster drop_overloads config has ${drops.length} categories. Envoy only support one.`);
  }
  const { numerator, denominator } = parseFraction(drops[0]?.dropPercentage);
  const share = numerator / denominator;
  if (share > 1) {
    const fraction = `drop_ratio=${share}(Numerator ${numerator} / Denominator ${denominator})`;
    ctx.error(`Cluster drop_overloads config is invalid. ${fraction}. The valid range is 0~1.`);
  }
  return share;
}

function parseLocality(message: LocalityLbEndpoints, ctx: ConfigContext, resolves: boolean): LocalityEndpoints {
  // Proximity is a field for those who write assignments: Envoy does nothing with it either.
  ctx.requireSupported(message, [
    'locality',
    'metadata',
    'lbEndpoints',
    'loadBalancingWeight',
    'priority',
    'proximity',
    // Never read, by whichever proxy.
    'loadBalancerEndpoints',
  ]);
  const { region = '', zone = '', subZone = '' } = message.locality ?? {};
  const endpoints = message.lbEndpoints.map((entry, index) =>
    parseEndpoint(entry, ctx.child('lb_endpoints', index), resolves),
  );
  return Object.freeze({
    locality: Object.freeze({ region, zone, subZone }),
    metadata: metadataMap(message.metadata),
    priority: message.priority,
    weight: message.loadBalancingWeight,
    endpoints: endpoints.filter((endpoint) => endpoint !== undefined),
  });
}

const tlvsOfHost = 'envoy.transport_sockets.proxy_protocol';

/** What Envoy's PROXY header adds for one host is not added here. */
function refuseTlvs({ metadata }: LbEndpoint, ctx: ConfigContext): void {
  if (metadata?.typedFilterMetadata[tlvsOfHost] === undefined) return;
  ctx.child('typed_filter_metadata', tlvsOfHost).error('TLVs of a single host are not supported yet');
}

function parseEndpoint(message: LbEndpoint, ctx: ConfigContext, resolves: boolean): EndpointConfig | undefined {
  ctx.requireSupported(message, ['endpoint', 'healthStatus', 'metadata', 'loadBalancingWeight']);
  refuseTlvs(message, ctx.child('metadata'));
  const { case: identifier, value: endpoint } = message.hostIdentifier;
  if (identifier === 'endpointName') return undefined;
  const at = ctx.child('endpoint');
  if (endpoint !== undefined) {
    at.requireSupported(endpoint, [
      'address',
      'hostname',
      'healthCheckConfig',
      'additionalAddresses',
      'observabilityName',
    ]);
  }
  const hasNone = endpoint?.address === undefined && resolves;
  const address = hasNone ? NO_NAME : parseAddress(endpoint?.address, at.child('address'));
  if (address === undefined) return undefined;
  return Object.freeze({
    address,
    additionalAddresses: resolves ? [] : parseAdditional(endpoint?.additionalAddresses ?? [], at),
    hostname: endpoint?.hostname ?? '',
    observabilityName: endpoint?.observabilityName ?? '',
    health: HEALTH[message.healthStatus] ?? 'HEALTHY',
    weight: message.loadBalancingWeight ?? 1,
    metadata: metadataMap(message.metadata),
    healthCheck: parseHealthCheckConfig(endpoint?.healthCheckConfig, at.child('health_check_config')),
  });
}

/** Where names are looked up, Envoy does nothing with them. */
function parseAdditional(messages: Endpoint['additionalAddresses'], ctx: ConfigContext): readonly EndpointAddress[] {
  return messages
    .map(({ address }, i) => parseAddress(address, ctx.child('additional_addresses', i).child('address')))
    .filter((address) => address !== undefined);
}

const CHECKED: EndpointHealthCheck = Object.freeze({ disabled: false, hostname: '', address: undefined, port: 0 });

function parseHealthCheckConfig(
  config: Endpoint_HealthCheckConfig | undefined,
  ctx: ConfigContext,
): EndpointHealthCheck {
  if (config === undefined) return CHECKED;
  ctx.requireSupported(config, ['portValue', 'hostname', 'address', 'disableActiveHealthCheck']);
  const address = config.address && parseAddress(config.address, ctx.child('address'));
  if (address?.kind === 'socket' && IpAddress.parse(address.host, 0) === undefined) {
    const advice = "Consider setting resolver_name or setting cluster type to 'STRICT_DNS' or 'LOGICAL_DNS'";
    ctx.child('address').error(`malformed IP address: ${address.host}. ${advice}`);
  }
  return Object.freeze({
    disabled: config.disableActiveHealthCheck,
    hostname: config.hostname,
    address,
    port: config.portValue,
  });
}

/** Of a cluster that resolves: its hosts bear the name that is looked up, unless they are given another one. */
export function namedByAddress(endpoint: EndpointConfig): EndpointConfig {
  const { address, hostname } = endpoint;
  return hostname === '' && address.kind === 'socket' ? { ...endpoint, hostname: address.host } : endpoint;
}

/** An upstream's address; undefined after `ctx` has been told what is wrong. */
export function parseAddress(message: Address | undefined, ctx: ConfigContext): EndpointAddress | undefined {
  const address = message?.address;
  if (address?.case === 'pipe') {
    const problem = pipePathProblem(address.value.path);
    if (problem !== undefined) ctx.child('pipe').child('path').error(problem);
    return { kind: 'pipe', path: address.value.path };
  }
  if (address?.case === 'envoyInternalAddress') {
    ctx.child('envoy_internal_address').error('internal upstreams are not supported yet');
    return undefined;
  }
  if (address?.case !== 'socketAddress') {
    ctx.error(NO_ADDRESS, { expected: 'socket_address or pipe' });
    return undefined;
  }
  const socket = address.value;
  const at = ctx.child('socket_address');
  at.requireSupported(socket, ['protocol', 'address', 'portValue', 'ipv4Compat', 'resolverName']);
  checkResolver(socket, at);
  const port = socket.portSpecifier.case === 'portValue' ? socket.portSpecifier.value : 0;
  return { kind: 'socket', host: socket.address, port };
}

/** Of names that are looked up the cluster says that they have none (cluster-config.ts). */
function checkResolver({ resolverName: name }: SocketAddress, ctx: ConfigContext): void {
  if (name === '' || name === IP_RESOLVER) return;
  const advice = "Consider setting resolver_name or setting cluster type to 'STRICT_DNS' or 'LOGICAL_DNS'";
  ctx.child('resolver_name').error(`Unknown address resolver: ${name}. ${advice}`);
}
