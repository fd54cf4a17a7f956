/** How a cluster speaks HTTP: `HttpProtocolOptions` of `typed_extension_protocol_options`, or the old fields of Cluster. */
import type {
  HttpProtocolOptions as CommonHttpProtocolOptions,
  Http1ProtocolOptions,
  UpstreamHttpProtocolOptions as UpstreamMessage,
} from '../../../api/generated/envoy/config/core/v3/protocol_pb.ts';
import type { HttpProtocolOptions } from '../../../api/generated/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { HashPolicy, RetryPolicy, ShadowPolicy } from '../../../sdk/router.ts';
import type { UpstreamHttpProtocolOptions } from '../../../sdk/upstream.ts';
import { type HeaderKeyFormat, parseHeaderKeyFormat } from '../http/header-key-format.ts';
import { parseClusterFilters, type UpstreamFilterConfig } from '../http/upstream-filters.ts';
import { parseHashPolicy } from '../router/hash-policy.ts';
import { parseRetryPolicy } from '../router/retry-policy.ts';
import { parseShadowPolicies } from '../router/shadow-policy.ts';
import { headerLimit } from '../runtime/runtime-guards.ts';
import { type ErrorMatcher, parseErrorMatcher } from './error-matcher.ts';
import { durationMs } from './proto-values.ts';
import { chosenProtocol } from './upstream-protocol.ts';

/** The name under which the options stand in `typed_extension_protocol_options`. */
export const HTTP_PROTOCOL_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

export interface Http1UpstreamOptions {
  readonly headerKeyFormat: HeaderKeyFormat;
  readonly enableTrailers: boolean;
  readonly allowChunkedLength: boolean;
  readonly sendFullyQualifiedUrl: boolean;
}

export interface HttpUpstreamOptions {
  /** 0 = none; default one hour. */
  readonly idleTimeoutMs: number;
  /** 0 = none. */
  readonly maxConnectionDurationMs: number;
  /** Up to this share of it is added, for each connection anew. */
  readonly maxConnectionDurationJitter: number;
  /** 0 = any number. */
  readonly maxRequestsPerConnection: number;
  /** 0 = none. */
  readonly maxStreamDurationMs: number;
  readonly maxResponseHeadersCount: number;
  /** undefined = the codec's default. */
  readonly maxResponseHeadersBytes: number | undefined;
  readonly http1: Http1UpstreamOptions;
  readonly policies: ClusterPolicies;
  readonly upstream: UpstreamHttpProtocolOptions | undefined;
  /** In place of the router's; undefined = those. */
  readonly filters: readonly UpstreamFilterConfig[] | undefined;
  /** Which answers count as failures for outlier detection; undefined = those of status 5xx. */
  readonly isError: ErrorMatcher | undefined;
}

/** What a cluster says about its requests; it stands over what routes say. */
export interface ClusterPolicies {
  readonly retryPolicy: RetryPolicy | undefined;
  readonly hashPolicy: HashPolicy | undefined;
  readonly shadowPolicies: readonly ShadowPolicy[];
}

const NO_POLICIES: ClusterPolicies = Object.freeze({
  retryPolicy: undefined,
  hashPolicy: undefined,
  shadowPolicies: [],
});

const HOUR_MS = 3_600_000;

export function parseHttpProtocolOptions(message: HttpProtocolOptions, ctx: ConfigContext): HttpUpstreamOptions {
  ctx.requireSupported(message, [
    'commonHttpProtocolOptions',
    'upstreamHttpProtocolOptions',
    'explicitHttpConfig',
    'useDownstreamProtocolConfig',
    'httpFilters',
    'requestMirrorPolicies',
    'hashPolicy',
    'retryPolicy',
    'headerValidationConfig',
    'outlierDetection',
  ]);
  // Envoy's words: its builds have none either.
  const { headerValidationConfig: validation } = message;
  if (validation !== undefined) {
    ctx
      .child('header_validation_config')
      .error(`This Envoy binary does not support header validator extensions: '${validation.name}'`);
  }
  return httpUpstreamOptions({
    common: message.commonHttpProtocolOptions,
    commonCtx: ctx.child('common_http_protocol_options'),
    ...chosenProtocol(message, ctx),
    maxRequestsPerConnection: undefined,
    policies: parsePolicies(message, ctx),
    upstream: message.upstreamHttpProtocolOptions,
    filters: parseClusterFilters(message.httpFilters, ctx),
    isError: parseOutliers(message, ctx),
  });
}

function parseOutliers({ outlierDetection }: HttpProtocolOptions, ctx: ConfigContext): ErrorMatcher | undefined {
  const matcher = outlierDetection?.errorMatcher;
  return matcher && parseErrorMatcher(matcher, ctx.child('outlier_detection').child('error_matcher'));
}

