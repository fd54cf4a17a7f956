import { readFileSync, statSync } from 'node:fs';
import { IpAddress } from '../../common/network/address.ts';

/** A text file that may change. */
export interface WatchedFile {
  /** Changes when the content does; undefined when there is no such file. */
  version(): string | undefined;
  read(): string;
}

export function fileOnDisk(path: string): WatchedFile {
  return {
    version() {
      const stat = statSync(path, { throwIfNoEntry: false });
      return stat === undefined ? undefined : `${stat.mtimeMs} ${stat.size} ${stat.ino}`;
    },
    read: () => readFileSync(path, 'latin1'),
  };
}

/** Names in /etc/hosts (hosts(5)), read again when the file has changed. */
export class HostsFile {
  readonly #file: WatchedFile;
  #version: string | undefined = undefined;
  #byName: ReadonlyMap<string, readonly IpAddress[]> = new Map();

  constructor(file: WatchedFile) {
    this.#file = file;
  }

  /** Addresses of a name in any letter case, in the order of the file. */
  lookup(name: string): readonly IpAddress[] {
    this.#refresh();
    return this.#byName.get(name.toLowerCase()) ?? [];
  }

  /** A file that vanishes while it is read counts as none. */
  #refresh(): void {
    try {
      const version = this.#file.version();
      if (version === this.#version) return;
      this.#byName = version === undefined ? new Map() : parseHosts(this.#file.read());
      this.#version = version;
    } catch {
      this.#byName = new Map();
      this.#version = undefined;
    }
  }
}

export function parseHosts(text: string): Map<string, IpAddress[]> {
  const byName = new Map<string, IpAddress[]>();
  for (const line of text.split('\n')) {
    const [ip = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    const address = IpAddress.parse(ip, 0);
    if (address === undefined) continue;
    for (const name of names) {
      const key = name.toLowerCase();
      const known = byName.get(key);
      if (known === undefined) byName.set(key, [address]);
      else if (!known.some((each) => each.equals(address))) known.push(address);
    }
  }
  return byName;
}
