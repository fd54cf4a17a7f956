/** An option of envoy.config.core.v3.SocketOption with an integer value; numbers are the system's. */
export interface SocketOption {
  readonly level: number;
  readonly name: number;
  readonly value: number;
}

/** Options that every engine knows by a name of its own. */
export interface KnownSocketOptions {
  readonly noDelay?: boolean;
  readonly reusePort?: boolean;
  readonly keepAlive?: boolean;
  readonly idleSeconds?: number;
  readonly intervalSeconds?: number;
  readonly probes?: number;
}

export interface SortedSocketOptions {
  readonly known: KnownSocketOptions;
  /** For an engine that `supportsSocketOptions`; to be refused by name with any other. */
  readonly other: readonly SocketOption[];
}

type Sort = (value: number) => KnownSocketOptions;

/** By `level:name` of Linux: SOL_SOCKET is 1 there, IPPROTO_TCP 6. */
const linux: Readonly<Record<string, Sort>> = {
  '1:9': (value) => ({ keepAlive: value !== 0 }),
  '1:15': (value) => ({ reusePort: value !== 0 }),
  '6:1': (value) => ({ noDelay: value !== 0 }),
  '6:4': (value) => ({ idleSeconds: value }),
  '6:5': (value) => ({ intervalSeconds: value }),
  '6:6': (value) => ({ probes: value }),
};
/** By `level:name` of macOS. */
const darwin: Readonly<Record<string, Sort>> = {
  '65535:8': (value) => ({ keepAlive: value !== 0 }),
  '65535:512': (value) => ({ reusePort: value !== 0 }),
  '6:1': (value) => ({ noDelay: value !== 0 }),
  '6:16': (value) => ({ idleSeconds: value }),
  '6:257': (value) => ({ intervalSeconds: value }),
  '6:258': (value) => ({ probes: value }),
};

/** Parts raw options into those with a name and the rest. @param system of `os.platform()`. */
export function sortSocketOptions(options: readonly SocketOption[], system: string): SortedSocketOptions {
  const table = system === 'darwin' ? darwin : linux;
  const known: KnownSocketOptions = {};
  const other: SocketOption[] = [];
  for (const option of options) {
    const sort = table[`${option.level}:${option.name}`];
    if (sort === undefined) other.push(option);
    else Object.assign(known, sort(option.value));
  }
  return { known, other };
}
