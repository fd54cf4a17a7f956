import type { Address } from '../../../sdk/network.ts';
import { formatIp, type IpWords, parseIp } from './ip.ts';

const mappedText = '::ffff:';

/** `127.0.0.1:80`, `[::1]:80`. */
export class IpAddress implements Address {
  readonly kind = 'ip';
  readonly ip: string;
  readonly port: number;
  #words: IpWords | undefined = undefined;

  /** @param ip canonical text, as from the system or `parse`; a scope (`%eth0`) may follow an IPv6 address. */
  constructor(ip: string, port: number) {
    this.ip = ip;
    this.port = port;
  }

  get ipVersion(): 4 | 6 {
    return this.ip.includes(':') ? 6 : 4;
  }

  /** Of any text that inet_pton takes, made canonical; undefined when it is none. */
  static parse(text: string, port: number): IpAddress | undefined {
    const scopeAt = text.indexOf('%');
    const words = parseIp(scopeAt < 0 ? text : text.slice(0, scopeAt));
    if (words === undefined || (scopeAt >= 0 && (words.length === 1 || scopeAt === text.length - 1))) return undefined;
    const address = new IpAddress(formatIp(words) + (scopeAt < 0 ? '' : text.slice(scopeAt)), port);
    address.#words = words;
    return address;
  }

  /** As accepted or connected sockets tell it: IPv4-mapped addresses of dual-stack sockets become IPv4 ones. */
  static ofSocket(ip: string, port: number): IpAddress {
    const mapped = ip.startsWith(mappedText) && ip.includes('.', mappedText.length);
    return new IpAddress(mapped ? ip.slice(mappedText.length) : ip, port);
  }

  get asString(): string {
    return this.ipVersion === 6 ? `[${this.ip}]:${this.port}` : `${this.ip}:${this.port}`;
  }

  get words(): IpWords {
    if (this.#words === undefined) {
      const scopeAt = this.ip.indexOf('%');
      this.#words = parseIp(scopeAt < 0 ? this.ip : this.ip.slice(0, scopeAt)) ?? [0];
    }
    return this.#words;
  }

  /** Any address of the host: `0.0.0.0` or `::`. */
  get isAny(): boolean {
    return this.words.every((word) => word === 0);
  }

  /** As Envoy's isLoopbackAddress: the one address, not its network. */
  get isLoopback(): boolean {
    return this.ip === '127.0.0.1' || this.ip === '::1';
  }

  equals(other: Address): boolean {
    return other.kind === 'ip' && other.port === this.port && other.ip === this.ip;
  }
}

/** sockaddr_un's `sun_path`, with the zero behind it. */
const MAX_PIPE_PATH_BYTES = 108;

/** What is wrong with a Unix socket's path, in Envoy's words; undefined when nothing is. */
export function pipePathProblem(path: string): string | undefined {
  if (new TextEncoder().encode(path).length < MAX_PIPE_PATH_BYTES) return undefined;
  return `Path "${path}" exceeds maximum UNIX domain socket path size of ${MAX_PIPE_PATH_BYTES}.`;
}

/** A Unix socket: its path, or a name in Linux's abstract namespace, written with `@` for the leading zero byte. */
export class PipeAddress implements Address {
  readonly kind = 'pipe';
  readonly asString: string;
  /** Permissions of the file; 0 = as the umask says. */
  readonly mode: number;
  readonly ip = '';
  readonly ipVersion = undefined;
  readonly port = 0;

  constructor(path: string, mode = 0) {
    this.asString = path.replaceAll('\0', '@');
    this.mode = mode;
  }

  get isAbstract(): boolean {
    return this.asString.startsWith('@');
  }

  equals(other: Address): boolean {
    return other.kind === 'pipe' && other.asString === this.asString;
  }
}

/** A listener of this process: `envoy://name/endpoint`. */
export class InternalAddress implements Address {
  readonly kind = 'internal';
  readonly listenerName: string;
  readonly endpointId: string;
  readonly asString: string;
  readonly ip = '';
  readonly ipVersion = undefined;
  readonly port = 0;

  constructor(listenerName: string, endpointId = '') {
    this.listenerName = listenerName;
    this.endpointId = endpointId;
    this.asString = `envoy://${listenerName}/${endpointId}`;
  }

  equals(other: Address): boolean {
    return other.kind === 'internal' && other.asString === this.asString;
  }
}

/** `1.2.3.4:80` or `[::1]:80`, the inverse of `asString`; the port is read as Envoy reads numbers: `+80` and ` 0080` are 80. */
export function parseIpAndPort(text: string): IpAddress | undefined {
  const match = /^(?:\[(?<v6>[^\]]*:[^\]]*)\]|(?<v4>[^:[\]]+)):[\t-\r ]*\+?(?<port>\d+)[\t-\r ]*$/.exec(text);
  const port = Number(match?.groups?.port);
  if (match === null || port > 65_535) return undefined;
  return IpAddress.parse(match.groups?.v6 ?? match.groups?.v4 ?? '', port);
}
