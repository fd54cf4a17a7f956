import type { DirectResponseEntry, RouteEntry } from '../../../sdk/router.ts';
import { ConfiguredRoute } from './configured-route.ts';

/** `non_forwarding_action`: a route that only filters act on; the router has nothing to do with it. */
export class NonForwardingRoute extends ConfiguredRoute {
  get directResponse(): DirectResponseEntry | undefined {
    return undefined;
  }

  get routeEntry(): RouteEntry | undefined {
    return undefined;
  }
}
