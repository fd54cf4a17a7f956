import { chmodSync, unlinkSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import type { Address } from '../../../../sdk/network.ts';
import { IpAddress } from '../../../common/network/address.ts';
import { ofAddressData, toAddressData } from '../../../common/network/listen-transfer.ts';
import type { Libc } from '../../../native/libc.ts';
import type { BindOptions, BoundSocket, ListenTransfer, SocketOption } from '../engine.ts';
import { SocketError } from '../socket-error.ts';
import { encodeSocketAddress, families, familyOf, localAddressOf } from './socket-address.ts';
import { setIpv6Only, setPacketInfo, setReuseAddress, setReusePort, setSocketOptions } from './socket-options.ts';

/**
 * SOCK_STREAM and SOCK_DGRAM, with SOCK_CLOEXEC. Sockets of the ring block: the kernel then waits by itself, and never with
 * us. Those on which several threads accept do not (SOCK_NONBLOCK): another may have been faster.
 */
const types = { stream: 0x8_0001, shared: 0x8_0801, datagram: 0x8_0002 } as const;
type SocketType = 'stream' | 'datagram';
/** The kernel cuts it to its own limit (net.core.somaxconn). */
const longestBacklog = 0x7fff_ffff;

function open(libc: Libc, address: Address, type: keyof typeof types): number {
  return libc.socket(familyOf(address), types[type], 0);
}

/** A socket to connect, with options set and bound if need be, or why there is none to be had. */
export function openConnecting(
  libc: Libc,
  address: Address,
  options: ConnectingOptions,
  type: SocketType = 'stream',
): number | SocketError {
  const fd = open(libc, address, type);
  if (fd < 0) return new SocketError(getSystemErrorName(fd));
  const error = prepareConnecting(libc, fd, address, options);
  if (error === undefined) return fd;
  libc.close(fd);
  return error;
}

interface ConnectingOptions {
  readonly sourceAddress: Address | undefined;
  readonly socketOptions: readonly SocketOption[];
}

function prepareConnecting(
  libc: Libc,
  fd: number,
  address: Address,
  { sourceAddress, socketOptions }: ConnectingOptions,
): SocketError | undefined {
  const unprepared = setSocketOptions(libc, fd, socketOptions, 'prebind');
  if (unprepared !== undefined) return unprepared;
  if (sourceAddress !== undefined) {
    if (familyOf(address) !== families.unix) setReuseAddress(libc, fd);
    const unbound = bindTo(libc, fd, sourceAddress);
    if (unbound !== undefined) return unbound;
  }
  return setSocketOptions(libc, fd, socketOptions, 'bound');
}

/** Answers why not. */
function bindTo(libc: Libc, fd: number, address: Address): SocketError | undefined {
  const encoded = encodeSocketAddress(address, (name) => libc.interfaceIndex(name));
  if (typeof encoded === 'string') return new SocketError(encoded);
  const result = libc.bind(fd, encoded);
  return result < 0 ? new SocketError(getSystemErrorName(result)) : undefined;
}

/** A datagram socket with a peer, or why there is none to be had. */
export function openConnected(libc: Libc, address: Address, options: ConnectingOptions): number | SocketError {
  if (address.kind !== 'ip') return new SocketError('EAFNOSUPPORT');
  const fd = openConnecting(libc, address, options, 'datagram');
  if (fd instanceof SocketError) return fd;
  const error = connectTo(libc, fd, address);
  if (error === undefined) return fd;
  libc.close(fd);
  return error;
}

/** Answers why not. */
function connectTo(libc: Libc, fd: number, address: Address): SocketError | undefined {
  const encoded = encodeSocketAddress(address, (name) => libc.interfaceIndex(name));
  if (typeof encoded === 'string') return new SocketError(encoded);
  const result = libc.connect(fd, encoded);
  return result < 0 ? new SocketError(getSystemErrorName(result)) : undefined;
}

/** A datagram socket gets its datagrams from here on: only its descriptor can be passed on, not its address. */
export function bindSocket(libc: Libc, options: BindOptions, type: SocketType = 'stream'): BoundSocket | SocketError {
  const { address } = options;
  if (address.kind === 'internal' || (type === 'datagram' && address.kind !== 'ip'))
    return new SocketError('EAFNOSUPPORT');
  const reusePort = address.kind === 'ip' && options.reusePort === true;
  const ipv4Compat = options.ipv4Compat === true;
  const backlog = options.backlog ?? longestBacklog;
  const { mode = 0, socketOptions = [] } = options;
  const fd = openBound(libc, address, { reusePort, ipv4Compat, mode, socketOptions }, type);
  if (fd instanceof SocketError) return fd;
  const name = address.kind === 'pipe' ? undefined : localAddressOf(libc, fd);
  const port = name?.port ?? address.port;
  const data = toAddressData(address.kind === 'pipe' ? address : new IpAddress(address.ip, port));
  let isOpen = true;
  return {
    address: ofAddressData(data),
    transfer() {
      const rest = { address: data, backlog, socketOptions };
      if (reusePort && type === 'stream') return { kind: 'bind', ipv4Compat, ...rest };
      const copy = libc.duplicate(fd);
      if (copy < 0) return new SocketError(getSystemErrorName(copy));
      return { kind: 'descriptor', fd: copy, ...rest };
    },
    close() {
      if (isOpen) libc.close(fd);
      isOpen = false;
    },
  };
}

/** A descriptor that listens, or why not. */
export function openListening(libc: Libc, transfer: ListenTransfer): number | SocketError {
  const fd = openTransferred(libc, transfer);
  if (fd instanceof SocketError) return fd;
  const result = libc.listen(fd, transfer.backlog);
  const error = result < 0 ? new SocketError(getSystemErrorName(result)) : setListening(libc, fd, transfer);
  if (error === undefined) return fd;
  libc.close(fd);
  return error;
}

/** A descriptor that is bound and is to listen, or why there is none. */
export function openTransferred(libc: Libc, transfer: ListenTransfer): number | SocketError {
  if (transfer.kind === 'descriptor') return transfer.fd;
  const { ipv4Compat, socketOptions = [] } = transfer;
  return openBound(libc, ofAddressData(transfer.address), { reusePort: true, ipv4Compat, mode: 0, socketOptions });
}

/** Sets the options of a socket that listens now. */
export function setListening(libc: Libc, fd: number, { socketOptions = [] }: ListenTransfer): SocketError | undefined {
  return setSocketOptions(libc, fd, socketOptions, 'listening');
}

type OpenOptions = Required<Pick<BindOptions, 'reusePort' | 'ipv4Compat' | 'mode' | 'socketOptions'>>;

function openBound(
  libc: Libc,
  address: Address,
  options: OpenOptions,
  type: SocketType = 'stream',
): number | SocketError {
  const fd = open(libc, address, type === 'stream' && !options.reusePort ? 'shared' : type);
  if (fd < 0) return new SocketError(getSystemErrorName(fd));
  if (type === 'datagram') setPacketInfo(libc, fd, familyOf(address));
  const error = prepareAndBind(libc, fd, address, options, type);
  if (error === undefined) return fd;
  libc.close(fd);
  return error;
}

function prepareAndBind(
  libc: Libc,
  fd: number,
  address: Address,
  { reusePort, ipv4Compat, mode, socketOptions }: OpenOptions,
  type: SocketType,
): SocketError | undefined {
  const family = familyOf(address);
  const isFile = address.kind === 'pipe' && !address.asString.startsWith('@');
  if (family === families.ipv6) setIpv6Only(libc, fd, !ipv4Compat);
  // Datagram sockets would take each other's address by it.
  if (family !== families.unix && type === 'stream') setReuseAddress(libc, fd);
  if (reusePort) setReusePort(libc, fd);
  const unprepared = setSocketOptions(libc, fd, socketOptions, 'prebind');
  if (unprepared !== undefined) return unprepared;
  if (isFile) removeStale(address.asString);
  const unbound = bindTo(libc, fd, address);
  if (unbound !== undefined) return unbound;
  if (isFile && mode !== 0) chmodSync(address.asString, mode);
  return setSocketOptions(libc, fd, socketOptions, 'bound');
}

/** A file in the way is taken for one left by a process that died, as Envoy does; if it stays, binding says why. */
function removeStale(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Most often there is none.
  }
}
