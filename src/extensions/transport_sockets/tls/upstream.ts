import type {
  CommonTlsContext,
  UpstreamTlsContext,
} from '../../../../api/generated/envoy/extensions/transport_sockets/tls/v3/tls_pb.d.ts';
import type { ConfigContext } from '../../../../sdk/config.ts';
import type { TransportSocketFactoryContext } from '../../../../sdk/extension.ts';
import type { TransportSocketFactory } from '../../../../sdk/network.ts';
import { ClientTlsContext } from '../../../network/tls/client-context.ts';
import { type ClientTlsOptions, tlsVersions } from '../../../network/tls/tls-options.ts';
import { withDiscovery } from './discovery.ts';
import { parseCommonContext } from './parse-common-context.ts';
import { type TriedOptions, threadOf, tryContext, worldOf } from './world.ts';

const defaultMaxSessionKeys = 1;

/** Checks an UpstreamTlsContext, and that OpenSSL takes its certificates. */
export function parseUpstream(config: UpstreamTlsContext, ctx: ConfigContext): TriedOptions<ClientTlsOptions> {
  return withDiscovery(ctx, (at, isPending) => readUpstream(config, at, isPending));
}

function readUpstream(
  config: UpstreamTlsContext,
  ctx: ConfigContext,
  isPending: () => boolean,
): Omit<TriedOptions<ClientTlsOptions>, 'discovery'> {
  const thread = threadOf(ctx);
  const known = ctx.collector.problems.length;
  const at = ctx.child('common_tls_context');
  if (config.sni.includes('\0')) ctx.child('sni').error('SNI names containing NULL-byte are not allowed');
  if (certificateCount(config.commonTlsContext) > 1)
    at.error('Multiple TLS certificates are not supported for client contexts');
  // `enforce_rsa_key_usage` says nothing any more, as in Envoy: key usage is always looked at.
  const options: ClientTlsOptions = {
    // Clients speak TLS 1.2 unless they are told otherwise, as in Envoy.
    ...parseCommonContext(config.commonTlsContext, tlsVersions.tls12, thread, at),
    sni: config.sni,
    autoHostSni: config.autoHostSni,
    autoSniSanMatch: config.autoSniSanValidation,
    allowRenegotiation: config.allowRenegotiation,
    maxSessionKeys: config.maxSessionKeys ?? defaultMaxSessionKeys,
  };
  const isFaulty = ctx.collector.problems.length > known;
  const inUse = isFaulty || isPending() ? undefined : tryContext(at, () => new ClientTlsContext(thread, options));
  return { ...options, inUse };
}

function certificateCount(common: CommonTlsContext | undefined): number {
  return (common?.tlsCertificates.length ?? 0) + (common?.tlsCertificateSdsSecretConfigs.length ?? 0);
}

/** TLS for the connections to a cluster. */
export function createUpstreamFactory(
  options: ClientTlsOptions,
  context: TransportSocketFactoryContext,
): TransportSocketFactory {
  const { thread, world } = worldOf('client', options, context);
  const tls = new ClientTlsContext(thread, options, world);
  return {
    implementsSecureTransport: true,
    createTransportSocket: (_role, host, socketOptions) => tls.createSocket(host?.hostname ?? '', socketOptions),
    [Symbol.dispose]: () => tls[Symbol.dispose](),
  };
}
