import type {
  AccessLogFilter as AccessLogFilterProto,
  ComparisonFilter,
  ExtensionFilter,
  MetadataFilter,
  RuntimeFilter,
} from '../../../api/generated/envoy/config/accesslog/v3/accesslog_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import { type LogContext, resolveExtension, type ServerFactoryContext } from '../../../sdk/extension.ts';
import type { ResponseFlag, StreamInfo } from '../../../sdk/stream-info.ts';
import { RequestHeaders } from '../headers/header-map.ts';
import { parseHeaderMatcher } from '../matcher/header-matcher.ts';
import { parseValueMatcher } from '../matcher/value-matcher.ts';
import { metadataValue } from '../stream-info/metadata-path.ts';
import type { AccessLogFilterExtension } from './access-log-filter-extension.ts';
import { grpcStatusOf, unknownGrpcStatus } from './grpc-status.ts';

/** Decides whether a request is logged (envoy.config.accesslog.v3.AccessLogFilter). */
export interface AccessLogFilter {
  evaluate(log: LogContext, streamInfo: StreamInfo): boolean;
}

/** Makes a checked filter on a thread. */
export type AccessLogFilterFactory = (context: ServerFactoryContext) => AccessLogFilter;

const noHeaders = new RequestHeaders();
const always = just({ evaluate: () => true });

/** Of a filter that asks nothing of its thread. */
function just(filter: AccessLogFilter): AccessLogFilterFactory {
  return () => filter;
}

export function parseAccessLogFilter(config: AccessLogFilterProto, ctx: ConfigContext): AccessLogFilterFactory {
  const specifier = config.filterSpecifier;
  switch (specifier.case) {
    case 'statusCodeFilter':
      return statusCodeFilter(specifier.value.comparison);
    case 'durationFilter':
      return durationFilter(specifier.value.comparison);
    case 'notHealthCheckFilter':
      return just({ evaluate: (_log, streamInfo) => !streamInfo.healthCheck });
    case 'traceableFilter':
      return just({ evaluate: (_log, streamInfo) => isTraced(streamInfo) });
    case 'runtimeFilter':
      return runtimeFilter(specifier.value);
    case 'andFilter':
      return everyFilter(specifier.value.filters, ctx.child('and_filter'));
    case 'orFilter':
      return anyFilter(specifier.value.filters, ctx.child('or_filter'));
    case 'headerFilter':
      return headerFilter(specifier.value.header, ctx.child('header_filter').child('header'));
    case 'responseFlagFilter':
      return responseFlagFilter(specifier.value.flags);
    case 'grpcStatusFilter':
      return grpcStatusFilter(specifier.value.statuses, specifier.value.exclude);
    case 'logTypeFilter':
      return logTypeFilter(specifier.value.types, specifier.value.exclude);
    case 'metadataFilter':
      return metadataFilter(specifier.value, ctx.child('metadata_filter').child('matcher'));
    case 'extensionFilter':
      return extensionFilter(specifier.value, ctx.child('extension_filter'));
    case undefined:
      ctx.error('a filter specifier is required');
      return always;
  }
}

/** Envoy's: that a request was drawn, or that a client asked for it, is not enough. */
function isTraced({ traceReason, healthCheck }: StreamInfo): boolean {
  return traceReason === 'ServiceForced' && !healthCheck;
}

type Compare = (value: number) => boolean;

/** EQ, GE, LE, NE against a number that runtime may replace. */
function comparison(config: ComparisonFilter | undefined, { runtime }: ServerFactoryContext): Compare {
  const fallback = config?.value?.defaultValue ?? 0;
  const key = config?.value?.runtimeKey ?? '';
  const operand = () => runtime.snapshot.getInteger(key, fallback);
  switch (config?.op ?? 0) {
    case 0:
      return (value) => value === operand();
    case 1:
      return (value) => value >= operand();
    case 2:
      return (value) => value <= operand();
    default:
      return (value) => value !== operand();
  }
}

function statusCodeFilter(config: ComparisonFilter | undefined): AccessLogFilterFactory {
  return (context) => {
    const compare = comparison(config, context);
    return { evaluate: (_log, streamInfo) => compare(streamInfo.responseCode ?? 0) };
  };
}

function durationFilter(config: ComparisonFilter | undefined): AccessLogFilterFactory {
  return (context) => {
    const compare = comparison(config, context);
    return {
      evaluate: (_log, streamInfo) => {
        const end = streamInfo.requestCompleteMs;
        return end !== undefined && compare(Math.floor(end - streamInfo.startTimeMonotonicMs));
      },
    };
  };
}

const denominators = [100, 10_000, 1_000_000] as const;

