import type { RetryHostPredicate, RetryHostPredicateExtension } from '../../../../../sdk/router.ts';
import type { Host } from '../../../../../sdk/upstream.ts';

/** Refuses hosts that the request has been to. */
class PreviousHosts implements RetryHostPredicate {
  readonly #attempted: Host[] = [];

  shouldSelectAnotherHost(host: Host): boolean {
    return this.#attempted.some((known) => known.address.equals(host.address));
  }

  onHostAttempted(host: Host): void {
    this.#attempted.push(host);
  }
}

/** envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate */
export const previousHosts: RetryHostPredicateExtension = {
  category: 'envoy.retry_host_predicates',
  name: 'envoy.retry_host_predicates.previous_hosts',
  configTypes: ['envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate'],
  parseConfig: () => undefined,
  createPredicate: () => new PreviousHosts(),
};
