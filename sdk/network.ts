/** Connections, network filters, transport sockets (envoy/network/). */
import type { Buffer } from './buffer.ts';
import type { Dispatcher } from './event.ts';
import type { Counter, Gauge } from './stats.ts';
import type { SharedObjects, StreamInfo, Struct } from './stream-info.ts';
import type { SystemError } from './system-error.ts';
import type { Host } from './upstream.ts';

export type FilterStatus = 'Continue' | 'StopIteration';
/** `ConnectedZeroRtt` is of QUIC only and does not exist here. */
export type ConnectionEvent = 'Connected' | 'RemoteClose' | 'LocalClose';
/** Envoy's ConnectionCloseType. */
export type CloseType = 'FlushWrite' | 'NoFlush' | 'FlushWriteAndDelay' | 'Abort' | 'AbortReset';
export type ConnectionState = 'Open' | 'Closing' | 'Closed';
export type DetectedCloseType = 'Normal' | 'LocalReset' | 'RemoteReset';

/** Where a socket is bound or connected to. Compare with `equals`, print with `asString` (Envoy's text). */
export interface Address {
  readonly kind: 'ip' | 'pipe' | 'internal';
  readonly asString: string;
  /** For IP: canonical text without port or brackets; '' otherwise. */
  readonly ip: string;
  /** For IP: 4 or 6. */
  readonly ipVersion: 4 | 6 | undefined;
  /** For IP, else 0. */
  readonly port: number;
  equals(other: Address): boolean;
}

export type GeneralNameKind = 'OTHER_NAME' | 'EMAIL' | 'DNS' | 'URI' | 'IP_ADDRESS';

/** One of a certificate's alternative names (RFC 5280, section 4.2.1.6), of the kinds that can be asked for. */
export interface GeneralName {
  readonly kind: GeneralNameKind;
  readonly text: string;
  /** Of an OTHER_NAME; '' else. */
  readonly oid: string;
}

/**
 * What a certificate says of itself, under the names of Envoy's Ssl::ConnectionInfo. Each is worked out when it is first
 * asked for, and kept; a certificate of a connection can be read after the connection is gone.
 */
export interface CertificateInfo {
  /** RFC 2253, as in `CN=a,O=b`. */
  readonly subject: string;
  readonly issuer: string;
  /** `CN` of the subject; '' when it has none. */
  readonly commonName: string;
  /** Every `O` of the subject. */
  readonly organizationNames: readonly string[];
  /** Hexadecimal, lower case, without separators, as are the digests. */
  readonly serialNumber: string;
  /** Of the certificate's DER. */
  readonly sha256Digest: string;
  readonly sha1Digest: string;
  /** Alternative names of the subject, in the certificate's order; then those of each kind. */
  readonly subjectAltNames: readonly GeneralName[];
  readonly uriSans: readonly string[];
  readonly dnsSans: readonly string[];
  readonly emailSans: readonly string[];
  /** Canonical text. */
  readonly ipSans: readonly string[];
  /** Values of OTHER_NAME, without their object identifiers. */
  readonly otherNameSans: readonly string[];
  /** Object identifiers of the extensions, dotted. */
  readonly oids: readonly string[];
  /** Unix milliseconds. */
  readonly validFromMs: number;
  readonly expirationMs: number;
  /** With header, footer and line breaks. */
  readonly pem: string;
}

/** Facts of TLS of a connection (Envoy's Ssl::ConnectionInfo); absent on plaintext. Final once `Connected` was raised. */
export interface SslInfo {
  /** `TLSv1.3`. */
  readonly tlsVersion: string;
  /** OpenSSL's name, `ECDHE-RSA-AES128-GCM-SHA256` or `TLS_AES_128_GCM_SHA256`. */
  readonly cipherSuite: string;
  /** IANA's number; 0xffff when there is none. */
  readonly cipherSuiteId: number;
  /** Key exchange group by Envoy's name, `X25519` or `P-256`; '' when none. */
  readonly tlsGroup: string;
  /** Hexadecimal, lower case; '' when the session has none (TLS 1.3). */
  readonly sessionId: string;
  /** Server name that the client sent; '' when none. */
  readonly sni: string;
  /** What ALPN chose; '' when none. */
  readonly alpn: string;
  readonly sessionReused: boolean;
  readonly peerCertificatePresented: boolean;
  /** Whether the peer's certificate was checked against trusted authorities, names or digests, and passed. */
  readonly peerCertificateValidated: boolean;
  /** What we presented. */
  readonly local: CertificateInfo | undefined;
  /** What the peer presented. */
  readonly peer: CertificateInfo | undefined;
  /** All that the peer sent, its own first; empty when it presented none. */
  readonly peerChain: readonly CertificateInfo[];
  /** Who issued the peer's certificate, as its check has found; absent when that failed or the session was resumed. */
  readonly peerIssuer?: CertificateInfo | undefined;
}

/** Envoy's TrafficDirection. */
export type TrafficDirection = 'UNSPECIFIED' | 'INBOUND' | 'OUTBOUND';