/** The request id makes the draw, unless independent randomness is asked for: all proxies on the way log the same requests. */
function runtimeFilter(config: RuntimeFilter): AccessLogFilterFactory {
  const { runtimeKey, percentSampled, useIndependentRandomness } = config;
  const numerator = percentSampled?.numerator ?? 0;
  const denominator = denominators[percentSampled?.denominator ?? 0] ?? 100;
  return ({ runtime, random }) => ({
    evaluate: (_log, streamInfo) => {
      const id = useIndependentRandomness ? undefined : streamInfo.requestId;
      const draw = id === undefined ? random.random() : Number.parseInt(id.slice(0, 8), 16);
      return runtime.snapshot.featureEnabled(
        runtimeKey,
        numerator,
        denominator,
        Number.isNaN(draw) ? random.random() : draw,
      );
    },
  });
}

type MakeAll = (context: ServerFactoryContext) => readonly AccessLogFilter[];

function parseAll(configs: readonly AccessLogFilterProto[], ctx: ConfigContext): MakeAll {
  const factories = configs.map((config, i) => parseAccessLogFilter(config, ctx.child('filters', i)));
  return (context) => factories.map((create) => create(context));
}

function everyFilter(configs: readonly AccessLogFilterProto[], ctx: ConfigContext): AccessLogFilterFactory {
  const create = parseAll(configs, ctx);
  return (context) => {
    const filters = create(context);
    return { evaluate: (log, streamInfo) => filters.every((filter) => filter.evaluate(log, streamInfo)) };
  };
}

function anyFilter(configs: readonly AccessLogFilterProto[], ctx: ConfigContext): AccessLogFilterFactory {
  const create = parseAll(configs, ctx);
  return (context) => {
    const filters = create(context);
    return { evaluate: (log, streamInfo) => filters.some((filter) => filter.evaluate(log, streamInfo)) };
  };
}

function headerFilter(
  config: Parameters<typeof parseHeaderMatcher>[0] | undefined,
  ctx: ConfigContext,
): AccessLogFilterFactory {
  if (config === undefined) return always;
  const matcher = parseHeaderMatcher(config, ctx);
  // A request that came to nothing has none, for inverted matches too.
  return just({ evaluate: (log) => matcher.matches(log.requestHeaders ?? noHeaders) });
}

/** Without flags listed, any flag will do. */
function responseFlagFilter(flags: readonly string[]): AccessLogFilterFactory {
  if (flags.length === 0) return just({ evaluate: (_log, streamInfo) => streamInfo.hasAnyResponseFlag() });
  return just({
    evaluate: (_log, streamInfo) => flags.some((flag) => streamInfo.hasResponseFlag(flag as ResponseFlag)),
  });
}

function grpcStatusFilter(statuses: readonly number[], exclude: boolean): AccessLogFilterFactory {
  const wanted = new Set(statuses);
  return just({
    evaluate: (log, streamInfo) => wanted.has(grpcStatusOf(log, streamInfo) ?? unknownGrpcStatus) !== exclude,
  });
}

/** By dynamic metadata. Where the key is not set, `match_if_key_not_found` decides. */
function metadataFilter(
  { matcher, matchIfKeyNotFound = true }: MetadataFilter,
  ctx: ConfigContext,
): AccessLogFilterFactory {
  const namespace = matcher?.filter ?? '';
  const keys = matcher?.path.map(({ segment }) => segment.value ?? '') ?? [];
  const matches = matcher?.value === undefined ? undefined : parseValueMatcher(matcher.value, ctx.child('value'));
  return just({
    evaluate: (_log, streamInfo) => {
      const value = metadataValue(streamInfo.dynamicMetadata(namespace), keys);
      if (value === undefined) return matchIfKeyNotFound;
      return matches?.(value) ?? false;
    },
  });
}

function extensionFilter({ name, configType }: ExtensionFilter, ctx: ConfigContext): AccessLogFilterFactory {
  const found = resolveExtension<AccessLogFilterExtension>(ctx, 'envoy.access_loggers.extension_filters', {
    name,
    typedConfig: configType.value,
  });
  return found === undefined ? always : (context) => found.extension.createFilter(found.config, context);
}

/** In the order of envoy.data.accesslog.v3.AccessLogType. */
export const ACCESS_LOG_TYPES: readonly LogContext['accessLogType'][] = [
  'NotSet',
  'TcpUpstreamConnected',
  'TcpPeriodic',
  'TcpConnectionEnd',
  'DownstreamStart',
  'DownstreamPeriodic',
  'DownstreamEnd',
  'UpstreamPoolReady',
  'UpstreamPeriodic',
  'UpstreamEnd',
  'DownstreamTunnelSuccessfullyEstablished',
  'UdpTunnelUpstreamConnected',
  'UdpPeriodic',
  'UdpSessionEnd',
  'TcpConnectionStart',
];

function logTypeFilter(types: readonly number[], exclude: boolean): AccessLogFilterFactory {
  const wanted = new Set(types.map((type) => ACCESS_LOG_TYPES[type]));
  return just({ evaluate: (log) => wanted.has(log.accessLogType) !== exclude });
}
