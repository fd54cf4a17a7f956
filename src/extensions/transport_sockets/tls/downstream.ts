import type { TlsSessionTicketKeys } from '../../../../api/generated/envoy/extensions/transport_sockets/tls/v3/common_pb.d.ts';
import type {
  CommonTlsContext,
  DownstreamTlsContext,
} from '../../../../api/generated/envoy/extensions/transport_sockets/tls/v3/tls_pb.d.ts';
import type { ConfigContext } from '../../../../sdk/config.ts';
import type { TransportSocketFactoryContext } from '../../../../sdk/extension.ts';
import type { TransportSocketFactory } from '../../../../sdk/network.ts';
import { durationMs } from '../../../common/upstream/proto-values.ts';
import { ServerTlsContext } from '../../../network/tls/server-context.ts';
import { ticketKeyBytes } from '../../../network/tls/session-ticket-keys.ts';
import { type OcspStaplePolicy, type ServerTlsOptions, tlsVersions } from '../../../network/tls/tls-options.ts';
import { TlsSocket } from '../../../network/tls/tls-socket.ts';
import { withDiscovery } from './discovery.ts';
import { parseCommonContext } from './parse-common-context.ts';
import { readSource } from './read-source.ts';
import { findSecret } from './secrets.ts';
import { type TriedOptions, threadOf, tryContext, worldOf } from './world.ts';

const policies: readonly OcspStaplePolicy[] = ['LENIENT_STAPLING', 'STRICT_STAPLING', 'MUST_STAPLE'];

/** Envoy's words. */
const INSECURE_DEFAULT =
  'Using deprecated insecure default of not requiring client cert when a validation context is configured. ' +
  'This default will be changed in a future version. Please explicitly configure a value for require_client_certificate.';

/** Checks a DownstreamTlsContext, and that OpenSSL takes its certificates. */
export function parseDownstream(config: DownstreamTlsContext, ctx: ConfigContext): TriedOptions<ServerTlsOptions> {
  const validation = config.commonTlsContext?.validationContextType.case;
  if (validation !== undefined && config.requireClientCertificate === undefined)
    ctx.resources?.noteDeprecatedUse?.(INSECURE_DEFAULT);
  return withDiscovery(ctx, (at, isPending) => readDownstream(config, at, isPending));
}

function readDownstream(
  config: DownstreamTlsContext,
  ctx: ConfigContext,
  isPending: () => boolean,
): Omit<TriedOptions<ServerTlsOptions>, 'discovery'> {
  const { commonTlsContext: common, sessionTicketKeysType: ticketKeys } = config;
  const thread = threadOf(ctx);
  const known = ctx.collector.problems.length;
  const at = ctx.child('common_tls_context');
  const options: ServerTlsOptions = {
    ...parseCommonContext(common, tlsVersions.tls13, thread, at),
    requireClientCertificate: config.requireClientCertificate ?? false,
    ocspStaplePolicy: policies[config.ocspStaplePolicy] ?? 'LENIENT_STAPLING',
    sessionTicketKeys: parseTicketKeys(ticketKeys, ctx),
    disableStatelessSessionResumption: ticketKeys.case === 'disableStatelessSessionResumption' && ticketKeys.value,
    disableStatefulSessionResumption: config.disableStatefulSessionResumption,
    sessionTimeoutSeconds: sessionTimeout(config, ctx),
    fullScanCertsOnSniMismatch: config.fullScanCertsOnSniMismatch ?? false,
    preferClientCiphers: config.preferClientCiphers,
  };
  checkCertificateCount(common, at);
  const isFaulty = ctx.collector.problems.length > known;
  const inUse = isFaulty || isPending() ? undefined : tryContext(at, () => new ServerTlsContext(thread, options, []));
  return { ...options, inUse };
}

function checkCertificateCount(common: CommonTlsContext | undefined, ctx: ConfigContext): void {
  const inline = common?.tlsCertificates.length ?? 0;
  const named = common?.tlsCertificateSdsSecretConfigs.length ?? 0;
  if (inline + named === 0) ctx.error('No TLS certificates found for server context');
  if (inline > 0 && named > 0) ctx.error('SDS and non-SDS TLS certificates may not be mixed in server contexts');
}

/** In whole seconds; undefined = OpenSSL's. */
function sessionTimeout({ sessionTimeout: timeout }: DownstreamTlsContext, ctx: ConfigContext): number | undefined {
  const ms = durationMs(timeout);
  if (ms !== undefined && ms < 0) ctx.child('session_timeout').error('Invalid duration: Expected positive duration');
  return ms === undefined ? undefined : Math.floor(ms / 1000);
}

function parseTicketKeys(type: DownstreamTlsContext['sessionTicketKeysType'], ctx: ConfigContext): Uint8Array[] {
  if (type.case === 'sessionTicketKeys') return readTicketKeys(type.value, ctx.child('session_ticket_keys'));
  if (type.case !== 'sessionTicketKeysSdsSecretConfig') return [];
  const place = ctx.child('session_ticket_keys_sds_secret_config');
  const secret = findSecret('sessionTicketKeys', type.value, place);
  return secret === undefined ? [] : readTicketKeys(secret, place);
}

function readTicketKeys({ keys }: TlsSessionTicketKeys, ctx: ConfigContext): Uint8Array[] {
  return keys.flatMap((source, i) => {
    const at = ctx.child('keys', i);
    const { bytes, path } = readSource(source, 'is a fault', at);
    if (bytes.length === 0 && path !== '') return [];
    if (bytes.length === ticketKeyBytes) return [bytes];
    at.error(`Incorrect TLS session ticket key length. Length ${bytes.length}, expected length ${ticketKeyBytes}.`);
    return [];
  });
}

/** TLS for the connections of a filter chain. */
export function createDownstreamFactory(
  options: ServerTlsOptions,
  context: TransportSocketFactoryContext,
): TransportSocketFactory {
  const { thread, world } = worldOf('server', options, context);
  const tls = new ServerTlsContext(thread, options, context.serverNames, world);
  return {
    implementsSecureTransport: true,
    createTransportSocket: () => new TlsSocket(tls, 'server'),
    [Symbol.dispose]: () => tls[Symbol.dispose](),
  };
}
