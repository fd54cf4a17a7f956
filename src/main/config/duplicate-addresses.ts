import type { ConfigContext } from '../../../sdk/config.ts';
import { type ListenerConfig, sharedAddress } from '../../common/listener/listener-config.ts';

/** The fault of a listener whose address another one has (Envoy's words). */
export function duplicateAddressFault({ name, addresses }: ListenerConfig): string {
  const all = addresses.map(({ address }) => address.asString).join(',');
  return (
    `error adding listener: '${name}' has duplicate address '${all}' as existing listener, to check if the listener has ` +
    "duplicated addresses with other listeners or 'enable_reuse_port' is set to 'false' for the listener"
  );
}

/** No two static listeners of different names may have an address in common, bound or not. */
export function checkDuplicateAddresses(
  listeners: readonly { readonly config: ListenerConfig }[],
  ctx: ConfigContext,
): void {
  for (const [i, { config }] of listeners.entries()) {
    const taken = listeners
      .slice(0, i)
      .some(({ config: other }) => other.name !== config.name && sharedAddress(other, config));
    if (taken) ctx.child('listeners', i).child('address').error(duplicateAddressFault(config));
  }
}
