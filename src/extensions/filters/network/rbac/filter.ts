import type { Timer } from '../../../../../sdk/event.ts';
import type { ServerFactoryContext } from '../../../../../sdk/extension.ts';
import type { FilterStatus, NetworkFilter, ReadFilterCallbacks } from '../../../../../sdk/network.ts';
import type { Counter, Scope } from '../../../../../sdk/stats.ts';
import type { StructValue } from '../../../../../sdk/stream-info.ts';
import { denialDetails, type RbacVerdict, statPrefix } from '../../common/rbac/engine.ts';
import type { NetworkRbacConfig } from './config.ts';

const NAMESPACE = 'envoy.filters.network.rbac';
const LOG_NAMESPACE = 'envoy.common';

/** `<stat_prefix>.rbac.` */
export class NetworkRbacStats {
  readonly allowed: Counter;
  readonly denied: Counter;
  readonly shadowAllowed: Counter;
  readonly shadowDenied: Counter;

  constructor(root: Scope, config: NetworkRbacConfig) {
    const prefix = `${statPrefix(config.statPrefix)}rbac.`;
    const shadow = statPrefix(config.shadowRulesStatPrefix);
    this.allowed = root.counter(`${prefix}allowed`);
    this.denied = root.counter(`${prefix}denied`);
    this.shadowAllowed = root.counter(`${prefix}${shadow}shadow_allowed`);
    this.shadowDenied = root.counter(`${prefix}${shadow}shadow_denied`);
  }
}

/** Judges a connection when its first bytes come. */
export class NetworkRbacFilter implements NetworkFilter {
  readonly #config: NetworkRbacConfig;
  readonly #stats: NetworkRbacStats;
  readonly #context: ServerFactoryContext;
  #callbacks!: ReadFilterCallbacks;
  #state: 'unknown' | 'allowed' | 'denied' = 'unknown';
  #delay: Timer | undefined = undefined;

  constructor(config: NetworkRbacConfig, stats: NetworkRbacStats, context: ServerFactoryContext) {
    this.#config = config;
    this.#stats = stats;
    this.#context = context;
  }

  initializeReadFilterCallbacks(callbacks: ReadFilterCallbacks): void {
    this.#callbacks = callbacks;
    callbacks.connection.addConnectionCallbacks({
      onEvent: (event) => {
        if (event !== 'Connected') this.#delay?.[Symbol.dispose]();
      },
      onAboveWriteBufferHighWatermark: () => {},
      onBelowWriteBufferLowWatermark: () => {},
    });
  }

  onData(): FilterStatus {
    if (this.#state === 'denied') return 'StopIteration';
    if (this.#state === 'unknown' || this.#config.continuous) this.#state = this.#judge();
    return this.#state === 'allowed' ? 'Continue' : 'StopIteration';
  }

  #judge(): 'allowed' | 'denied' {
    const { rules, shadowRules } = this.#config;
    const { streamInfo } = this.#callbacks.connection;
    const input = { headers: undefined, streamInfo };
    const shadow = shadowRules?.judge(input, this.#context);
    if (shadow !== undefined) {
      (shadow.allowed ? this.#stats.shadowAllowed : this.#stats.shadowDenied).inc();
      this.#note(shadow);
    }
    const verdict = rules?.judge(input, this.#context);
    if (verdict === undefined) return 'allowed';
    if (verdict.logHint !== undefined) {
      streamInfo.setDynamicMetadata(LOG_NAMESPACE, { access_log_hint: verdict.logHint });
    }
    if (verdict.allowed) {
      this.#stats.allowed.inc();
      return 'allowed';
    }
    this.#stats.denied.inc();
    this.#deny(verdict);
    return 'denied';
  }

  /** For the log, and for filters behind this one. */
  #note({ allowed, policy }: RbacVerdict): void {
    const prefix = `${this.#config.shadowRulesStatPrefix}shadow`;
    const fields: Record<string, StructValue> = { [`${prefix}_engine_result`]: allowed ? 'allowed' : 'denied' };
    if (policy !== '') fields[`${prefix}_effective_policy_id`] = policy;
    this.#callbacks.connection.streamInfo.setDynamicMetadata(NAMESPACE, fields);
  }

  #deny(verdict: RbacVerdict): void {
    const { connection } = this.#callbacks;
    connection.streamInfo.connectionTerminationDetails = denialDetails(verdict);
    if (this.#config.delayDenyMs === 0) {
      connection.close('NoFlush', 'rbac_deny_close');
      return;
    }
    connection.readDisable(true);
    this.#delay = connection.dispatcher.createTimer(() => connection.close('NoFlush', 'rbac_deny_close'));
    this.#delay.enableTimer(this.#config.delayDenyMs);
  }
}
