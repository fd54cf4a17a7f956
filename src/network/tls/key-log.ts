import type { AccessLogFile } from '../../../sdk/extension.ts';
import type { Address, ConnectionInfo } from '../../../sdk/network.ts';
import type { CidrRange } from '../../common/network/cidr.ts';
import type { KeyLogOptions } from './tls-options.ts';

/** Writes the secrets of connections, in the form of NSS, so that a recording of them can be read. */
export class KeyLog {
  readonly #file: AccessLogFile;
  readonly #local: readonly CidrRange[];
  readonly #remote: readonly CidrRange[];

  constructor(file: AccessLogFile, { localRanges, remoteRanges }: KeyLogOptions) {
    this.#file = file;
    this.#local = localRanges;
    this.#remote = remoteRanges;
  }

  write(line: string, { localAddress, remoteAddress }: ConnectionInfo): void {
    if (isIn(this.#local, localAddress) && isIn(this.#remote, remoteAddress)) this.#file.write(`${line}\n`);
  }
}

/** No ranges are all of them. */
function isIn(ranges: readonly CidrRange[], address: Address): boolean {
  return ranges.length === 0 || ranges.some((range) => range.containsAddress(address));
}
