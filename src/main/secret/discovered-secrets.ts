import type { Secret } from '../../../api/generated/envoy/extensions/transport_sockets/tls/v3/secret_pb.d.ts';
import type {
  ConfigContext,
  DiscoveredSecret,
  SecretKind,
  SecretLookup,
  SecretSubscription,
} from '../../../sdk/config.ts';
import { secretKey, ThreadSecrets } from '../../common/secret/thread-secrets.ts';

/** What Envoy calls the discovery of each kind. */
const apiNames: Readonly<Record<SecretKind, string>> = {
  tlsCertificate: 'TlsCertificateSdsApi',
  validationContext: 'CertificateValidationContextSdsApi',
  sessionTicketKeys: 'TlsSessionTicketKeysSdsApi',
  genericSecret: 'GenericSecretSdsApi',
};

export interface Asked {
  readonly subscription: SecretSubscription;
  /** Of all who ask for it. */
  readonly checks: SecretSubscription['check'][];
}

/**
 * Main's secrets: notes, while the configuration is read, what is to be discovered, and holds what has been. Whoever
 * starts the server follows `asked`.
 */
export class DiscoveredSecrets implements SecretLookup {
  readonly asked = new Map<string, Asked>();
  readonly #secrets: ThreadSecrets;
  readonly #hasNode: boolean;

  /** @param hasNode whether the node has an id and a cluster. */
  constructor(statics: SecretLookup, hasNode: boolean) {
    this.#secrets = new ThreadSecrets(statics);
    this.#hasNode = hasNode;
  }

  staticSecret(kind: SecretKind, name: string) {
    return this.#secrets.staticSecret(kind, name);
  }

  discover(subscription: SecretSubscription, ctx: ConfigContext): DiscoveredSecret | undefined {
    const { kind, path, check } = subscription;
    if (!this.#hasNode) {
      const how = "Set it either in 'node' config or via --service-node and --service-cluster options.";
      ctx.error(`${apiNames[kind]}: node 'id' and 'cluster' are required. ${how}`);
      return undefined;
    }
    if (!(ctx.resources?.readFile(path) instanceof Uint8Array)) {
      ctx.error(`paths must refer to an existing path in the system: '${path}' does not exist`);
      return undefined;
    }
    const key = secretKey(subscription);
    const asked = this.asked.get(key) ?? { subscription, checks: [] };
    this.asked.set(key, asked);
    asked.checks.push(check);
    return this.#secrets.discover(subscription);
  }

  onChange(key: string, callback: () => void): Disposable {
    return this.#secrets.onChange(key, callback);
  }

  /** Takes a secret if all who ask for it can work with it; else says why not and keeps the old one. */
  offer(key: string, secret: Secret): string | undefined {
    const { value } = secret.type;
    if (value === undefined) return 'Secret type not implemented';
    const before = this.#secrets.get(key);
    this.#secrets.put(key, value);
    for (const check of this.asked.get(key)?.checks ?? []) {
      const problem = check();
      if (problem === undefined) continue;
      this.#secrets.put(key, before);
      return problem;
    }
    this.#secrets.set(key, value);
    return undefined;
  }
}
