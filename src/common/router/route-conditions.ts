import type {
  CookieMatcher,
  RouteMatch,
  RouteMatch_TlsContextMatchOptions,
} from '../../../api/generated/envoy/config/route/v3/route_components_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { HeaderMap } from '../../../sdk/headers.ts';
import type { RouteRequest, RuntimeFraction } from '../../../sdk/router.ts';
import { isGrpcRequest } from '../headers/grpc.ts';
import { parseFilterStateMatcher } from '../matcher/filter-state-matcher.ts';
import { type HeaderMatcher, parseHeaderMatchers } from '../matcher/header-matcher.ts';
import { parseMetadataMatcher } from '../matcher/metadata-matcher.ts';
import {
  matchesAllParameters,
  parseQuery,
  parseQueryParameterMatcher,
  type QueryParameterMatcher,
} from '../matcher/query-parameter-matcher.ts';
import { matchNothing, parseByteMatcher, type StringMatcher } from '../matcher/string-matcher.ts';
import { parseRuntimeFraction } from './runtime-fraction.ts';

/** What a route asks of a request besides its path. All conditions of a route must hold. */
export interface RouteCondition {
  holds(request: RouteRequest): boolean;
}

class RuntimeCondition implements RouteCondition {
  readonly #fraction: RuntimeFraction;
  constructor(fraction: RuntimeFraction) {
    this.#fraction = fraction;
  }
  holds({ runtime, random }: RouteRequest): boolean {
    const { runtimeKey, numerator, denominator } = this.#fraction;
    return runtime.snapshot.featureEnabled(runtimeKey, numerator, denominator, random);
  }
}

const grpcCondition: RouteCondition = { holds: ({ headers }) => isGrpcRequest(headers) };

class HeaderCondition implements RouteCondition {
  readonly #matcher: HeaderMatcher;
  constructor(matcher: HeaderMatcher) {
    this.#matcher = matcher;
  }
  holds({ headers }: RouteRequest): boolean {
    return this.#matcher.matches(headers);
  }
}

class QueryCondition implements RouteCondition {
  readonly #matchers: readonly QueryParameterMatcher[];
  constructor(matchers: readonly QueryParameterMatcher[]) {
    this.#matchers = matchers;
  }
  holds({ headers }: RouteRequest): boolean {
    return matchesAllParameters(this.#matchers, parseQuery(headers.path));
  }
}

class CookieCondition implements RouteCondition {
  readonly #name: string;
  readonly #value: StringMatcher;
  readonly #invert: boolean;

  constructor(config: CookieMatcher, ctx: ConfigContext) {
    this.#name = config.name;
    this.#invert = config.invertMatch;
    const { stringMatch } = config;
    this.#value = stringMatch === undefined ? matchNothing : parseByteMatcher(stringMatch, ctx.child('string_match'));
  }

  holds({ headers }: RouteRequest): boolean {
    const value = cookieValue(headers, this.#name);
    if (value === undefined) return this.#invert;
    return this.#value.match(value) !== this.#invert;
  }
}

class TlsCondition implements RouteCondition {
  readonly #presented: boolean | undefined;
  readonly #validated: boolean | undefined;

  constructor({ presented, validated }: RouteMatch_TlsContextMatchOptions) {
    this.#presented = presented;
    this.#validated = validated;
  }

  holds({ streamInfo }: RouteRequest): boolean {
    const ssl = streamInfo.downstreamConnection.ssl;
    const presented = ssl?.peerCertificatePresented === true;
    const validated = ssl?.peerCertificateValidated === true;
    if (this.#presented !== undefined && this.#presented !== presented) return false;
    return this.#validated === undefined || this.#validated === validated;
  }
}

/** The first cookie of a name. Quotes around the value are not part of it, spaces around the `=` are. */
export function cookieValue(headers: HeaderMap, name: string): string | undefined {
  for (let i = 0; i < headers.size; i++) {
    if (headers.nameAt(i) !== 'cookie') continue;
    for (const part of headers.valueAt(i).split(';')) {
      const equal = part.indexOf('=');
      if (equal < 0 || part.slice(0, equal).trimStart() !== name) continue;
      return unquoted(part.slice(equal + 1));
    }
  }
  return undefined;
}

function unquoted(value: string): string {
  return value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
}

/** Undefined when the path is all that counts. */
export function parseRouteConditions(match: RouteMatch, ctx: ConfigContext): readonly RouteCondition[] | undefined {
  const conditions: RouteCondition[] = [];
  if (match.runtimeFraction !== undefined) {
    conditions.push(new RuntimeCondition(parseRuntimeFraction(match.runtimeFraction)));
  }
  if (match.grpc !== undefined) conditions.push(grpcCondition);
  for (const matcher of parseHeaderMatchers(match.headers, ctx)) conditions.push(new HeaderCondition(matcher));
  if (match.queryParameters.length > 0) {
    const matchers = match.queryParameters.map((parameter, i) =>
      parseQueryParameterMatcher(parameter, ctx.child('query_parameters', i)),
    );
    conditions.push(new QueryCondition(matchers));
  }
  for (const [i, cookie] of match.cookies.entries()) {
    conditions.push(new CookieCondition(cookie, ctx.child('cookies', i)));
  }
  for (const [i, metadata] of match.dynamicMetadata.entries()) {
    const matches = parseMetadataMatcher(metadata, ctx.child('dynamic_metadata', i));
    conditions.push({
      holds: ({ streamInfo }) => matches((namespace) => streamInfo.dynamicMetadata(namespace)),
    });
  }
  for (const [i, filterState] of match.filterState.entries()) {
    const matches = parseFilterStateMatcher(filterState, ctx.child('filter_state', i));
    conditions.push({ holds: ({ streamInfo }) => matches(streamInfo.filterState) });
  }
  if (match.tlsContext !== undefined) conditions.push(new TlsCondition(match.tlsContext));
  return conditions.length === 0 ? undefined : conditions;
}
