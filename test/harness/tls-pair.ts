/** A TLS client and a TLS server in memory, joined by a wire that may be looked at and cut into pieces. */
import type { Buffer as Bytes } from '../../sdk/buffer.ts';
import type { AccessLogFile } from '../../sdk/extension.ts';
import type { TransportSocketCallbacks, TransportSocketOptions } from '../../sdk/network.ts';
import { SliceBuffer } from '../../src/common/buffer/slice-buffer.ts';
import { createStatsMemory } from '../../src/common/stats/stats-memory.ts';
import { StatsStore } from '../../src/common/stats/stats-store.ts';
import { StreamRecord } from '../../src/common/stream-info/stream-record.ts';
import { SimulatedTime } from '../../src/event/simulated-dispatcher.ts';
import { ClientTlsContext } from '../../src/network/tls/client-context.ts';
import { KeyLog } from '../../src/network/tls/key-log.ts';
import { ServerTlsContext } from '../../src/network/tls/server-context.ts';
import type { TlsWorld } from '../../src/network/tls/tls-context.ts';
import {
  type ClientTlsOptions,
  type ServerTlsOptions,
  type TlsOptions,
  tlsVersions,
  type ValidationOptions,
} from '../../src/network/tls/tls-options.ts';
import { TlsSocket } from '../../src/network/tls/tls-socket.ts';
import { TlsStats } from '../../src/network/tls/tls-stats.ts';
import { TlsThread } from '../../src/network/tls/tls-thread.ts';
import { SocketConnectionInfo } from '../../src/worker/network/connection-info.ts';
import { certificateBytes, certificateOptions } from './certificates.ts';
import { fakeAddress } from './fake-socket.ts';

const common: TlsOptions = {
  minVersion: tlsVersions.tls12,
  maxVersion: tlsVersions.tls13,
  cipherSuites:
    '[ECDHE-ECDSA-AES128-GCM-SHA256|ECDHE-ECDSA-CHACHA20-POLY1305]:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384',
  ecdhCurves: 'X25519:P-256',
  signatureAlgorithms: '',
  alpnProtocols: [],
  certificates: [],
  validation: undefined,
  keyLog: undefined,
  compliancePolicy: undefined,
};

export function serverOptions(more: Partial<ServerTlsOptions> = {}): ServerTlsOptions {
  return {
    ...common,
    certificates: [certificateOptions('server')],
    requireClientCertificate: false,
    ocspStaplePolicy: 'LENIENT_STAPLING',
    sessionTicketKeys: [],
    disableStatelessSessionResumption: false,
    disableStatefulSessionResumption: false,
    sessionTimeoutSeconds: undefined,
    fullScanCertsOnSniMismatch: false,
    preferClientCiphers: false,
    ...more,
  };
}

export function clientOptions(more: Partial<ClientTlsOptions> = {}): ClientTlsOptions {
  return {
    ...common,
    sni: '',
    autoHostSni: false,
    autoSniSanMatch: false,
    allowRenegotiation: false,
    maxSessionKeys: 1,
    ...more,
  };
}

export function validation(more: Partial<ValidationOptions> = {}): ValidationOptions {
  return {
    name: 'ca',
    trustedCa: certificateBytes('ca.pem'),
    trustedCaPath: 'ca.pem',
    crl: new Uint8Array(0),
    crlPath: '',
    certificateHashes: [],
    publicKeyHashes: [],
    subjectNames: [],
    allowExpiredCertificate: false,
    acceptUntrusted: false,
    onlyVerifyLeafCertCrl: false,
    maxVerifyDepth: undefined,
    suppressClientCaList: false,
    spiffe: undefined,
    ...more,
  };
}

/** One end: what it was told, and what it has to send. */
export class TlsEnd implements TransportSocketCallbacks {
  readonly socket: TlsSocket;
  readonly info: SocketConnectionInfo = new SocketConnectionInfo(
    1,
    fakeAddress('127.0.0.1:1'),
    fakeAddress('10.1.1.1:2'),
  );
  readonly streamInfo = new StreamRecord(new SimulatedTime(), this.info);
  readonly toSend: SliceBuffer = new SliceBuffer();
  readonly events: string[] = [];
  received = '';

  constructor(socket: TlsSocket) {
    this.socket = socket;
    socket.start(this);
  }

  onHandshakeComplete(): void {
    this.events.push('connected');
  }
  onPlaintext(data: Bytes, endStream: boolean): void {
    this.received += data.toString();
    data.drain(data.length);
    if (endStream) this.events.push('ended');
  }
  onSend(bytes: Bytes): void {
    this.toSend.move(bytes);
  }
  noteWritten(): void {}
  tcpInfo(): undefined {}
  onFailure(): void {
    this.events.push('failed');
  }

