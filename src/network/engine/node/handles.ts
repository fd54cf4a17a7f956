import type { Socket as UdpSocket } from 'node:dgram';
import type { Server, Socket } from 'node:net';
import { getSystemErrorName } from 'node:util';
import { IpAddress } from '../../../common/network/address.ts';
import { SocketError } from '../socket-error.ts';

/**
 * The handles under node:net's sockets, as of Node 26. They are not public; what is relied on is all here, and
 * `handles.test.ts` fails when a newer Node differs. Why: a write through the stream classes costs about twice the
 * system call, and allocates; a write through the handle that the kernel takes at once allocates nothing.
 */
export interface StreamHandle {
  readonly fd: number;
  reading: boolean;
  readStart(): number;
  readStop(): number;
  /** Reads go here from now on; what was set before stays with the handle until it closes. */
  useUserBuffer(memory: Uint8Array): void;
  /** 0 = the kernel has all bytes; negative = an errno; a request = the rest is under way, its bytes must stay. */
  writeBuffer(request: null, bytes: Uint8Array): number | WriteRequest;
  writev(request: null, chunks: readonly Uint8Array[], allBuffers: true): number | WriteRequest;
  /** Absent on pipes. */
  setNoDelay?(enable: boolean): number;
  getsockname?(out: HandleAddress): number;
  getpeername?(out: HandleAddress): number;
  close(): void;
}

export interface WriteRequest {
  /** Called with 0 or a negative errno when the bytes have gone out or never will. */
  oncomplete: (this: WriteRequest, status: number) => void;
  /** Status of a write that completed before `oncomplete` could be set. */
  writeStatus?: number | null;
  owner?: WriteOwner;
}

export interface WriteOwner {
  onWriteComplete(status: number): void;
}

export interface HandleAddress {
  address?: string;
  port?: number;
}

export interface ServerHandle {
  readonly fd: number;
  onconnection: (status: number, client: StreamHandle | undefined) => void;
}

export interface UdpHandle {
  readonly fd: number;
  recvStart(): number;
  recvStop(): number;
}

interface HasHandle<T> {
  readonly _handle: T | null | undefined;
}

export function handleOf(socket: Socket): StreamHandle | undefined {
  return (socket as unknown as HasHandle<StreamHandle>)._handle ?? undefined;
}

export function serverHandleOf(server: Server): ServerHandle | undefined {
  return (server as unknown as HasHandle<ServerHandle>)._handle ?? undefined;
}

/** Undefined once it is closed. */
export function udpHandleOf(socket: UdpSocket): UdpHandle | undefined {
  const state = Object.getOwnPropertySymbols(socket).find(({ description }) => description === 'state symbol');
  const { handle } = (socket as unknown as Record<symbol, { handle?: UdpHandle | null }>)[state as symbol] ?? {};
  return handle ?? undefined;
}

/** One function for all requests: the request itself knows its socket. */
export function completeWrite(this: WriteRequest, status: number): void {
  this.owner?.onWriteComplete(status);
}

export function errorOfStatus(status: number): SocketError {
  return new SocketError(getSystemErrorName(status));
}

/** Of an error that node:net emits or throws: `socketError` is one that we gave it. */
export function errorOf(cause: unknown): SocketError {
  const { code, socketError } = (cause ?? {}) as { code?: unknown; socketError?: SocketError };
  if (socketError !== undefined) return socketError;
  return new SocketError(typeof code === 'string' ? code : 'EINVAL');
}

/** Of an IP socket; undefined when it has none or is gone. */
export function addressOf(handle: StreamHandle | undefined, end: 'getsockname' | 'getpeername'): IpAddress | undefined {
  const out: HandleAddress = {};
  if (handle?.[end] === undefined || handle[end](out) < 0 || out.address === undefined) return undefined;
  return IpAddress.ofSocket(out.address, out.port ?? 0);
}

/** As the system wants it: names in the abstract namespace begin with a zero byte. */
export function pathOf(pipe: string): string {
  return pipe.startsWith('@') ? `\0${pipe.slice(1)}` : pipe;
}
