import { getSystemErrorName } from 'node:util';
import type { Address } from '../../../../sdk/network.ts';
import { type Libc, socketAddressBytes } from '../../../native/libc.ts';
import type { KeepAlive, SocketOption, SocketState } from '../engine.ts';
import { SocketOptionError } from '../socket-error.ts';
import { decodeSocketAddress, families, localAddressOf } from './socket-address.ts';

/** Levels and names (socket(7), tcp(7), ipv6(7)); the same on x64 and arm64. */
const socketLevel = 1;
const tcpLevel = 6;
const ipv6Level = 41;
const reuseAddress = 2;
const keepAlive = 9;
const linger = 13;
const reusePort = 15;
const noDelay = 1;
const keepAliveIdle = 4;
const keepAliveInterval = 5;
const keepAliveProbes = 6;
const tcpInfoOption = 11;
const tcpInfoBytes = 256;
const ipv6Only = 26;
const ipLevel = 0;
const originalDestinationOption = 80;
const transparent = 19;
const ipv6Transparent = 75;
const packetInfo = 8;
const ipv6PacketInfo = 49;

export function setNoDelay(libc: Libc, fd: number, enable: boolean): void {
  libc.setOption(fd, tcpLevel, noDelay, enable ? 1 : 0);
}

export function setKeepAlive(libc: Libc, fd: number, { idleSeconds, intervalSeconds, probes }: KeepAlive): void {
  libc.setOption(fd, socketLevel, keepAlive, 1);
  if (idleSeconds !== undefined) libc.setOption(fd, tcpLevel, keepAliveIdle, idleSeconds);
  if (intervalSeconds !== undefined) libc.setOption(fd, tcpLevel, keepAliveInterval, intervalSeconds);
  if (probes !== undefined) libc.setOption(fd, tcpLevel, keepAliveProbes, probes);
}

/** What is left to send is dropped by `close`, and the peer gets RST. */
export function closeWithReset(libc: Libc, fd: number): void {
  libc.setOption(fd, socketLevel, linger, 1, 0);
}

/**
 * Where a connection was headed before netfilter redirected it. A socket on which TPROXY may set connections down has that
 * for its own address.
 */
export function originalDestination(libc: Libc, fd: number, family: number): Address | undefined {
  if (family === families.unix) return undefined;
  const level = family === families.ipv6 ? ipv6Level : ipLevel;
  // An IPv4 connection to a socket for both is known to IPv4's netfilter only.
  const raw =
    libc.optionBytes(fd, level, originalDestinationOption, socketAddressBytes) ??
    libc.optionBytes(fd, ipLevel, originalDestinationOption, socketAddressBytes);
  if (raw !== undefined) return decodeSocketAddress(raw);
  return isTransparent(libc, fd, level) ? localAddressOf(libc, fd) : undefined;
}

function isTransparent(libc: Libc, fd: number, level: number): boolean {
  const set = libc.optionBytes(fd, level, level === ipv6Level ? ipv6Transparent : transparent, 4);
  return set?.some((byte) => byte !== 0) === true;
}

/** `struct tcp_info`, as much of it as the kernel knows; undefined of other sockets. */
export function tcpInfo(libc: Libc, fd: number): Uint8Array | undefined {
  return libc.optionBytes(fd, tcpLevel, tcpInfoOption, tcpInfoBytes);
}

export function setReuseAddress(libc: Libc, fd: number): number {
  return libc.setOption(fd, socketLevel, reuseAddress, 1);
}

export function setReusePort(libc: Libc, fd: number): number {
  return libc.setOption(fd, socketLevel, reusePort, 1);
}

/** Sets the options of a state; the first that fails ends it. */
export function setSocketOptions(
  libc: Libc,
  fd: number,
  options: readonly SocketOption[],
  state: SocketState,
): SocketOptionError | undefined {
  for (const option of options) {
    if (option.state !== state) continue;
    const result = libc.setOptionBytes(fd, option.level, option.name, option.value);
    if (result < 0) return new SocketOptionError(getSystemErrorName(result), option);
  }
  return undefined;
}

/** Has the system say of each datagram where it was sent to. */
export function setPacketInfo(libc: Libc, fd: number, family: number): number {
  return family === families.ipv6
    ? libc.setOption(fd, ipv6Level, ipv6PacketInfo, 1)
    : libc.setOption(fd, ipLevel, packetInfo, 1);
}

export function setIpv6Only(libc: Libc, fd: number, only: boolean): number {
  return libc.setOption(fd, ipv6Level, ipv6Only, only ? 1 : 0);
}
