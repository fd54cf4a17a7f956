import type { HeaderMap, RequestHeaderMap, ResponseHeaderMap } from '../../../../../sdk/headers.ts';
import type { DecoderFilterCallbacks, FilterHeadersStatus, HttpFilter } from '../../../../../sdk/http.ts';
import type { Counter, Scope } from '../../../../../sdk/stats.ts';
import type { StructValue } from '../../../../../sdk/stream-info.ts';
import { cookieValue } from '../../../../common/router/route-conditions.ts';
import type { HeaderToMetadataConfig, Rule, Target } from './config.ts';
import { convertValue } from './convert-value.ts';

/** `http_filter_name.<stat_prefix>.` */
export class HeaderToMetadataStats {
  readonly base64DecodeFailed: Counter;
  readonly headerValueTooLong: Counter;
  readonly regexSubstitutionFailed: Counter;
  readonly request: DirectionStats;
  readonly response: DirectionStats;

  /** @param root without a prefix */
  static of(statPrefix: string, root: Scope): HeaderToMetadataStats | undefined {
    return statPrefix === '' ? undefined : new HeaderToMetadataStats(root.scope(`http_filter_name.${statPrefix}`));
  }

  private constructor(scope: Scope) {
    this.base64DecodeFailed = scope.counter('base64_decode_failed');
    this.headerValueTooLong = scope.counter('header_value_too_long');
    this.regexSubstitutionFailed = scope.counter('regex_substitution_failed');
    this.request = new DirectionStats(scope, 'request');
    this.response = new DirectionStats(scope, 'response');
  }
}

class DirectionStats {
  readonly rulesProcessed: Counter;
  readonly metadataAdded: Counter;
  readonly headerNotFound: Counter;

  constructor(scope: Scope, direction: 'request' | 'response') {
    this.rulesProcessed = scope.counter(`${direction}_rules_processed`);
    this.metadataAdded = scope.counter(`${direction}_metadata_added`);
    this.headerNotFound = scope.counter(`${direction}_header_not_found`);
  }
}

type Namespaces = Map<string, Record<string, StructValue>>;
const MAX_VALUE_BYTES = 8192;

export class HeaderToMetadataFilter implements HttpFilter {
  readonly #config: HeaderToMetadataConfig;
  /** By `stat_prefix`; routes may have their own. */
  readonly #statsOf: (prefix: string) => HeaderToMetadataStats | undefined;
  #callbacks!: DecoderFilterCallbacks;
  /** Of the route that the request had first. */
  #effective: HeaderToMetadataConfig | undefined = undefined;

  constructor(config: HeaderToMetadataConfig, statsOf: (prefix: string) => HeaderToMetadataStats | undefined) {
    this.#config = config;
    this.#statsOf = statsOf;
  }

  setDecoderFilterCallbacks(callbacks: DecoderFilterCallbacks): void {
    this.#callbacks = callbacks;
  }

  decodeHeaders(headers: RequestHeaderMap): FilterHeadersStatus {
    this.#apply(this.#effectiveConfig().requestRules, headers, this.#stats?.request);
    return 'Continue';
  }

  encodeHeaders(headers: ResponseHeaderMap): FilterHeadersStatus {
    this.#apply(this.#effectiveConfig().responseRules, headers, this.#stats?.response);
    return 'Continue';
  }

  get #stats(): HeaderToMetadataStats | undefined {
    return this.#statsOf(this.#effectiveConfig().statPrefix);
  }

  #effectiveConfig(): HeaderToMetadataConfig {
    this.#effective ??= this.#callbacks.perRouteConfig<HeaderToMetadataConfig>() ?? this.#config;
    return this.#effective;
  }

  /** What all rules give is written at once: a later rule's key replaces an earlier one's. */
  #apply(rules: readonly Rule[], headers: HeaderMap, stats: DirectionStats | undefined): void {
    if (rules.length === 0) return;
    const found: Namespaces = new Map();
    for (const rule of rules) {
      stats?.rulesProcessed.inc();
      const bytes = extract(rule, headers);
      const target = bytes === undefined ? rule.onMissing : rule.onPresent;
      if (target === undefined) continue;
      if (bytes === undefined) stats?.headerNotFound.inc();
      if (this.#add(found, target, bytes ?? '')) stats?.metadataAdded.inc();
    }
    for (const [namespace, value] of found) this.#callbacks.streamInfo.setDynamicMetadata(namespace, value);
  }

  #add(found: Namespaces, target: Target, bytes: string): boolean {
    const text = this.#textOf(target, bytes);
    if (text === '') return false;
    if (text.length >= MAX_VALUE_BYTES) {
      this.#stats?.headerValueTooLong.inc();
      return false;
    }
    const value = convertValue(text, target);
    if (value === 'no base64') this.#stats?.base64DecodeFailed.inc();
    if (value === undefined || typeof value === 'string') return false;
    const fields = found.get(target.namespace) ?? {};
    fields[target.key] = value.value;
    found.set(target.namespace, fields);
    return true;
  }

  #textOf({ value, substitution }: Target, bytes: string): string {
    if (value !== '') return value;
    if (substitution === undefined) return bytes;
    const replaced = substitution.replaceAll(bytes);
    if (replaced === '' && bytes !== '') this.#stats?.regexSubstitutionFailed.inc();
    return replaced;
  }
}

/** All values of a header, joined; of a cookie the first, unless it is empty. Undefined = there is none. */
function extract({ header, cookie, remove }: Rule, headers: HeaderMap): string | undefined {
  if (header === '') return cookieValue(headers, cookie) || undefined;
  const values = headers.getAll(header);
  if (values.length === 0) return undefined;
  const joined = values.join(',');
  if (remove) headers.remove(header);
  return joined;
}
