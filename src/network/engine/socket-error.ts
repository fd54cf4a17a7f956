import { constants } from 'node:os';
import type { SocketOption } from '../../common/network/socket-option.ts';

/** What the C library says for an error (strerror), since Envoy's texts end in that. */
const texts: Readonly<Record<string, string>> = {
  EACCES: 'Permission denied',
  EADDRINUSE: 'Address already in use',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  EAFNOSUPPORT: 'Address family not supported by protocol',
  EAGAIN: 'Resource temporarily unavailable',
  EBADF: 'Bad file descriptor',
  ECANCELED: 'Operation canceled',
  ECONNABORTED: 'Software caused connection abort',
  ECONNREFUSED: 'Connection refused',
  ECONNRESET: 'Connection reset by peer',
  EHOSTUNREACH: 'No route to host',
  EINVAL: 'Invalid argument',
  EISDIR: 'Is a directory',
  EMFILE: 'Too many open files',
  ENAMETOOLONG: 'File name too long',
  ENETDOWN: 'Network is down',
  ENETUNREACH: 'Network is unreachable',
  ENFILE: 'Too many open files in system',
  ENOBUFS: 'No buffer space available',
  ENOENT: 'No such file or directory',
  ENOMEM: 'Cannot allocate memory',
  ENOTDIR: 'Not a directory',
  ENOTSOCK: 'Socket operation on non-socket',
  EPERM: 'Operation not permitted',
  ENOPROTOOPT: 'Protocol not available',
  ENOTSUP: 'Operation not supported',
  EOPNOTSUPP: 'Operation not supported',
  EPIPE: 'Broken pipe',
  EPROTONOSUPPORT: 'Protocol not supported',
  EROFS: 'Read-only file system',
  ETIMEDOUT: 'Connection timed out',
};

const numbers: Readonly<Record<string, number>> = constants.errno;

/** A failed socket operation: a value, not thrown. */
export class SocketError {
  /** `ECONNREFUSED` and so on. */
  readonly code: string;

  constructor(code: string) {
    this.code = code;
  }

  /** The system's positive number; 0 when it has none. */
  get errno(): number {
    return numbers[this.code] ?? 0;
  }

  /** Text of strerror, such as `Connection refused`. */
  get message(): string {
    return texts[this.code] ?? this.code;
  }

  /** The peer closed with RST, or sent it in answer to what we wrote. */
  get isReset(): boolean {
    return this.code === 'ECONNRESET' || this.code === 'EPIPE';
  }
}

/** A socket option that could not be set. */
export class SocketOptionError extends SocketError {
  readonly option: SocketOption;

  constructor(code: string, option: SocketOption) {
    super(code);
    this.option = option;
  }
}
