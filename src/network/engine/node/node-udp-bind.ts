import type { Socket } from 'node:dgram';
import type { Address } from '../../../../sdk/network.ts';
import { IpAddress } from '../../../common/network/address.ts';
import { toAddressData } from '../../../common/network/listen-transfer.ts';
import type { Descriptors } from '../../../native/descriptor.ts';
import { Libc } from '../../../native/libc.ts';
import type { BindOptions, BoundSocket } from '../engine.ts';
import { bindSocket, openConnecting } from '../io-uring/ring-bind.ts';
import { SocketError } from '../socket-error.ts';
import type { UdpConnectOptions } from '../udp-socket.ts';
import { udpHandleOf } from './handles.ts';
import { attempt, createUdpSocket } from './node-udp-socket.ts';

/** libc.ts knows Linux's C library. */
const canSetOptions = process.platform === 'linux';

/** Binds by node:dgram, or by the C library where there are options, which Node cannot set before. */
export function bindUdpSocket(options: BindOptions, descriptors: Descriptors): BoundSocket | SocketError {
  const { address, socketOptions = [], reusePort = false, ipv4Compat = false } = options;
  if (address.kind !== 'ip') return new SocketError('EAFNOSUPPORT');
  if (socketOptions.length > 0) {
    return canSetOptions ? bindSocket(new Libc(), options, 'datagram') : new SocketError('ENOTSUP');
  }
  const socket = createUdpSocket(address, { reusePort, ipv6Only: address.ipVersion === 6 && !ipv4Compat });
  const error = attempt(socket, () => void socket.bind(address.port, address.ip));
  if (error !== undefined) {
    socket.close();
    return error;
  }
  // Its datagrams are for those who get a descriptor of it.
  udpHandleOf(socket)?.recvStop();
  socket.unref();
  const bound = localAddressOf(socket);
  return {
    address: bound,
    transfer() {
      const fd = descriptors.duplicate(udpHandleOf(socket)?.fd ?? -1);
      if (fd === undefined) return new SocketError('EMFILE');
      return { kind: 'descriptor', fd, address: toAddressData(bound), backlog: 0 };
    },
    close: onceClosing(socket),
  };
}

/** A connected socket with its options; or why there is none. */
export function connectUdpSocket(options: UdpConnectOptions): Socket | SocketError {
  const { address, sourceAddress, socketOptions = [] } = options;
  if (address.kind !== 'ip') return new SocketError('EAFNOSUPPORT');
  const bound = socketOptions.length > 0 ? openPrepared(options) : bindTo(address, sourceAddress);
  if (bound instanceof SocketError) return bound;
  const error = attempt(bound, () => bound.connect(address.port, address.ip));
  if (error === undefined) return bound;
  bound.close();
  return error;
}

/** A socket for a descriptor that is bound, which it closes in the end, or here when it cannot take it. */
export function adoptUdpSocket(fd: number, address: Address): Socket | SocketError {
  const socket = createUdpSocket(address);
  const error = attempt(socket, () => void socket.bind({ fd }));
  if (error === undefined) return socket;
  socket.close();
  return error;
}

function openPrepared({ address, sourceAddress, socketOptions = [] }: UdpConnectOptions): Socket | SocketError {
  if (!canSetOptions) return new SocketError('ENOTSUP');
  const libc = new Libc();
  const fd = openConnecting(libc, address, { sourceAddress, socketOptions }, 'datagram');
  return fd instanceof SocketError ? fd : adoptUdpSocket(fd, address);
}

function bindTo(address: Address, sourceAddress: Address | undefined): Socket | SocketError {
  const socket = createUdpSocket(address);
  const any = address.ipVersion === 6 ? '::' : '0.0.0.0';
  const error = attempt(socket, () => void socket.bind(sourceAddress?.port ?? 0, sourceAddress?.ip ?? any));
  if (error === undefined) return socket;
  socket.close();
  return error;
}

/** As the system says. */
export function localAddressOf(socket: Socket): Address {
  const { address, port } = socket.address();
  return new IpAddress(address, port);
}

function onceClosing(socket: Socket): () => void {
  let open = true;
  return () => {
    if (open) socket.close();
    open = false;
  };
}
