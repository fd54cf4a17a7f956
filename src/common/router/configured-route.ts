import type { RequestHeaderMap, ResponseHeaderMap } from '../../../sdk/headers.ts';
import type { Decorator, DirectResponseEntry, Route, RouteEntry, TracingSampling } from '../../../sdk/router.ts';
import type { StreamInfo, Struct } from '../../../sdk/stream-info.ts';
import type { HeaderMutations } from './header-mutations.ts';
import { orderMutations, type RouteLevel, type VirtualHostLevel } from './route-level.ts';

/** What a route's configuration says whatever its action. */
export interface RouteIdentity extends RouteLevel {
  readonly name: string;
  readonly metadata: ReadonlyMap<string, Struct>;
  readonly decorator?: Decorator | undefined;
  readonly tracing?: TracingSampling | undefined;
}

/** A route as configured, common to all actions. */
export abstract class ConfiguredRoute implements Route {
  readonly identity: RouteIdentity;
  readonly virtualHost: VirtualHostLevel;
  readonly #requestMutations: readonly HeaderMutations[] | undefined;
  readonly #responseMutations: readonly HeaderMutations[] | undefined;

  constructor(identity: RouteIdentity, virtualHost: VirtualHostLevel) {
    const { routeConfig } = virtualHost;
    const levels: readonly RouteLevel[] = [identity, virtualHost, routeConfig];
    const mostSpecificLast = routeConfig.mostSpecificHeaderMutationsWins;
    this.identity = identity;
    this.virtualHost = virtualHost;
    this.#requestMutations = orderMutations(
      levels.map((level) => level.requestMutations),
      mostSpecificLast,
    );
    this.#responseMutations = orderMutations(
      levels.map((level) => level.responseMutations),
      mostSpecificLast,
    );
  }

  abstract readonly directResponse: DirectResponseEntry | undefined;
  abstract readonly routeEntry: RouteEntry | undefined;

  get routeName(): string {
    return this.identity.name;
  }

  get decorator(): Decorator | undefined {
    return this.identity.decorator;
  }

  get tracing(): TracingSampling | undefined {
    return this.identity.tracing;
  }

  get metadata(): ReadonlyMap<string, Struct> {
    return this.identity.metadata;
  }

  filterDisabled(filterName: string): boolean | undefined {
    const { virtualHost } = this;
    return (
      this.identity.filterConfigs?.disabled(filterName) ??
      virtualHost.filterConfigs?.disabled(filterName) ??
      virtualHost.routeConfig.filterConfigs?.disabled(filterName)
    );
  }

  perFilterConfig(filterName: string): unknown {
    const { virtualHost } = this;
    return (
      this.identity.filterConfigs?.get(filterName) ??
      virtualHost.filterConfigs?.get(filterName) ??
      virtualHost.routeConfig.filterConfigs?.get(filterName)
    );
  }

  perFilterConfigs(filterName: string): readonly unknown[] {
    const { virtualHost } = this;
    const levels = [virtualHost.routeConfig.filterConfigs, virtualHost.filterConfigs, this.identity.filterConfigs];
    return levels.map((level) => level?.get(filterName)).filter((config) => config !== undefined);
  }

  protected mutateRequest(headers: RequestHeaderMap, streamInfo: StreamInfo): void {
    const mutations = this.#requestMutations;
    if (mutations === undefined) return;
    for (let i = 0; i < mutations.length; i++) mutations[i]?.applyToRequest(headers, streamInfo);
  }

  protected removeFromResponse(headers: ResponseHeaderMap): void {
    for (const mutations of this.#responseMutations ?? []) mutations?.removeFrom(headers);
  }

  protected mutateResponse(headers: ResponseHeaderMap, requestHeaders: RequestHeaderMap, streamInfo: StreamInfo): void {
    const mutations = this.#responseMutations;
    if (mutations === undefined) return;
    for (let i = 0; i < mutations.length; i++) mutations[i]?.applyToResponse(headers, requestHeaders, streamInfo);
  }
}
