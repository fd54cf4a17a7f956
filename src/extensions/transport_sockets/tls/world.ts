import { type ConfigContext, ConfigError, type ConfigResources } from '../../../../sdk/config.ts';
import type { CertificatesInUse, TransportSocketFactoryContext } from '../../../../sdk/extension.ts';
import { KeyLog } from '../../../network/tls/key-log.ts';
import type { TlsContext, TlsWorld } from '../../../network/tls/tls-context.ts';
import type { TlsOptions } from '../../../network/tls/tls-options.ts';
import { createFactoryStats, TlsStats } from '../../../network/tls/tls-stats.ts';
import { TlsThread } from '../../../network/tls/tls-thread.ts';
import type { Discovery } from './discovery.ts';

const threadKey = 'envoy.transport_sockets.tls';
const secretKey = 'envoy.transport_sockets.tls.ticket_secret';
/** Of 53 bits each. */
const secretNumbers = 5;

/** The thread's OpenSSL, with which configuration is tried. */
export function threadOf({ resources }: ConfigContext): TlsThread {
  const create = () => createThread(resources);
  return resources?.shared?.(threadKey, create) ?? create();
}

function createThread(resources: ConfigResources | undefined): TlsThread {
  return new TlsThread(resources?.nativeLedger);
}

/** Options of which a context has been made, and its certificates; undefined when that did not work or has to wait. */
export type TriedOptions<Options extends TlsOptions> = Options & {
  readonly inUse: CertificatesInUse | undefined;
  /** Undefined when no secret is discovered. */
  readonly discovery: Discovery<Options> | undefined;
};

/** Makes a context and drops it again; tells of its certificates, or gathers what is wrong with it. */
export function tryContext(ctx: ConfigContext, create: () => TlsContext): CertificatesInUse | undefined {
  try {
    using context = create();
    return context.certificatesInUse;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const { message } of error.problems) ctx.error(message);
    return undefined;
  }
}

/** What a context works with while it serves. */
export function worldOf(
  role: 'server' | 'client',
  { keyLog }: TlsOptions,
  context: TransportSocketFactoryContext,
): { readonly thread: TlsThread; readonly world: TlsWorld } {
  createFactoryStats(context.ownerScope, role);
  const world: TlsWorld = {
    stats: new TlsStats(context.ownerScope),
    keyLog:
      keyLog === undefined ? undefined : new KeyLog(context.accessLogManager.createAccessLog(keyLog.path), keyLog),
    setsGauges: context.workerIndex <= 0,
    now: () => context.timeSource.systemTimeMs(),
    ticketSecret: context.singleton(secretKey, () => sharedSecret(context)),
    unsupportedProtocols: context.unsupportedProtocols,
  };
  return { thread: context.singleton(threadKey, () => createThread(context.resources)), world };
}

/** The thread that comes first draws it, the others read what it drew. */
function sharedSecret(context: TransportSocketFactoryContext): Uint8Array {
  const drawn = Float64Array.from({ length: secretNumbers }, (_, i) => {
    const number = context.sharedNumber(`${secretKey}_${i}`);
    number.replace(0, context.random.random() || 1);
    return number.value;
  });
  return new Uint8Array(drawn.buffer);
}
