import { lowerAscii } from '../matcher/string-matcher.ts';
import { portStart } from './path-text.ts';

/** Wildcards of one length by the text beside the star. */
interface Wildcards<T> {
  readonly length: number;
  readonly hosts: Map<string, T>;
}

/** Finds what stands for a host: exact names, then the longest `*suffix`, then the longest `prefix*`, then `*`. */
export class VirtualHostIndex<T> {
  readonly #exact = new Map<string, T>();
  #suffixes: Wildcards<T>[] = [];
  #prefixes: Wildcards<T>[] = [];
  #any: T | undefined = undefined;
  readonly #ignorePort: boolean;

  constructor(ignorePort: boolean) {
    this.#ignorePort = ignorePort;
  }

  /** False when the domain (in whatever case) is there already. */
  add(domain: string, value: T): boolean {
    const lower = lowerAscii(domain);
    if (lower === '*') {
      if (this.#any !== undefined) return false;
      this.#any = value;
      return true;
    }
    if (lower.startsWith('*')) return addTo(bucket(this.#suffixes, lower.length - 1), lower.slice(1), value);
    if (lower.endsWith('*')) return addTo(bucket(this.#prefixes, lower.length - 1), lower.slice(0, -1), value);
    return addTo(this.#exact, lower, value);
  }

  /** Whether hosts make a difference. */
  get looksAtHost(): boolean {
    return this.#exact.size > 0 || this.#suffixes.length > 0 || this.#prefixes.length > 0;
  }

  /** `host` as it came: any case, with or without port; undefined when the request has none. */
  find(host: string | undefined): T | undefined {
    if (!this.looksAtHost) return this.#any;
    if (host === undefined) return undefined;
    const lower = lowerAscii(this.#ignorePort ? withoutPort(host) : host);
    const exact = this.#exact.get(lower);
    if (exact !== undefined) return exact;
    return this.#findSuffix(lower) ?? this.#findPrefix(lower) ?? this.#any;
  }

  #findSuffix(host: string): T | undefined {
    for (const { length, hosts } of this.#suffixes) {
      // `*.foo.com` is not for `.foo.com`.
      if (length >= host.length) continue;
      const found = hosts.get(host.slice(host.length - length));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #findPrefix(host: string): T | undefined {
    for (const { length, hosts } of this.#prefixes) {
      if (length >= host.length) continue;
      const found = hosts.get(host.slice(0, length));
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

function withoutPort(host: string): string {
  const start = portStart(host);
  return start < 0 ? host : host.slice(0, start);
}

function addTo<T>(hosts: Map<string, T>, name: string, value: T): boolean {
  if (hosts.has(name)) return false;
  hosts.set(name, value);
  return true;
}

/** The map for a length; longest first. */
function bucket<T>(wildcards: Wildcards<T>[], length: number): Map<string, T> {
  const known = wildcards.find((entry) => entry.length === length);
  if (known !== undefined) return known.hosts;
  const hosts = new Map<string, T>();
  wildcards.push({ length, hosts });
  wildcards.sort((a, b) => b.length - a.length);
  return hosts;
}
