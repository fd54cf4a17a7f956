import type { TransportSocketFactoryContext } from '../../../../sdk/extension.ts';
import type {
  TransportSocket,
  TransportSocketCallbacks,
  TransportSocketFactory,
  TransportSocketOptions,
} from '../../../../sdk/network.ts';
import type { Counter } from '../../../../sdk/stats.ts';
import type { Host } from '../../../../sdk/upstream.ts';
import type { TlsOptions } from '../../../network/tls/tls-options.ts';
import type { Discovery } from './discovery.ts';
import type { TriedOptions } from './world.ts';

type Role = 'server' | 'client';
type Create<Options extends TlsOptions> = (
  options: Options,
  context: TransportSocketFactoryContext,
) => TransportSocketFactory;

/** A factory of fixed options, or one that follows the secrets of its options. */
export function createFactory<Options extends TlsOptions>(
  config: TriedOptions<Options>,
  context: TransportSocketFactoryContext,
  role: Role,
  create: Create<Options>,
): TransportSocketFactory {
  const { discovery } = config;
  return discovery === undefined
    ? create(config, context)
    : new DiscoveringFactory(discovery, context, role, create as Create<TlsOptions>);
}

/**
 * Makes its context anew whenever a secret has come or changed. Connections that are there keep the one that they began
 * with; as long as there is none, new ones break.
 */
class DiscoveringFactory implements TransportSocketFactory {
  readonly implementsSecureTransport = true;
  readonly #discovery: Discovery<TlsOptions>;
  readonly #context: TransportSocketFactoryContext;
  readonly #create: Create<TlsOptions>;
  readonly #updates: Counter;
  readonly #notReady: Counter;
  readonly #watch: Disposable;
  #current: TransportSocketFactory | undefined = undefined;

  constructor(
    discovery: Discovery<TlsOptions>,
    context: TransportSocketFactoryContext,
    role: Role,
    create: Create<TlsOptions>,
  ) {
    this.#discovery = discovery;
    this.#context = context;
    this.#create = create;
    const prefix = `${role}_ssl_socket_factory`;
    const direction = role === 'server' ? 'downstream' : 'upstream';
    this.#updates = context.ownerScope.counter(`${prefix}.ssl_context_update_by_sds`);
    this.#notReady = context.ownerScope.counter(`${prefix}.${direction}_context_secrets_not_ready`);
    this.#watch = discovery.onChange(() => {
      this.#update();
      this.#count(1);
    });
    this.#update();
    // As if every secret had just come.
    if (this.#current !== undefined) this.#count(discovery.keys.length);
  }

  createTransportSocket(
    role: Role,
    host: Host | undefined,
    options: TransportSocketOptions | undefined,
  ): TransportSocket | undefined {
    if (this.#current !== undefined) return this.#current.createTransportSocket(role, host, options);
    this.#notReady.inc();
    return new NotReadySocket();
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
    this.#current?.[Symbol.dispose]?.();
    this.#current = undefined;
  }

  #update(): void {
    const options = this.#discovery.current();
    if (options === undefined) return;
    const old = this.#current;
    this.#current = this.#create(options, this.#context);
    old?.[Symbol.dispose]?.();
  }

  /** One thread counts for all. */
  #count(updates: number): void {
    if (this.#context.workerIndex <= 0) this.#updates.add(updates);
  }
}

/** Breaks as soon as it may (Envoy's NotReadySslSocket). */
class NotReadySocket implements TransportSocket {
  readonly protocol = '';
  readonly failureReason = 'TLS error: Secret is not supplied by SDS';
  readonly ssl = undefined;
  #callbacks: TransportSocketCallbacks | undefined = undefined;

  start(callbacks: TransportSocketCallbacks): void {
    this.#callbacks = callbacks;
  }

  onConnected(): void {
    this.#callbacks?.onFailure();
  }

  onReceived(): void {}

  write(): void {}

  onPeerClosed(): void {}

  [Symbol.dispose](): void {
    this.#callbacks = undefined;
  }
}
