import { chmodSync, unlinkSync } from 'node:fs';
import { createServer, BoundSocket as NodeBoundSocket, type Server } from 'node:net';
import type { Address } from '../../../../sdk/network.ts';
import { IpAddress } from '../../../common/network/address.ts';
import { ofAddressData, toAddressData } from '../../../common/network/listen-transfer.ts';
import type { Descriptors } from '../../../native/descriptor.ts';
import { Libc } from '../../../native/libc.ts';
import type { AcceptHandler, BindOptions, BoundSocket, ListenSocket, ListenTransfer } from '../engine.ts';
import { bindSocket as bindByLibc, openTransferred, setListening } from '../io-uring/ring-bind.ts';
import { SocketError } from '../socket-error.ts';
import { errorOf, errorOfStatus, pathOf, type StreamHandle, serverHandleOf } from './handles.ts';
import type { NodeStreamSocket } from './node-socket.ts';

/** The kernel cuts it to its own limit (net.core.somaxconn). */
const longestBacklog = 0x7fff_ffff;
const otherBacklog = 128;
/** libc.ts knows Linux's C library. */
const canSetOptions = process.platform === 'linux';

export function bindSocket(options: BindOptions, descriptors: Descriptors): BoundSocket | SocketError {
  const { address, socketOptions = [] } = options;
  if (socketOptions.length > 0) {
    return canSetOptions
      ? bindByLibc(new Libc(), { ...options, backlog: backlogOf(options) })
      : new SocketError('ENOTSUP');
  }
  if (address.kind === 'internal') return new SocketError('EAFNOSUPPORT');
  const backlog = backlogOf(options);
  const reusePort = address.kind === 'ip' && options.reusePort === true;
  const ipv4Compat = options.ipv4Compat === true;
  try {
    const socket =
      address.kind === 'pipe' ? bindPipe(address, options.mode ?? 0) : bindIp(address, reusePort, ipv4Compat);
    const bound = address.kind === 'pipe' ? address : new IpAddress(address.ip, socket.address().port);
    return {
      address: bound,
      transfer() {
        if (reusePort) return { kind: 'bind', address: toAddressData(bound), ipv4Compat, backlog };
        const fd = descriptors.duplicate(socket.fd());
        return fd === undefined
          ? new SocketError('EMFILE')
          : { kind: 'descriptor', fd, address: toAddressData(bound), backlog };
      },
      close: () => socket[Symbol.dispose](),
    };
  } catch (cause) {
    return errorOf(cause);
  }
}

function backlogOf({ backlog }: BindOptions): number {
  return backlog ?? (process.platform === 'linux' ? longestBacklog : otherBacklog);
}

function bindIp(address: { ip: string; port: number }, reusePort: boolean, ipv4Compat: boolean): NodeBoundSocket {
  const options = { host: address.ip, port: address.port, reusePort };
  return new NodeBoundSocket(address.ip.includes(':') ? { ...options, ipv6Only: !ipv4Compat } : options);
}

/** A file in the way is taken for one left by a process that died, as Envoy does; if it stays, binding says why. */
function bindPipe(address: Address, mode: number): NodeBoundSocket {
  const path = pathOf(address.asString);
  const isFile = !path.startsWith('\0');
  if (isFile) {
    try {
      unlinkSync(path);
    } catch {
      // Most often there is none.
    }
  }
  const socket = new NodeBoundSocket({ path } as object);
  if (isFile && mode !== 0) chmodSync(path, mode);
  return socket;
}

interface ListenHost {
  readonly descriptors: Descriptors;
  accept(handle: StreamHandle, listenAddress: Address): NodeStreamSocket;
  onClosed(socket: NodeListenSocket): void;
}

export class NodeListenSocket implements ListenSocket {
  readonly address: Address;
  readonly #transfer: ListenTransfer;
  readonly #handler: AcceptHandler;
  readonly #host: ListenHost;
  #server: Server | undefined = undefined;
  /** While paused: keeps the kernel's socket, where connections queue. */
  #pausedFd: number | undefined = undefined;
  #closed = false;

  constructor(transfer: ListenTransfer, handler: AcceptHandler, host: ListenHost) {
    this.address = ofAddressData(transfer.address);
    this.#transfer = transfer;
    this.#handler = handler;
    this.#host = host;
  }

  open(): SocketError | undefined {
    const transfer = this.#transfer;
    if ((transfer.socketOptions?.length ?? 0) > 0) return this.#openWithOptions(new Libc());
    if (transfer.kind === 'descriptor') return this.#listen({ fd: transfer.fd });
    if (transfer.kind !== 'bind' || transfer.address.kind !== 'ip') return new SocketError('EINVAL');
    try {
      return this.#listen(bindIp(transfer.address, true, transfer.ipv4Compat));
    } catch (cause) {
      return errorOf(cause);
    }
  }

  /** Node's sockets are bound as soon as they are made: those with options come from the C library. */
  #openWithOptions(libc: Libc): SocketError | undefined {
    const fd = openTransferred(libc, this.#transfer);
    if (fd instanceof SocketError) return fd;
    const error = this.#listen({ fd });
    if (error !== undefined) {
      libc.close(fd);
      return error;
    }
    const unset = setListening(libc, fd, this.#transfer);
    if (unset !== undefined) this.close();
    return unset;
  }

  pause(): void {
    const handle = this.#server === undefined ? undefined : serverHandleOf(this.#server);
    if (handle === undefined) return;
    const fd = this.#host.descriptors.duplicate(handle.fd);
    if (fd === undefined) return;
    this.#pausedFd = fd;
    this.#server?.close();
    this.#server = undefined;
  }

  resume(): void {
    const fd = this.#pausedFd;
    if (fd === undefined) return;
    this.#pausedFd = undefined;
    const error = this.#listen({ fd });
    if (error !== undefined) this.#handler.onAcceptError(error);
  }

  close(): void {
    if (this.#closed) return;
    this.resume();
    this.#closed = true;
    this.#server?.close();
    this.#server = undefined;
    this.#host.onClosed(this);
  }

  /** node:net reports errors of listen(2) later; that there is no handle is known at once. */
  #listen(source: NodeBoundSocket | { fd: number }): SocketError | undefined {
    const server = createServer();
    server.on('error', () => {});
    const { backlog } = this.#transfer;
    // Of an object with a descriptor, node:net does not look at its `backlog`.
    server.listen(source, backlog);
    const handle = serverHandleOf(server);
    if (handle === undefined) return new SocketError('EADDRINUSE');
    handle.onconnection = (status, client) => {
      if (client === undefined || status < 0) this.#handler.onAcceptError(errorOfStatus(status));
      else this.#handler.onAccept(this.#host.accept(client, this.address));
    };
    this.#server = server;
    return undefined;
  }
}
