import type { Address } from '../../../../sdk/network.ts';
import type { HistogramUnit } from '../../../../sdk/stats.ts';
import type { SinkStat, StatsSink, StatsSinkContext } from '../../../../sdk/stats-sink.ts';
import type { UdpSender, UdpSocket } from '../../../../sdk/udp.ts';
import { SliceBuffer } from '../../buffer/slice-buffer.ts';
import { formatGeneral, formatInteger, formatShortest } from '../number-format.ts';
import type { StatsdLine, StatsdType } from './statsd-line.ts';

export interface UdpStatsdConfig {
  readonly address: Address;
  readonly prefix: string;
  /** So many bytes of lines go into one datagram; 0: each line is one. */
  readonly maxBytesPerDatagram: number;
  /** Microseconds are told as milliseconds. */
  readonly scaleToMilliseconds: boolean;
}

const PERCENT_SCALE = 1_000_000;
const FLOAT_DIGITS = 6;
const MICROSECONDS_A_MILLISECOND = 1000;
/** What becomes of a datagram nobody asks: there is another flush. */
const UNHEARD: UdpSender = { onSent: () => {}, onSendError: () => {} };

/** Datagrams of statsd lines (source/extensions/stat_sinks/common/statsd/statsd.cc). */
export class UdpStatsdSink implements StatsSink {
  readonly #config: UdpStatsdConfig;
  readonly #line: StatsdLine;
  readonly #context: StatsSinkContext;
  #socket: UdpSocket | undefined = undefined;
  #waiting = '';
  #waitingBytes = 0;

  constructor(config: UdpStatsdConfig, line: StatsdLine, context: StatsSinkContext) {
    this.#config = config;
    this.#line = line;
    this.#context = context;
  }

  counter(stat: SinkStat, delta: number): void {
    this.#add(this.#lineOf(stat, formatInteger(delta), 'c'));
  }

  gauge(stat: SinkStat, value: number): void {
    this.#add(this.#lineOf(stat, formatInteger(value), 'g'));
  }

  endFlush(): void {
    if (this.#waiting !== '') this.#send(this.#waiting);
    this.#waiting = '';
    this.#waitingBytes = 0;
  }

  sample(stat: SinkStat, unit: HistogramUnit, value: number): void {
    if (unit === 'percent') {
      const percent = formatGeneral(Math.fround(value / PERCENT_SCALE), FLOAT_DIGITS);
      this.#send(this.#lineOf(stat, percent, 'h'));
    } else if (unit === 'microseconds' && this.#config.scaleToMilliseconds) {
      this.#send(this.#lineOf(stat, formatShortest(value / MICROSECONDS_A_MILLISECOND), 'ms'));
    } else {
      this.#send(this.#lineOf(stat, formatInteger(value), 'ms'));
    }
  }

  [Symbol.dispose](): void {
    this.#socket?.close();
    this.#socket = undefined;
  }

  #lineOf(stat: SinkStat, value: string, type: StatsdType): string {
    return this.#line(this.#config.prefix, stat, value, type);
  }

  /** Into the datagram that waits, as far as there is room; a line without room anywhere is one of its own. */
  #add(line: string): void {
    const max = this.#config.maxBytesPerDatagram;
    const bytes = Buffer.byteLength(line);
    if (bytes >= max) return this.#send(line);
    if (this.#waitingBytes + bytes + 1 > max) this.endFlush();
    this.#waiting += this.#waiting === '' ? line : `\n${line}`;
    this.#waitingBytes += bytes + (this.#waitingBytes === 0 ? 0 : 1);
  }

  #send(text: string): void {
    this.#socket ??= this.#connect();
    if (this.#socket === undefined) return;
    const data = new SliceBuffer();
    data.addUtf8(text);
    this.#socket.send(data, UNHEARD);
  }

  #connect(): UdpSocket | undefined {
    const socket = this.#context.connectUdp(this.#config.address);
    return 'code' in socket ? undefined : socket;
  }
}
