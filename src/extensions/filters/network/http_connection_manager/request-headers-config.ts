import type { HttpConnectionManager } from '../../../../../api/generated/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import {
  type EarlyHeaderMutationExtension,
  type OriginalIpDetectionExtension,
  type RequestIdExtension,
  type ResolvedExtension,
  resolveExtension,
} from '../../../../../sdk/extension.ts';
import { CidrRange } from '../../../../common/network/cidr.ts';
import type { HostOptions } from '../../../../worker/http/host-normalization.ts';
import {
  type InternalAddressCheck,
  internalAddressCheck,
  nobodyIsInternal,
} from '../../../../worker/http/internal-address.ts';
import type { EscapedSlashesAction, PathOptions } from '../../../../worker/http/path-normalization.ts';
import { type ForwardClientCertConfig, parseForwardClientCert } from './forward-client-cert-config.ts';

/** What becomes of request headers; the thread's own objects are added in create.ts. */
export interface RequestHeadersConfig {
  readonly useRemoteAddress: boolean;
  readonly xffNumTrustedHops: number;
  readonly skipXffAppend: boolean;
  readonly appendXForwardedPort: boolean;
  readonly schemeToSet: string;
  readonly protoByPort: ReadonlyMap<number, 'http' | 'https'> | undefined;
  readonly isInternal: InternalAddressCheck;
  readonly addUserAgent: boolean;
  readonly generateRequestId: boolean;
  readonly preserveExternalRequestId: boolean;
  readonly forwardClientCert: ForwardClientCertConfig;
  /** Empty = x-forwarded-for with xffNumTrustedHops. */
  readonly originalIpDetection: readonly ResolvedExtension<OriginalIpDetectionExtension>[];
  /** Undefined = envoy.request_id.uuid with its defaults. */
  readonly requestId: ResolvedExtension<RequestIdExtension> | undefined;
}

export function parseRequestHeaders(config: HttpConnectionManager, ctx: ConfigContext): RequestHeadersConfig {
  return {
    useRemoteAddress: config.useRemoteAddress ?? false,
    xffNumTrustedHops: config.xffNumTrustedHops,
    skipXffAppend: config.skipXffAppend,
    appendXForwardedPort: config.appendXForwardedPort,
    schemeToSet: schemeToSet(config),
    protoByPort: parseForwardProto(config),
    isInternal: parseInternalAddresses(config, ctx),
    addUserAgent: config.addUserAgent ?? false,
    generateRequestId: config.generateRequestId ?? true,
    preserveExternalRequestId: config.preserveExternalRequestId,
    forwardClientCert: parseForwardClientCert(config, ctx),
    originalIpDetection: parseOriginalIpDetection(config, ctx),
    requestId: parseRequestId(config, ctx),
  };
}

/** A port in both lists is one of https. */
function parseForwardProto({ forwardProtoConfig: config }: HttpConnectionManager): RequestHeadersConfig['protoByPort'] {
  if (config === undefined) return undefined;
  return new Map([
    ...config.httpDestinationPorts.map((port) => [port, 'http'] as const),
    ...config.httpsDestinationPorts.map((port) => [port, 'https'] as const),
  ]);
}

function schemeToSet({ schemeHeaderTransformation }: HttpConnectionManager): string {
  const transformation = schemeHeaderTransformation?.transformation;
  return transformation?.case === 'schemeToOverwrite' ? transformation.value : '';
}

function parseInternalAddresses(config: HttpConnectionManager, ctx: ConfigContext): InternalAddressCheck {
  const internal = config.internalAddressConfig;
  if (internal === undefined) return nobodyIsInternal;
  const ranges = internal.cidrRanges.flatMap(({ addressPrefix, prefixLen }, i) => {
    const range = CidrRange.of(addressPrefix, prefixLen ?? 0);
    const place = ctx.child('internal_address_config').child('cidr_ranges', i);
    if (range === undefined) place.error(`malformed IP address: ${addressPrefix}`);
    return range === undefined ? [] : [range];
  });
  return internalAddressCheck(ranges, internal.unixSockets);
}

function parseOriginalIpDetection(
  config: HttpConnectionManager,
  ctx: ConfigContext,
): ResolvedExtension<OriginalIpDetectionExtension>[] {
  const configs = config.originalIpDetectionExtensions;
  if (configs.length > 0 && config.useRemoteAddress === true) {
    ctx.error('Original IP detection extensions and use_remote_address may not be mixed');
  }
  if (configs.length > 0 && config.xffNumTrustedHops > 0) {
    ctx.error('Original IP detection extensions and xff_num_trusted_hops may not be mixed');
  }
  return configs.flatMap(({ name, typedConfig }, i) => {
    const place = ctx.child('original_ip_detection_extensions', i);
    const found = resolveExtension<OriginalIpDetectionExtension>(place, 'envoy.http.original_ip_detection', {
      name,
      typedConfig,
    });
    return found === undefined ? [] : [found];
  });
}

export function parseEarlyHeaderMutations(
  { earlyHeaderMutationExtensions: configs }: HttpConnectionManager,
  ctx: ConfigContext,
): ResolvedExtension<EarlyHeaderMutationExtension>[] {
  return configs.flatMap(
    (config, i) =>
      resolveExtension<EarlyHeaderMutationExtension>(
        ctx.child('early_header_mutation_extensions', i),
        'envoy.http.early_header_mutation',
        { name: config.name, typedConfig: config.typedConfig },
      ) ?? [],
  );
}

function parseRequestId(
  config: HttpConnectionManager,
  ctx: ConfigContext,
): ResolvedExtension<RequestIdExtension> | undefined {
  const typedConfig = config.requestIdExtension?.typedConfig;
  if (typedConfig === undefined) return undefined;
  const place = ctx.child('request_id_extension');
  return resolveExtension<RequestIdExtension>(place, 'envoy.request_id', { name: '', typedConfig });
}

const SLASH_ACTIONS: readonly EscapedSlashesAction[] = [
  'KeepUnchanged',
  'KeepUnchanged',
  'RejectRequest',
  'UnescapeAndRedirect',
  'UnescapeAndForward',
];

/** Undefined when paths stay as they come. */
export function parsePathOptions(config: HttpConnectionManager): PathOptions | undefined {
  const normalize = config.normalizePath ?? false;
  const escapedSlashes = SLASH_ACTIONS[config.pathWithEscapedSlashesAction] ?? 'KeepUnchanged';
  if (!normalize && !config.mergeSlashes && escapedSlashes === 'KeepUnchanged') return undefined;
  return { normalize, mergeSlashes: config.mergeSlashes, escapedSlashes };
}

/** Undefined when hosts stay as they come. */
export function parseHostOptions(config: HttpConnectionManager, ctx: ConfigContext): HostOptions | undefined {
  const any = config.stripPortMode.case === 'stripAnyHostPort' && config.stripPortMode.value;
  const matching = config.stripMatchingHostPort;
  if (any && matching) {
    ctx.error('Error: Only one of `strip_matching_host_port` or `strip_any_host_port` can be set.');
  }
  if (!any && !matching && !config.stripTrailingHostDot) return undefined;
  return { stripPort: any ? 'any' : matching ? 'matching' : 'none', stripTrailingDot: config.stripTrailingHostDot };
}
