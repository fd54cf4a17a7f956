import type {
  SocketOption_SocketType,
  SocketOption as SocketOptionProto,
} from '../../../api/generated/envoy/config/core/v3/socket_option_pb.d.ts';
import type { Listener } from '../../../api/generated/envoy/config/listener/v3/listener_pb.d.ts';
import { intOptionValue, type SocketOption, type SocketState } from '../network/socket-option.ts';
import type { ListenAddress } from './listener-config.ts';

/** By SocketOption.SocketState. */
const states: readonly SocketState[] = ['prebind', 'bound', 'listening'];

/** By SocketOption.SocketIpVersion; the first is any. */
const ipVersions: readonly (4 | 6 | undefined)[] = [undefined, 4, 6];

interface FamilyOption {
  readonly label: string;
  readonly level: number;
  readonly name: number;
}

/** Linux's (ip(7), ipv6(7), tcp(7)). */
const freebind: Readonly<Record<4 | 6, FamilyOption>> = {
  4: { label: 'IPPROTO_IP/IP_FREEBIND', level: 0, name: 15 },
  6: { label: 'IPPROTO_IPV6/IPV6_FREEBIND', level: 41, name: 78 },
};
const transparent: Readonly<Record<4 | 6, FamilyOption>> = {
  4: { label: 'IPPROTO_IP/IP_TRANSPARENT', level: 0, name: 19 },
  6: { label: 'IPPROTO_IPV6/IPV6_TRANSPARENT', level: 41, name: 75 },
};
const fastOpen: FamilyOption = { label: 'IPPROTO_TCP/TCP_FASTOPEN', level: 6, name: 23 };

/** The options of each address, in the order in which Envoy sets them. */
export function parseSocketOptions(config: Listener, addresses: readonly ListenAddress[]): SocketOption[][] {
  return addresses.map(({ address, protocol }, i) => {
    const own = i === 0 ? undefined : config.additionalAddresses[i - 1]?.socketOptions;
    const version = address.ipVersion ?? 4;
    const queueLength = config.tcpFastOpenQueueLength;
    return [
      ...(config.transparent === true ? transparentOptions(version) : []),
      ...(config.freebind === true ? freebindOptions(version) : []),
      ...literalOptions(own?.socketOptions ?? config.socketOptions, version, protocol),
      ...(queueLength === undefined
        ? []
        : [{ ...fastOpen, value: intOptionValue(queueLength), state: 'listening' as const }]),
    ];
  });
}

/** What `freebind` of a bind config means for sockets of an IP version. */
export function freebindOptions(version: 4 | 6): SocketOption[] {
  return flags(freebind[version], 'prebind');
}

/** For sockets that are bound to, or connect from, addresses which are not the machine's own. */
export function transparentOptions(version: 4 | 6): SocketOption[] {
  return flags(transparent[version], 'prebind', 'bound');
}

function flags(option: FamilyOption, ...when: readonly SocketState[]): SocketOption[] {
  return when.map((state) => ({ ...option, value: intOptionValue(1), state }));
}

/** Those that are for sockets of this IP version and protocol. */
export function literalOptions(
  options: readonly SocketOptionProto[],
  version: 4 | 6,
  protocol: ListenAddress['protocol'] = 'tcp',
): SocketOption[] {
  return options.flatMap(({ level, name, value, state, type, ipVersion }) => {
    const isForOtherType = type !== undefined && !isForType(type, protocol);
    const isForOther = ipVersion !== 0 && ipVersions[ipVersion] !== version;
    if (isForOtherType || isForOther || value.case === undefined) return [];
    const bytes = value.case === 'bufValue' ? value.value : intOptionValue(Number(BigInt.asIntN(32, value.value)));
    const option = { level: Number(level), name: Number(name), value: bytes, state: states[state] ?? 'prebind' };
    return [{ ...option, label: `${level}/${name}` }];
  });
}

/** One that names no type is for all; one that names both is taken to be for streams, as Envoy has it. */
function isForType({ stream, datagram }: SocketOption_SocketType, protocol: ListenAddress['protocol']): boolean {
  if (stream !== undefined) return protocol === 'tcp';
  return datagram === undefined || protocol === 'udp';
}
