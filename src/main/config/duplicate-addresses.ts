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

/** Several workers can read the datagrams of a port only if each has a socket of its own. */
export function checkDatagramSharing(
  listeners: readonly { readonly config: ListenerConfig }[],
  ctx: ConfigContext,
): void {
  for (const [i, { config }] of listeners.entries()) {
    if (config.udp === undefined || config.reusePort) continue;
    ctx
      .child('listeners', i)
      .error(
        'Listening on UDP when concurrency is > 1 without the SO_REUSEPORT socket option results in unstable packet ' +
          'proxying. Configure the reuse_port listener option or set concurrency = 1.',
      );
  }
}