  write(text: string, endStream = false): void {
    const data = new SliceBuffer();
    data.add(text);
    this.socket.write(data, endStream);
  }

  /** Bytes from the wire. */
  receive(bytes: Uint8Array | string): void {
    const data = new SliceBuffer();
    data.add(bytes);
    this.socket.onReceived(data);
    if (data.length > 0) data.drain(data.length);
  }
}

export class TlsWorldForTests implements Disposable {
  readonly thread: TlsThread;
  readonly stats: StatsStore = new StatsStore(createStatsMemory());
  readonly keyLogLines: string[] = [];
  nowMs = Date.UTC(2026, 0, 1);
  unsupportedProtocols: readonly string[] = [];
  ticketSecret: Uint8Array = new Uint8Array(0);
  readonly #owned = new DisposableStack();
  readonly #keyLogFile: AccessLogFile = {
    write: (line) => void this.keyLogLines.push(line),
    reopen() {},
    flush() {},
  };

  constructor({ ledgerMemory }: { readonly ledgerMemory?: SharedArrayBuffer } = {}) {
    this.thread = new TlsThread(ledgerMemory);
  }

  world(scope: string): TlsWorld {
    return {
      stats: new TlsStats(this.stats.createScope(scope)),
      keyLog: new KeyLog(this.#keyLogFile, { path: '', localRanges: [], remoteRanges: [] }),
      setsGauges: true,
      now: () => this.nowMs,
      ticketSecret: this.ticketSecret,
      unsupportedProtocols: this.unsupportedProtocols,
    };
  }

  server(more: Partial<ServerTlsOptions> = {}): ServerTlsContext {
    return this.#owned.use(new ServerTlsContext(this.thread, serverOptions(more), [], this.world('server')));
  }

  client(more: Partial<ClientTlsOptions> = {}): ClientTlsContext {
    return this.#owned.use(new ClientTlsContext(this.thread, clientOptions(more), this.world('client')));
  }

  /** To be disposed of with the rest. */
  own<T extends Disposable>(object: T): T {
    return this.#owned.use(object);
  }

  /** Both ends, the client having said hello. */
  connect(
    server: ServerTlsContext,
    client: ClientTlsContext,
    { hostname = '', options }: { readonly hostname?: string; readonly options?: TransportSocketOptions } = {},
  ): TlsPair {
    const pair = new TlsPair(
      new TlsEnd(this.#owned.use(new TlsSocket(server, 'server'))),
      new TlsEnd(this.#owned.use(client.createSocket(hostname, options))),
    );
    pair.server.socket.onConnected();
    pair.client.socket.onConnected();
    return pair;
  }

  counter(name: string): number {
    const dot = name.indexOf('.');
    return this.stats.createScope(name.slice(0, dot)).counter(name.slice(dot + 1)).value;
  }

  /** Native objects that are still there after everything that was made here is gone. */
  releaseAll(): number {
    this.#owned.dispose();
    return this.thread.openSsl.liveCount();
  }

  [Symbol.dispose](): void {
    this.#owned.dispose();
    this.thread[Symbol.dispose]();
  }
}

export class TlsPair {
  readonly server: TlsEnd;
  readonly client: TlsEnd;

  constructor(server: TlsEnd, client: TlsEnd) {
    this.server = server;
    this.client = client;
  }

  /** Carries bytes to and fro until there are none, in pieces of a size. */
  pump(pieceBytes = Number.POSITIVE_INFINITY): this {
    for (let turns = 0; turns < 100; turns++) if (!this.pumpOnce(pieceBytes)) return this;
    throw new Error('the two ends do not come to rest');
  }

  /** Carries what is there now; false when there was nothing. */
  pumpOnce(pieceBytes = Number.POSITIVE_INFINITY): boolean {
    const toServer = take(this.client.toSend);
    const toClient = take(this.server.toSend);
    deliver(toServer, this.server, pieceBytes);
    deliver(toClient, this.client, pieceBytes);
    return toServer.length + toClient.length > 0;
  }
}

function take(buffer: SliceBuffer): Uint8Array {
  const bytes = buffer.linearize(buffer.length).slice();
  buffer.drain(buffer.length);
  return bytes;
}

function deliver(bytes: Uint8Array, end: TlsEnd, pieceBytes: number): void {
  const step = Math.min(pieceBytes, Math.max(1, bytes.length));
  for (let at = 0; at < bytes.length; at += step) end.receive(bytes.subarray(at, at + step));
}
