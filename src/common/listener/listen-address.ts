import type {
  Address as AddressProto,
  Pipe,
  SocketAddress,
} from '../../../api/generated/envoy/config/core/v3/address_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import { IpAddress, PipeAddress, pipePathProblem } from '../network/address.ts';
import { IP_RESOLVER } from '../network/ip-resolver.ts';
import type { ListenAddress } from './listener-config.ts';

const udp = 1;

/**
 * Checks an address to listen on; undefined when it is none, with the fault gathered.
 * @param mayBeUdp whether datagrams can be served there
 */
export function parseListenAddress(
  config: AddressProto | undefined,
  ctx: ConfigContext,
  mayBeUdp = false,
): ListenAddress | undefined {
  const address = config?.address;
  switch (address?.case) {
    case 'socketAddress':
      return parseSocketAddress(address.value, ctx.child('socket_address'), mayBeUdp);
    case 'pipe':
      return parsePipe(address.value, ctx.child('pipe'));
    case 'envoyInternalAddress':
      ctx.child('envoy_internal_address').error('internal listeners are not supported yet');
      return undefined;
    default:
      ctx.error('an address is required', { expected: 'socket_address or pipe' });
      return undefined;
  }
}

function parsePipe({ path, mode }: Pipe, ctx: ConfigContext): ListenAddress {
  if (path.startsWith('@') && mode !== 0) ctx.child('mode').error('Cannot set mode for Abstract AF_UNIX sockets');
  const problem = pipePathProblem(path);
  if (problem !== undefined) ctx.child('path').error(problem);
  return { address: new PipeAddress(path, mode), ipv4Compat: false, mode, protocol: 'tcp' };
}

function parseSocketAddress(config: SocketAddress, ctx: ConfigContext, mayBeUdp: boolean): ListenAddress | undefined {
  ctx.requireSupported(config, ['protocol', 'address', 'portValue', 'ipv4Compat', 'namedPort', 'resolverName']);
  const isUdp = config.protocol === udp;
  if (isUdp && !mayBeUdp) ctx.child('protocol').error('UDP is not supported here');
  if (config.portSpecifier.case === 'namedPort') {
    ctx.error("IP resolver can't handle port specifier type 4", { expected: 'port_value' });
    return undefined;
  }
  const isKnown = config.resolverName === '' || config.resolverName === IP_RESOLVER;
  if (!isKnown) ctx.child('resolver_name').error(`Unknown address resolver: ${config.resolverName}`);
  const address = IpAddress.parse(config.address, config.portSpecifier.value ?? 0);
  if (address === undefined) {
    ctx.child('address').error(`malformed IP address: ${config.address}`, { expected: 'an IPv4 or IPv6 address' });
    return undefined;
  }
  if (config.ipv4Compat && !takesIpv4(address)) {
    const allowed = "Only IPv6 address '::' or valid IPv4-mapped IPv6 address can set ipv4_compat";
    ctx.child('ipv4_compat').error(`${allowed}: ${address.asString}`);
  }
  return { address, ipv4Compat: config.ipv4Compat, mode: 0, protocol: isUdp ? 'udp' : 'tcp' };
}

function takesIpv4({ ip }: IpAddress): boolean {
  return ip === '::' || ip.startsWith('::ffff:');
}
