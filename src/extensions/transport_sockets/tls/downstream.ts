import type { TlsSessionTicketKeys } from '../../../../api/generated/envoy/extensions/transport_sockets/tls/v3/common_pb.d.ts';
import type { DownstreamTlsContext } from '../../../../api/generated/envoy/extensions/transport_sockets/tls/v3/tls_pb.d.ts';
import type { ConfigContext } from '../../../../sdk/config.ts';
import type { TransportSocketFactoryContext } from '../../../../sdk/extension.ts';
import type { TransportSocketFactory } from '../../../../sdk/network.ts';
import { durationMs } from '../../../common/upstream/proto-values.ts';
import { ServerTlsContext } from '../../../network/tls/server-context.ts';
import { ticketKeyBytes } from '../../../network/tls/session-ticket-keys.ts';
import { type OcspStaplePolicy, type ServerTlsOptions, tlsVersions } from '../../../network/tls/tls-options.ts';
import { TlsSocket } from '../../../network/tls/tls-socket.ts';
import { parseCommonContext } from './parse-common-context.ts';
import { readSource } from './read-source.ts';
import { threadOf, tryContext, worldOf } from './world.ts';

const policies: readonly OcspStaplePolicy[] = ['LENIENT_STAPLING', 'STRICT_STAPLING', 'MUST_STAPLE'];

/** Checks a DownstreamTlsContext, and that OpenSSL takes its certificates. */
export function parseDownstream(config: DownstreamTlsContext, ctx: ConfigContext): ServerTlsOptions {
  const { commonTlsContext: common, sessionTicketKeysType: ticketKeys } = config;
  const thread = threadOf(ctx);
  const known = ctx.collector.problems.length;
  if (ticketKeys.case === 'sessionTicketKeysSdsSecretConfig')
    ctx.child('session_ticket_keys_sds_secret_config').error('secrets by name are not supported yet');
  const at = ctx.child('common_tls_context');
  const options: ServerTlsOptions = {
    ...parseCommonContext(common, tlsVersions.tls13, thread, at),
    requireClientCertificate: config.requireClientCertificate ?? false,
    ocspStaplePolicy: policies[config.ocspStaplePolicy] ?? 'LENIENT_STAPLING',
    sessionTicketKeys: ticketKeys.case === 'sessionTicketKeys' ? parseTicketKeys(ticketKeys.value, ctx) : [],
    disableStatelessSessionResumption: ticketKeys.case === 'disableStatelessSessionResumption' && ticketKeys.value,
    disableStatefulSessionResumption: config.disableStatefulSessionResumption,
    sessionTimeoutSeconds: sessionTimeout(config, ctx),
    fullScanCertsOnSniMismatch: config.fullScanCertsOnSniMismatch ?? false,
    preferClientCiphers: config.preferClientCiphers,
  };
  if ((common?.tlsCertificates.length ?? 0) === 0) at.error('No TLS certificates found for server context');
  if (ctx.collector.problems.length === known) tryContext(at, () => new ServerTlsContext(thread, options, []));
  return Object.freeze(options);
}

/** In whole seconds; undefined = OpenSSL's. */
function sessionTimeout({ sessionTimeout: timeout }: DownstreamTlsContext, ctx: ConfigContext): number | undefined {
  const ms = durationMs(timeout);
  if (ms !== undefined && ms < 0) ctx.child('session_timeout').error('Invalid duration: Expected positive duration');
  return ms === undefined ? undefined : Math.floor(ms / 1000);
}

function parseTicketKeys({ keys }: TlsSessionTicketKeys, ctx: ConfigContext): Uint8Array[] {
  return keys.flatMap((source, i) => {
    const at = ctx.child('session_ticket_keys').child('keys', i);
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
