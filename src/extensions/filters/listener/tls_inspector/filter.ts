import { hash } from 'node:crypto';
import type { Buffer } from '../../../../../sdk/buffer.ts';
import type { FilterStatus, ListenerFilter, ListenerFilterCallbacks } from '../../../../../sdk/network.ts';
import { applicationProtocols, type ClientHello, isFault } from '../../../../codec/tls-hello/client-hello.ts';
import { HelloFaults } from '../../../../codec/tls-hello/hello-faults.ts';
import { ClientHelloReader, type HelloResult } from '../../../../codec/tls-hello/hello-reader.ts';
import { ja3Text } from '../../../../codec/tls-hello/ja3.ts';
import { ja4 } from '../../../../codec/tls-hello/ja4.ts';
import { type TlsFault, tlsFaultText } from '../../../../common/tls/tls-fault.ts';
import type { TlsInspectorConfig } from './config.ts';
import type { TlsInspectorStats } from './stats.ts';

export const filterName = 'envoy.filters.listener.tls_inspector';

/** `failure_reason` of the filter's dynamic metadata. */
type FailureReason = 'ClientHelloTooLarge' | 'ClientHelloNotDetected' | 'ClientHelloInvalidTlsVersion';

const oldestVersion = 0x0301;
const newestVersion = 0x0304;
const sha256 = (text: string): string => hash('sha256', text);

/** Looks whether a client speaks TLS, and what it asks for; consumes nothing (Envoy's TlsInspector::Filter). */
export class TlsInspectorFilter implements ListenerFilter {
  readonly #config: TlsInspectorConfig;
  readonly #stats: TlsInspectorStats;
  readonly #reader = new ClientHelloReader();
  #callbacks!: ListenerFilterCallbacks;
  #maxReadBytes: number;

  constructor(config: TlsInspectorConfig, stats: TlsInspectorStats) {
    this.#config = config;
    this.#stats = stats;
    this.#maxReadBytes = config.initialReadBytes;
  }

  get maxReadBytes(): number {
    return this.#maxReadBytes;
  }

  onAccept(callbacks: ListenerFilterCallbacks): FilterStatus {
    this.#callbacks = callbacks;
    return 'StopIteration';
  }

  onData(buffer: Buffer): FilterStatus {
    let result = this.#reader.read(buffer, this.#maxReadBytes);
    while (result === 'incomplete' && buffer.length >= this.#maxReadBytes) {
      if (this.#maxReadBytes >= this.#config.maxHelloBytes) return this.#refuseTooLarge();
      this.#maxReadBytes = Math.min(2 * this.#maxReadBytes, this.#config.maxHelloBytes);
      result = this.#reader.read(buffer, this.#maxReadBytes);
    }
    return this.#apply(result, buffer.length);
  }

  #apply(result: HelloResult, length: number): FilterStatus {
    if (result === 'incomplete') return 'StopIteration';
    if (result !== 'closed' && !isFault(result)) return this.#found(result);
    this.#stats.bytesProcessed.recordValue(this.#reader.consumedBytes);
    return result === 'closed' ? this.#close() : this.#notFound(result, length);
  }

  #found(hello: ClientHello): FilterStatus {
    const { info, streamInfo } = this.#callbacks;
    if (this.#config.ja3) info.ja3Hash = hash('md5', ja3Text(hello));
    if (this.#config.ja4) info.ja4Hash = ja4(hello, sha256);
    const protocols = applicationProtocols(hello);
    if (protocols.length > 0) info.requestedApplicationProtocols = protocols;
    this.#takeServerName(hello.serverName);
    this.#stats.bytesProcessed.recordValue(this.#reader.consumedBytes);
    if (hello.version < oldestVersion || hello.version > newestVersion) {
      streamInfo.downstreamTransportFailureReason = failureText(HelloFaults.ConnectionRejected);
      this.#stats.tlsNotFound.inc();
      this.#noteFailure('ClientHelloInvalidTlsVersion');
      return this.#close();
    }
    this.#stats.tlsFound.inc();
    (protocols.length > 0 ? this.#stats.alpnFound : this.#stats.alpnNotFound).inc();
    info.detectedTransportProtocol = 'tls';
    return 'Continue';
  }

  #takeServerName(name: string): void {
    if (name === '') return this.#stats.sniNotFound.inc();
    this.#stats.sniFound.inc();
    this.#callbacks.info.requestedServerName = lowerCase(name);
  }

  #notFound(fault: TlsFault, length: number): FilterStatus {
    const { closeOnParsingErrors, maxHelloBytes } = this.#config;
    this.#callbacks.streamInfo.downstreamTransportFailureReason = failureText(fault);
    if (closeOnParsingErrors && length >= maxHelloBytes) {
      this.#noteTooLarge();
    } else {
      this.#stats.tlsNotFound.inc();
      this.#noteFailure('ClientHelloNotDetected');
    }
    return closeOnParsingErrors ? this.#close() : 'Continue';
  }

  #refuseTooLarge(): FilterStatus {
    this.#noteTooLarge();
    this.#stats.bytesProcessed.recordValue(this.#config.maxHelloBytes);
    return this.#close();
  }

  #noteTooLarge(): void {
    this.#stats.clientHelloTooLarge.inc();
    this.#noteFailure('ClientHelloTooLarge');
  }

  #noteFailure(reason: FailureReason): void {
    this.#callbacks.streamInfo.setDynamicMetadata(filterName, { failure_reason: reason });
  }

  #close(): FilterStatus {
    this.#callbacks.continueFilterChain(false);
    return 'StopIteration';
  }
}

function failureText(fault: TlsFault): string {
  return `TLS_error|${tlsFaultText(fault)}:TLS_error_end`;
}

/** ASCII letters only: other bytes of a name stay what they are. */
function lowerCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
