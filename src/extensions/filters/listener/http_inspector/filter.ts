import type { Buffer } from '../../../../../sdk/buffer.ts';
import type { FilterStatus, ListenerFilter, ListenerFilterCallbacks } from '../../../../../sdk/network.ts';
import { RequestLineInspector } from '../../../../codec/http1/request-line-inspector.ts';
import type { HttpInspectorStats } from './stats.ts';

const initialReadBytes = 8192;
const maxReadBytes = 65_536;
const preface = Uint8Array.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', (char) => char.charCodeAt(0));

type Protocol = 'HTTP/1.0' | 'HTTP/1.1' | 'HTTP/2';

/** As ALPN would name it; HTTP/2 in the clear is h2c. */
const alpnOf: Readonly<Record<Protocol, string>> = { 'HTTP/1.0': 'http/1.0', 'HTTP/1.1': 'http/1.1', 'HTTP/2': 'h2c' };

/** Tells plaintext HTTP and its version by the first line, and consumes nothing (Envoy's HttpInspector::Filter). */
export class HttpInspectorFilter implements ListenerFilter {
  readonly #stats: HttpInspectorStats;
  readonly #requestLine = new RequestLineInspector();
  #callbacks!: ListenerFilterCallbacks;
  #maxReadBytes = initialReadBytes;

  constructor(stats: HttpInspectorStats) {
    this.#stats = stats;
  }

  get maxReadBytes(): number {
    return this.#maxReadBytes;
  }

  onAccept(callbacks: ListenerFilterCallbacks): FilterStatus {
    const transport = callbacks.info.detectedTransportProtocol;
    if (transport !== '' && transport !== 'raw_buffer') return 'Continue';
    this.#callbacks = callbacks;
    return 'StopIteration';
  }

  onData(buffer: Buffer): FilterStatus {
    const found = this.#inspect(buffer);
    if (found === 'incomplete') return this.#waitForMore(buffer.length);
    if (found === 'none') {
      this.#stats.httpNotFound.inc();
    } else {
      this.#stats.found[found].inc();
      this.#callbacks.info.requestedApplicationProtocols = [alpnOf[found]];
    }
    return 'Continue';
  }

  #inspect(buffer: Buffer): Protocol | 'none' | 'incomplete' {
    if (!buffer.startsWith(preface.subarray(0, Math.min(preface.length, buffer.length)))) {
      return this.#requestLine.inspect(buffer, maxReadBytes);
    }
    return buffer.length < preface.length ? 'incomplete' : 'HTTP/2';
  }

  #waitForMore(length: number): FilterStatus {
    if (length >= maxReadBytes) {
      this.#stats.readError.inc();
      this.#callbacks.continueFilterChain(false);
    } else {
      while (this.#maxReadBytes <= length) this.#maxReadBytes = Math.min(2 * this.#maxReadBytes, maxReadBytes);
    }
    return 'StopIteration';
  }
}