function parsePolicies(message: HttpProtocolOptions, ctx: ConfigContext): ClusterPolicies {
  const { retryPolicy, hashPolicy, requestMirrorPolicies } = message;
  return Object.freeze({
    retryPolicy: retryPolicy && parseRetryPolicy(retryPolicy, ctx.child('retry_policy')),
    hashPolicy: parseHashPolicy(hashPolicy, ctx),
    shadowPolicies: parseShadowPolicies(requestMirrorPolicies, [], ctx),
  });
}

interface OptionSources {
  readonly common: CommonHttpProtocolOptions | undefined;
  readonly commonCtx: ConfigContext;
  readonly http1: Http1ProtocolOptions | undefined;
  readonly http1Ctx: ConfigContext;
  /** The deprecated field of Cluster. */
  readonly maxRequestsPerConnection: number | undefined;
  /** The fields of Cluster know none. */
  readonly policies?: ClusterPolicies;
  readonly upstream: UpstreamMessage | undefined;
  readonly filters?: readonly UpstreamFilterConfig[] | undefined;
  readonly isError?: ErrorMatcher | undefined;
}

export function httpUpstreamOptions(from: OptionSources): HttpUpstreamOptions {
  const { common, commonCtx, http1, http1Ctx } = from;
  if (common !== undefined) {
    commonCtx.requireSupported(common, [
      'idleTimeout',
      'maxConnectionDuration',
      'maxConnectionDurationJitter',
      'maxHeadersCount',
      'maxResponseHeadersKb',
      'maxStreamDuration',
      'maxRequestsPerConnection',
      // Looked at by servers only: an upstream's headers pass whatever they are called.
      'headersWithUnderscoresAction',
    ]);
  }
  const runtime = commonCtx.resources?.runtime;
  // 0: what the codec's own limit is.
  const maxKb = common?.maxResponseHeadersKb ?? headerLimit(runtime, 'max_response_headers_size_kb', 0);
  return Object.freeze({
    idleTimeoutMs: durationMs(common?.idleTimeout) ?? HOUR_MS,
    maxConnectionDurationMs: durationMs(common?.maxConnectionDuration) ?? 0,
    maxConnectionDurationJitter: (common?.maxConnectionDurationJitter?.value ?? 0) / 100,
    maxRequestsPerConnection: common?.maxRequestsPerConnection ?? from.maxRequestsPerConnection ?? 0,
    maxStreamDurationMs: durationMs(common?.maxStreamDuration) ?? 0,
    maxResponseHeadersCount: common?.maxHeadersCount ?? headerLimit(runtime, 'max_response_headers_count', 100),
    maxResponseHeadersBytes: maxKb === 0 ? undefined : maxKb * 1024,
    http1: parseHttp1(http1, http1Ctx),
    policies: from.policies ?? NO_POLICIES,
    upstream: parseUpstream(from.upstream),
    filters: from.filters,
    isError: from.isError,
  });
}

/** Envoy does not look at the header's name where neither is wanted. */
function parseUpstream(message: UpstreamMessage | undefined): UpstreamHttpProtocolOptions | undefined {
  if (message === undefined) return undefined;
  const { autoSni, autoSanValidation, overrideAutoSniHeader } = message;
  if (!autoSni && !autoSanValidation) return undefined;
  return Object.freeze({ autoSni, autoSanValidation, overrideAutoSniHeader: overrideAutoSniHeader.toLowerCase() });
}

function parseHttp1(message: Http1ProtocolOptions | undefined, ctx: ConfigContext): Http1UpstreamOptions {
  if (message !== undefined) {
    // From allow_absolute_url on they speak of requests that arrive: for an upstream they mean nothing, in Envoy neither.
    // There is one parser only, which Envoy calls Balsa.
    ctx.requireSupported(message, [
      'headerKeyFormat',
      'enableTrailers',
      'allowChunkedLength',
      'sendFullyQualifiedUrl',
      'allowAbsoluteUrl',
      'acceptHttp10',
      'defaultHostForHttp10',
      'overrideStreamErrorOnInvalidHttpMessage',
      'allowCustomMethods',
      'ignoreHttp11Upgrade',
      'useBalsaParser',
    ]);
  }
  return Object.freeze({
    headerKeyFormat: parseHeaderKeyFormat(message?.headerKeyFormat, ctx.child('header_key_format')),
    enableTrailers: message?.enableTrailers ?? false,
    allowChunkedLength: message?.allowChunkedLength ?? false,
    sendFullyQualifiedUrl: message?.sendFullyQualifiedUrl ?? false,
  });
}
