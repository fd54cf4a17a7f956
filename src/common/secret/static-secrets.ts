import type { Secret } from '../../../api/generated/envoy/extensions/transport_sockets/tls/v3/secret_pb.d.ts';
import type { ConfigContext, SecretKind, SecretLookup } from '../../../sdk/config.ts';

type Values = ReadonlyMap<string, Secret>;

/** The kinds in the order in which /config_dump has them, and what Envoy's errors call them. */
const kinds: readonly (readonly [SecretKind, string])[] = [
  ['tlsCertificate', 'TlsCertificate'],
  ['validationContext', 'CertificateValidationContext'],
  ['sessionTicketKeys', 'TlsSessionTicketKeys'],
  ['genericSecret', 'GenericSecret'],
];

/** `static_resources.secrets` by kind and name: each kind has names of its own. What is in them is read where they are used. */
export class StaticSecrets implements SecretLookup {
  readonly #byKind: ReadonlyMap<SecretKind, Values>;

  private constructor(byKind: ReadonlyMap<SecretKind, Values>) {
    this.#byKind = byKind;
  }

  /** Checks the secrets of a bootstrap. */
  static parse(secrets: readonly Secret[], ctx: ConfigContext): StaticSecrets {
    const byKind = new Map(kinds.map(([kind]) => [kind, new Map<string, Secret>()]));
    for (const [i, secret] of secrets.entries()) {
      const place = ctx.child('secrets', i);
      const { name } = secret;
      const values = secret.type.case === undefined ? undefined : byKind.get(secret.type.case);
      if (values === undefined) place.error('Secret type not implemented');
      else if (values.has(name)) place.child('name').error(`Duplicate static ${titleOf(secret)} secret name ${name}`);
      else values.set(name, secret);
    }
    return new StaticSecrets(byKind);
  }

  /** Those that were checked on another thread. */
  static of(secrets: readonly Secret[]): StaticSecrets {
    const byKind = kinds.map(([kind]) => {
      const own = secrets.filter(({ type }) => type.case === kind);
      return [kind, new Map(own.map((secret) => [secret.name, secret]))] as const;
    });
    return new StaticSecrets(new Map(byKind));
  }

  get all(): readonly Secret[] {
    return [...this.#byKind.values()].flatMap((values) => [...values.values()]);
  }

  staticSecret(kind: SecretKind, name: string): Secret['type']['value'] {
    return this.#byKind.get(kind)?.get(name)?.type.value;
  }
}

function titleOf({ type }: Secret): string {
  return kinds.find(([kind]) => kind === type.case)?.[1] ?? '';
}
