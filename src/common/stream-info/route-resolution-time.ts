import type { ConfigResources } from '../../../sdk/config.ts';

/** Whether anything on this thread tells how long routes took to find: only then is the clock looked at. */
export class RouteResolutionTime {
  isAsked = false;
}

const create = () => new RouteResolutionTime();

/** The thread's own; one that nobody else sees where threads have none. */
export function routeResolutionTime(resources: ConfigResources | undefined): RouteResolutionTime {
  return resources?.shared?.('route_resolution_time', create) ?? create();
}
