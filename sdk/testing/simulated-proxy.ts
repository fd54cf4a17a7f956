/** A whole proxy inside a test: one thread, virtual time, sockets in memory, chance from a seed (docs/testing.md). */
import type { Extension } from '../extension.ts';

export interface SimulatedProxyOptions {
  /** The bootstrap: YAML or JSON text, or an object in protobuf's JSON form. */
  readonly config: string | object;
  /** Of all chance in the proxy; the same seed and calls give the same run. Default 1. */
  readonly seed?: number;
  /** Workers. Default 1. */
  readonly concurrency?: number;
  /** More flags of the command line, `['--drain-time-s', '5']`. */
  readonly args?: readonly string[];
  /** Your filters, besides the built-in extensions. */
  readonly extensions?: readonly Extension[];
  /** Addresses by name; other names do not exist. */
  readonly dns?: Readonly<Record<string, readonly string[]>>;
  /** What goes wrong with connections, by the address that they go to; the admin listener is spared. */
  readonly faults?: (to: string) => SimulatedFaults;
}

/** What goes wrong with one connection; absent = nothing. */
export interface SimulatedFaults {
  /** Milliseconds that each thing sent takes to arrive. */
  readonly latencyMs?: number;
  /** The connection is refused, or its first packet is lost for ever, or there is no way to the host. */
  readonly connect?: 'refuse' | 'ignore' | 'unreachable';
  /** Bytes arrive in pieces of at most this many, each by itself. */
  readonly segmentBytes?: number;
  /** Both sides see a reset when so many bytes have been sent, counting both directions. */
  readonly resetAfterBytes?: number;
  /** The side that accepts never gets to see a byte: a peer that does not read. */
  readonly neverRead?: boolean;
}

export interface SimulatedRequest {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  /** Names in lower case; several values of a name joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SimulatedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An upstream's answer. `content-length` is added. */
export interface SimulatedReply {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Virtual time that the answer takes. */
  readonly afterMs?: number;
  /** Instead of an answer, or after it when there is a status: the connection goes. */
  readonly end?: 'close' | 'reset';
}

/** One end of a connection in memory, driven by the test. */
export interface SimulatedConnection {
  /** `ended`: the peer sent FIN; `closed`: by us; `failed`: see `error`. */
  readonly state: 'connecting' | 'open' | 'ended' | 'closed' | 'failed';
  /** `ECONNRESET`, `ECONNREFUSED`, …; undefined when nothing failed. */
  readonly error: string | undefined;
  /** All bytes so far, one latin1 character each. */
  readonly received: string;
  /** Sends latin1 text. */
  send(text: string): void;
  /** Sends FIN; receiving goes on. */
  halfClose(): void;
  close(): void;
  /** Closes with RST. */
  abort(): void;
  /** Stops or resumes reading, so that the sender fills up. */
  readDisable(disable: boolean): void;
}

export interface SimulatedUpstream {
  /** `ip:port`. */
  readonly address: string;
  /** Every request so far, in order of arrival. */
  readonly requests: readonly SimulatedRequest[];
  /** Every connection accepted so far. */
  readonly connections: readonly SimulatedConnection[];
  /** Accepts no more; connections live on. */
  stop(): void;
}

export interface SimulatedProxy extends AsyncDisposable {
  /** Virtual milliseconds since the start. */
  readonly nowMs: number;
  /** Addresses (`ip:port`) that a listener is bound to. */
  addressesOf(listener: string): readonly string[];
  /** Lets all run that is due, without time passing. */
  settle(): Promise<void>;
  /** Lets virtual time pass; everything that is due on the way happens at its time. */
  advance(ms: number): Promise<void>;
  /** Lets time pass until the condition holds; rejects when it does not within `withinMs` (default 60,000). */
  until(condition: () => boolean, what?: string, withinMs?: number): Promise<void>;
  /** A raw connection to a listener's first address, or to any address `ip:port`. */
  connect(to: string): SimulatedConnection;
  /** One HTTP/1.1 request on a connection of its own; rejects when no whole answer comes within 60,000 ms. */
  request(to: string, request?: Partial<SimulatedRequest>): Promise<SimulatedResponse>;
  /** An HTTP/1.1 server at `ip:port`; a request that gets undefined is never answered. */
  httpUpstream(address: string, answer?: (request: SimulatedRequest) => SimulatedReply | undefined): SimulatedUpstream;
  /** A TCP server: `onData` is called whenever bytes have come. */
  tcpUpstream(address: string, onData?: (connection: SimulatedConnection, bytes: string) => void): SimulatedUpstream;
  /** Answers of the name server from now on; an empty list: the name does not exist. */
  setDns(name: string, addresses: readonly string[]): void;
  /** A counter's or gauge's value over all threads; 0 when there is none of the name. */
  stat(name: string): number;
  /** All counters and gauges whose name matches. */
  stats(pattern: RegExp): ReadonlyMap<string, number>;
  /** Asks the admin listener, which the configuration must have. */
  admin(path: string, method?: 'GET' | 'POST'): Promise<SimulatedResponse>;
  /** What was written to an access log, by its path (`/dev/stdout`, …). */
  accessLog(path: string): string;
  /** The application log, a line an entry. */
  readonly log: readonly string[];
  /** As if the process had got the signal. */
  signal(name: 'SIGTERM' | 'SIGINT' | 'SIGUSR1' | 'SIGHUP'): void;
  /** The orderly end, as by SIGTERM; answers the exit code. */
  stop(): Promise<number>;
}

/** Rejects with the ConfigError of a configuration that is refused. */
export type StartSimulatedProxy = (options: SimulatedProxyOptions) => Promise<SimulatedProxy>;
