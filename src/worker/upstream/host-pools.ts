import type { TransportSocketOptions } from '../../../sdk/network.ts';
import type { RoutePriority } from '../../../sdk/router.ts';
import type { ConnPool } from './conn-pool.ts';
import type { Http1ConnPool } from './http1-conn-pool.ts';
import type { TcpConnPool } from './tcp-conn-pool.ts';

/**
 * The pools of one host on this worker: at most one for each kind, priority and set of transport socket options, and of
 * HTTP for each downstream connection where each has pools of its own.
 */
export class HostPools {
  /** Those without options, which are nearly all, have places of their own. */
  #httpDefault: Http1ConnPool | undefined = undefined;
  #httpHigh: Http1ConnPool | undefined = undefined;
  #tcpDefault: TcpConnPool | undefined = undefined;
  #tcpHigh: TcpConnPool | undefined = undefined;
  #httpWithOptions: Map<string, Http1ConnPool> | undefined = undefined;
  #tcpWithOptions: Map<string, TcpConnPool> | undefined = undefined;

  /** @param owner the downstream connection whose pool it is; undefined: anybody's */
  http(
    priority: RoutePriority,
    options: TransportSocketOptions | undefined,
    owner: number | undefined,
  ): Http1ConnPool | undefined {
    if (isTold(options) || owner !== undefined) {
      return this.#httpWithOptions?.get(keyOf(priority, options, owner));
    }
    return priority === 'default' ? this.#httpDefault : this.#httpHigh;
  }

  tcp(priority: RoutePriority, options: TransportSocketOptions | undefined): TcpConnPool | undefined {
    if (isTold(options)) return this.#tcpWithOptions?.get(keyOf(priority, options, undefined));
    return priority === 'default' ? this.#tcpDefault : this.#tcpHigh;
  }

  addHttp(priority: RoutePriority, pool: Http1ConnPool): void {
    const { socketOptions: options, owner } = pool;
    if (isTold(options) || owner !== undefined) {
      this.#httpWithOptions ??= new Map();
      this.#httpWithOptions.set(keyOf(priority, options, owner), pool);
    } else if (priority === 'default') this.#httpDefault = pool;
    else this.#httpHigh = pool;
  }

  addTcp(priority: RoutePriority, pool: TcpConnPool): void {
    const { socketOptions: options } = pool;
    if (isTold(options)) {
      this.#tcpWithOptions ??= new Map();
      this.#tcpWithOptions.set(keyOf(priority, options, undefined), pool);
    } else if (priority === 'default') this.#tcpDefault = pool;
    else this.#tcpHigh = pool;
  }

  /** Forgets a pool; false when it is not here (any more). */
  remove(pool: ConnPool): boolean {
    if (this.#httpDefault === pool) this.#httpDefault = undefined;
    else if (this.#httpHigh === pool) this.#httpHigh = undefined;
    else if (this.#tcpDefault === pool) this.#tcpDefault = undefined;
    else if (this.#tcpHigh === pool) this.#tcpHigh = undefined;
    else return removeFrom(this.#httpWithOptions, pool) || removeFrom(this.#tcpWithOptions, pool);
    return true;
  }

  get hasHttp(): boolean {
    const withOptions = this.#httpWithOptions?.size ?? 0;
    return this.#httpDefault !== undefined || this.#httpHigh !== undefined || withOptions > 0;
  }

  all(): ConnPool[] {
    return [
      this.#httpDefault,
      this.#httpHigh,
      this.#tcpDefault,
      this.#tcpHigh,
      ...(this.#httpWithOptions?.values() ?? []),
      ...(this.#tcpWithOptions?.values() ?? []),
    ].filter((pool) => pool !== undefined);
  }
}

function removeFrom(pools: Map<string, ConnPool> | undefined, pool: ConnPool): boolean {
  for (const [key, known] of pools ?? []) if (known === pool) return pools?.delete(key) === true;
  return false;
}

/** Whether options ask for a pool of their own: state that cannot be hashed does not. */
function isTold(options: TransportSocketOptions | undefined): boolean {
  if (options === undefined) return false;
  for (const name in options) if (name !== 'sharedState') return true;
  return hashesOf(options.sharedState).length > 0;
}

function hashesOf(state: TransportSocketOptions['sharedState']): string[] {
  if (state === undefined) return [];
  return state.flatMap(([name, object]) => {
    const hash = object.hash?.();
    return hash === undefined ? [] : [`${name} ${hash}`];
  });
}

/**
 * Names that differ in case are one; the connection has the case of the request that made the pool, as in Envoy. Clients
 * of the same addresses are one as well, whatever their TLVs.
 */
function keyOf(
  priority: RoutePriority,
  options: TransportSocketOptions | undefined,
  owner: number | undefined,
): string {
  const { serverNameOverride, verifySubjectAltNames, applicationProtocols, proxyProtocol, source } = options ?? {};
  const client = proxyProtocol && [proxyProtocol.source.asString, proxyProtocol.destination.asString];
  const tls = [serverNameOverride, verifySubjectAltNames, applicationProtocols];
  const parts = [priority, tls, client, source?.key, owner, hashesOf(options?.sharedState)];
  return JSON.stringify(parts).toLowerCase();
}
