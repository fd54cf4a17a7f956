/**
 * What a case file holds. A suite is one proxy process with one configuration; its cases run in order on it.
 * Names in `{{…}}` in a configuration become ports: those of the upstreams named alike, else free ones for listeners.
 * `{{log.NAME}}` becomes the path of an access log, `{{folder}}` the suite's own folder.
 */
import type { Zone } from '../harness/dns-server.ts';
import type { Reply, UpstreamKind } from '../harness/scripted-upstream.ts';
import type { TlsPeer } from '../harness/tls-peers.ts';

export interface Suite {
  readonly kind: 'traffic';
  readonly name: string;
  /** The bootstrap, without admin: that is added. */
  readonly config: string;
  readonly upstreams?: Readonly<Record<string, UpstreamKind | TlsUpstream | PlacedUpstream>>;
  /** Hosts that answer datagrams (test/harness/datagrams.ts); their names become ports. */
  readonly datagramHosts?: readonly string[];
  /** Name servers (test/harness/dns-server.ts) and what they know; their names become ports. */
  readonly dnsServers?: Readonly<Record<string, Zone>>;
  /** Further files in the suite's folder, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** Symbolic links there: what they point to, by name. */
  readonly links?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /**
   * Shell commands that make a network: the suite runs in a namespace that has a loopback interface, up, and what these add.
   * Implies `onEachEngine`.
   */
  readonly network?: string;
  /** Ours is run on each socket engine. */
  readonly onEachEngine?: true;
  readonly cases: readonly Case[];
}

/** An upstream that speaks TLS. */
export interface TlsUpstream {
  readonly kind: UpstreamKind;
  readonly tls: TlsPeer;
}

/** An upstream at another address, on another one's port, where a name may point to next, or on this one. */
export interface PlacedUpstream {
  readonly kind: UpstreamKind;
  readonly address: string;
  readonly portOf: string | number;
}

export interface Case {
  readonly name: string;
  readonly steps: readonly Step[];
}

export type Step = Exchange | Control;

/** Opens a connection (or goes on with a named one), sends, and observes all that comes of it. */
export interface Exchange {
  /** The listener's placeholder, `admin`, or a named connection's own listener again. */
  readonly to: string;
  /** Speaks TLS; what the handshake came to belongs to the answer. */
  readonly tls?: TlsPeer;
  /** Over UDP: each part that is sent is a datagram, those that come back are joined by `|`. */
  readonly udp?: true;
  /** Where to connect instead of the listener's port, and from what address. */
  readonly at?: { readonly host: string; readonly port: number | string; readonly from?: string };
  /** Exact bytes, latin1. A list is sent part by part. */
  readonly send?: string | readonly string[];
  /** Send one byte at a time. */
  readonly bytewise?: boolean;
  /** Keeps the connection under this name for later steps of the case. */
  readonly conn?: string;
  /** How many final responses to wait for: 1 unless told; 'close' waits for the connection's end. */
  readonly responses?: number | 'close';
  /** Not HTTP: wait for so many bytes, or the end, and record them raw. */
  readonly raw?: number | 'close';
  /** Tell a connection's end by FIN from one by reset. */
  readonly exactEnd?: boolean;
  /** Takes nothing of what comes: none of it is seen, nor the connection's end. */
  readonly deaf?: true;
  /** Half-close after sending. */
  readonly fin?: boolean;
  /** Reset the connection once the answer is there, before logs and statistics are looked at. */
  readonly reset?: boolean;
  /** Replies of the upstreams during this step; a plain string answers on any of them. */
  readonly reply?: string | Reply | readonly Reply[] | Readonly<Record<string, readonly Reply[]>>;
  /** What an upstream sends on its newest connection, unasked, once this step's bytes are sent. */
  readonly push?: { readonly upstream: string; readonly reply: Reply };
  /** Leave out what the upstreams saw. */
  readonly blind?: boolean;
  /** Tell also of requests whose end never came: whether a part of one was sent depends on the pool's state. */
  readonly cuts?: boolean;
  /** New lines of these access logs belong to the answer. */
  readonly logs?: readonly string[];
  /** Statistics (by regex over names) after the exchange belong to the answer. */
  readonly stats?: string;
  /** What these name servers were asked since the last such look belongs to the answer. */
  readonly asked?: readonly string[];
  /** What these hosts of datagrams heard since the last such look belongs to the answer. */
  readonly heard?: readonly string[];
  /** Of what they heard. */
  readonly normaliseHeard?: readonly NormaliserName[];
  /** Headers of responses to keep (regex over lower-case names); all when absent. */
  readonly only?: string;
  /** Of the bodies. */
  readonly normalise?: readonly NormaliserName[];
  /** Of raw bytes from a TLS server, whose handshakes are full of random ones: that there is one, or an alert. */
  readonly normaliseRaw?: 'first-record';
  /** Of the access log's lines. */
  readonly normaliseLogs?: readonly NormaliserName[];
}

export type NormaliserName =
  | 'numbers'
  | 'json-shape'
  | 'json-sorted'
  | 'sorted-lines'
  | 'no-body'
  | 'stat-values'
  | 'first-line'
  | 'histograms'
  | 'secrets'
  | 'timers';

/** Things that are done rather than asked; they record nothing. */
export type Control =
  | { readonly do: 'close'; readonly conn: string }
  | { readonly do: 'drop-upstream'; readonly upstream: string }
  | { readonly do: 'await-stat'; readonly name: string; readonly value: number; readonly orMore?: true }
  | { readonly do: 'await-upstream'; readonly upstream: string; readonly includes: string }
  | { readonly do: 'set-zone'; readonly server: string; readonly zone: Zone }
  | { readonly do: 'await-queries'; readonly server: string; readonly count: number }
  | { readonly do: 'write-file'; readonly file: string; readonly text: string }
  | { readonly do: 'link'; readonly file: string; readonly to: string }
  | { readonly do: 'signal'; readonly signal: NodeJS.Signals };

/** Many small configurations and whether `--mode validate` takes them. */
export interface VerdictTable {
  readonly kind: 'verdicts';
  readonly name: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly configs: readonly NamedConfig[];
}

export interface NamedConfig {
  readonly name: string;
  readonly config: string;
  /** The file's ending: yaml unless told. */
  readonly format?: 'yaml' | 'json' | 'pb_text';
}

export type CaseFile = Suite | VerdictTable;

export function isControl(step: Step): step is Control {
  return 'do' in step;
}