/** Envoy's ConnectionInfoProvider, with what listener filters set. */
export interface ConnectionInfo {
  readonly connectionId: number;
  localAddress: Address;
  readonly directLocalAddress: Address;
  remoteAddress: Address;
  readonly directRemoteAddress: Address;
  requestedServerName: string;
  requestedApplicationProtocols: readonly string[];
  detectedTransportProtocol: string;
  /** Set when a listener filter replaced the local address (original destination, PROXY protocol). */
  localAddressRestored: boolean;
  ja3Hash: string;
  ja4Hash: string;
  /** What ALPN chose; '' when none. */
  readonly nextProtocol: string;
  readonly ssl: SslInfo | undefined;
  roundTripTimeMs: number | undefined;
  interfaceName: string | undefined;
  listenerName: string;
  /** `metadata` of the listener, by namespace; absent where no listener is. */
  listenerMetadata?: ReadonlyMap<string, Struct>;
  /** `traffic_direction` of the listener; absent where no listener is. */
  listenerDirection?: TrafficDirection;
  /** Of the filter chain that was found for the connection. */
  filterChainMetadata?: ReadonlyMap<string, Struct>;
  /** Why we closed the connection ourselves; '' when we did not. */
  localCloseReason?: string;
}

export interface ConnectionCallbacks {
  onEvent(event: ConnectionEvent): void;
  onAboveWriteBufferHighWatermark(): void;
  onBelowWriteBufferLowWatermark(): void;
}

/** Statistics that a connection keeps for its owner (Envoy's Connection::ConnectionStats). */
export interface ConnectionStats {
  /** Bytes read, and what the read buffer held after the last read, before the filters had it. */
  readonly readTotal: Counter;
  readonly readCurrent: Gauge;
  /** Bytes handed to the kernel, and bytes waiting for that. */
  readonly writeTotal: Counter;
  readonly writeCurrent: Gauge;
  readonly bindErrors?: Counter;
  readonly delayedCloseTimeouts?: Counter;
}

export interface Connection {
  readonly id: number;
  readonly dispatcher: Dispatcher;
  readonly info: ConnectionInfo;
  readonly streamInfo: StreamInfo;
  readonly state: ConnectionState;
  /** Runs the write filters, then sends. Drains `data`. */
  write(data: Buffer, endStream: boolean): void;
  /** Counted, as in Envoy: reading stops while the count is above 0. */
  readDisable(disable: boolean): void;
  readonly readEnabled: boolean;
  close(type: CloseType, details?: string): void;
  /** A filter joins the directions whose hooks it has; all of them before initializeReadFilters(). */
  addFilter(filter: NetworkFilter): void;
  /** Tells the filters of the new connection (onNewConnection); false when there is no read filter. */
  initializeReadFilters(): boolean;
  setConnectionStats(stats: ConnectionStats): void;
  addConnectionCallbacks(callbacks: ConnectionCallbacks): void;
  removeConnectionCallbacks(callbacks: ConnectionCallbacks): void;
  /** Called with the bytes that have been handed to the kernel; returns nothing. */
  addBytesSentCallback(callback: (bytes: number) => void): void;
  /** After this a FIN of the peer is an `onData(…, true)`, not a close. */
  enableHalfClose(enabled: boolean): void;
  noDelay(enable: boolean): void;
  readonly bufferLimitBytes: number;
  setBufferLimits(bytes: number): void;
  readonly aboveHighWatermark: boolean;
  setDelayedCloseTimeout(ms: number): void;
  readonly transportFailureReason: string;
  readonly localCloseReason: string;
  readonly detectedCloseType: DetectedCloseType;
  /** When the last byte went out or came in: monotonic ms. */
  readonly lastRoundTripTimeMs: number | undefined;
}

export interface ClientConnection extends Connection {
  /** Starts connecting; `Connected` or `RemoteClose` follows. */
  connect(): void;
  readonly connecting: boolean;
}

export interface ReadFilterCallbacks {
  readonly connection: Connection;
  continueReading(): void;
  injectReadDataToFilterChain(data: Buffer, endStream: boolean): void;
  upstreamHost: Host | undefined;
  /** Asks the listener to close this connection when it drains. */
  readonly drainDecision: DrainDecision;
}

export interface WriteFilterCallbacks {
  readonly connection: Connection;
  injectWriteDataToFilterChain(data: Buffer, endStream: boolean): void;
}

/** A read filter, a write filter, or both: what it implements says which. One object a connection. */
export interface NetworkFilter {
  initializeReadFilterCallbacks?(callbacks: ReadFilterCallbacks): void;
  initializeWriteFilterCallbacks?(callbacks: WriteFilterCallbacks): void;
  onNewConnection?(): FilterStatus;
  onData?(data: Buffer, endStream: boolean): FilterStatus;
  onWrite?(data: Buffer, endStream: boolean): FilterStatus;
  /** The connection's listener, or its filter chain, begins to drain, or drained already when the connection came. */
  onDrain?(window: DrainWindow): void;
}

/** When connections are to go, at the latest. */
export interface DrainWindow {
  /** On the monotonic clock. */
  readonly startedMs: number;
  readonly drainTimeMs: number;
}

