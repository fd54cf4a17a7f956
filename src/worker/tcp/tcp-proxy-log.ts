import type { Timer } from '../../../sdk/event.ts';
import type { AccessLog, LogContext } from '../../../sdk/extension.ts';
import type { Connection } from '../../../sdk/network.ts';
import { logContextOf } from '../../common/access-log/log-context.ts';
import type { TcpProxy } from './tcp-proxy-config.ts';

const start = logContextOf('TcpConnectionStart');
const connected = logContextOf('TcpUpstreamConnected');
const periodic = logContextOf('TcpPeriodic');
const end = logContextOf('TcpConnectionEnd');

/** When a proxied connection is logged: at its end, and when else the options say. */
export class TcpProxyLog implements Disposable {
  readonly #proxy: TcpProxy;
  readonly #connection: Connection;
  #timer: Timer | undefined = undefined;

  constructor(proxy: TcpProxy, connection: Connection) {
    this.#proxy = proxy;
    this.#connection = connection;
  }

  onStart(): void {
    const { settings } = this.#proxy;
    const intervalMs = settings.accessLogFlushIntervalMs;
    if (intervalMs !== undefined) {
      const timer = this.#connection.dispatcher.createTimer(() => {
        this.#write(periodic);
        timer.enableTimer(intervalMs);
      });
      this.#timer = timer;
      timer.enableTimer(intervalMs);
    }
    if (settings.flushAccessLogOnStart) this.#write(start);
  }

  onConnected(): void {
    if (this.#proxy.settings.flushAccessLogOnConnected) this.#write(connected);
  }

  /** Stops the periodic lines; the last one comes when all who hear of the close have heard of it. */
  onClose(): void {
    this.#timer?.[Symbol.dispose]();
    this.#connection.dispatcher.deferredDelete(this);
  }

  [Symbol.dispose](): void {
    const { streamInfo, dispatcher } = this.#connection;
    streamInfo.requestCompleteMs ??= dispatcher.timeSource.monotonicTimeMs();
    this.#write(end);
  }

  #write(context: LogContext): void {
    const logs: readonly AccessLog[] = this.#proxy.accessLogs;
    for (const log of logs) log.log(context, this.#connection.streamInfo);
  }
}
