import type { Address } from '../../../../sdk/network.ts';
import { IpAddress } from '../../../common/network/address.ts';
import type { Libc } from '../../../native/libc.ts';
import { decodeSocketAddress, families, familyIn, ipv4Text, portOf } from './socket-address.ts';

/** Of a power of two. */
const keptTexts = 256;

/**
 * The addresses of sockets, as the system tells them. Many connections come from few hosts: the texts of IPv4 addresses are kept, one of
 * those that fall on the same place.
 */
export class SocketNames {
  readonly #libc: Pick<Libc, 'name' | 'socketName' | 'peerName'>;
  readonly #words = new Int32Array(keptTexts);
  readonly #texts: string[] = Array.from({ length: keptTexts }, () => '0.0.0.0');

  constructor(libc: Pick<Libc, 'name' | 'socketName' | 'peerName'>) {
    this.#libc = libc;
  }

  /** Undefined when it has none. */
  local(fd: number): Address | undefined {
    return this.#decode(this.#libc.socketName(fd));
  }

  peer(fd: number): Address | undefined {
    return this.#decode(this.#libc.peerName(fd));
  }

  #decode(length: number): Address | undefined {
    const { name } = this.#libc;
    if (length > 0 && familyIn(name) === families.ipv4) return new IpAddress(this.#textOf(name), portOf(name));
    return decodeSocketAddress(name, length);
  }

  #textOf(name: Uint8Array): string {
    const word =
      ((name[4] as number) << 24) | ((name[5] as number) << 16) | ((name[6] as number) << 8) | (name[7] as number);
    const place = (word ^ (word >>> 8) ^ (word >>> 16) ^ (word >>> 24)) & (keptTexts - 1);
    if (this.#words[place] === word) return this.#texts[place] as string;
    const text = ipv4Text(name);
    this.#words[place] = word;
    this.#texts[place] = text;
    return text;
  }
}