export interface DrainDecision {
  /** Whether a connection should be closed now, drawn by Envoy's drain strategy. */
  drainClose(): boolean;
}

/** Envoy's ListenerFilter: sees the first bytes of an accepted socket before its filter chain is chosen. */
export interface ListenerFilterCallbacks {
  readonly info: ConnectionInfo;
  readonly dispatcher: Dispatcher;
  readonly streamInfo: StreamInfo;
  /**
   * Where the client meant to go before the system's address translation sent it here (SO_ORIGINAL_DST, Linux);
   * undefined when nothing was translated.
   */
  originalDestination(): Address | undefined;
  /** Goes on with the next filter after StopIteration; false closes the socket. */
  continueFilterChain(success: boolean): void;
}

export interface ListenerFilter {
  /** Called once; `StopIteration` waits for data (when maxReadBytes > 0) or for continueFilterChain. */
  onAccept(callbacks: ListenerFilterCallbacks): FilterStatus;
  /** Peeked bytes so far; may drain what it consumed (PROXY header). */
  onData?(buffer: Buffer): FilterStatus;
  onClose?(): void;
  /** 0 = needs no data. */
  readonly maxReadBytes: number;
}

/**
 * What stands between a socket and the filters: raw, TLS, PROXY protocol. Sans-IO, the same for every engine:
 * turns received bytes into plaintext and plaintext into bytes to send, and owns no socket.
 */
export interface TransportSocket extends Disposable {
  /** What ALPN chose, '' when none. */
  readonly protocol: string;
  /** Why it broke (for logs and %DOWNSTREAM_TRANSPORT_FAILURE_REASON%), '' while well. */
  readonly failureReason: string;
  readonly ssl: SslInfo | undefined;
  start(callbacks: TransportSocketCallbacks): void;
  /** The socket is connected (client) or accepted (server): a handshake may begin. */
  onConnected(): void;
  /** Drains `bytes`; plaintext goes to onPlaintext, handshake answers to onSend. */
  onReceived(bytes: Buffer): void;
  /** Drains `plaintext` into onSend; `endStream` sends what the protocol needs at its end (close_notify). */
  write(plaintext: Buffer, endStream: boolean): void;
  /** The peer sent FIN. */
  onPeerClosed(): void;
  /** The connection beneath has broken, by the peer's RST or an error of the network; it is gone. */
  onBroken?(error: SystemError): void;
  /** We are about to close the socket: sends what the protocol has for that. Not called when we close with RST. */
  close?(): void;
}

export interface TransportSocketCallbacks {
  readonly info: ConnectionInfo;
  /** Of the connection itself, not of what passes over it. */
  readonly streamInfo: StreamInfo;
  /** Raises `Connected`. */
  onHandshakeComplete(): void;
  /** `endStream`: the peer has said in the protocol that it sends no more; its FIN may follow. */
  onPlaintext(data: Buffer, endStream: boolean): void;
  onSend(bytes: Buffer, endStream: boolean): void;
  /** Counts bytes of the layer's own among those written, as plaintext is; they go out by `onSend` afterwards. */
  noteWritten(bytes: number): void;
  /** What the kernel tells of the connection (`struct tcp_info` of Linux); undefined when it does not, or the socket is gone. */
  tcpInfo(): Uint8Array | undefined;
  onFailure(): void;
}

/** A type-length-value of the PROXY protocol, version 2. */
export interface ProxyProtocolTlv {
  /** 0-255 */
  readonly type: number;
  readonly value: Uint8Array;
}

/** Whom an upstream is told of by the PROXY protocol. */
export interface ProxyProtocolOptions {
  readonly source: Address;
  readonly destination: Address;
  readonly tlvs: readonly ProxyProtocolTlv[];
}

/** Where connections to upstreams come from: an address that need not be the machine's own (Envoy's original_src). */
export interface UpstreamSource {
  /** Its port is 0. */
  readonly from: Address;
  /** SO_MARK; 0 = none. */
  readonly mark: number;
  /** Tells it from others. */
  readonly key: string;
}

/** What a request or connection wants of the sockets to its upstreams; those of different wishes are in different pools. */
export interface TransportSocketOptions {
  readonly serverNameOverride?: string;
  readonly verifySubjectAltNames?: readonly string[];
  readonly applicationProtocols?: readonly string[];
  /** Go into the filter state of the connections; those that can be hashed tell pools apart. */
  readonly sharedState?: SharedObjects;
  /** Only where the factory asks for it (`writesProxyHeader`). */
  readonly proxyProtocol?: ProxyProtocolOptions;
  readonly source?: UpstreamSource;
}

/**
 * `undefined` from createTransportSocket = raw: the connection then skips the layer altogether. Disposed of with its filter
 * chain or cluster; sockets that were made by it go on.
 */
export interface TransportSocketFactory extends Partial<Disposable> {
  readonly implementsSecureTransport: boolean;
  /** Each connection is for one client: those of different source and destination are in different pools. */
  readonly writesProxyHeader?: boolean;
  createTransportSocket(
    role: 'server' | 'client',
    host: Host | undefined,
    options: TransportSocketOptions | undefined,
  ): TransportSocket | undefined;
}
