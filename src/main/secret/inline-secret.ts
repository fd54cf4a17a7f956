import type { DataSource } from '../../../api/generated/envoy/config/core/v3/base_pb.d.ts';
import type { Secret } from '../../../api/generated/envoy/extensions/transport_sockets/tls/v3/secret_pb.d.ts';
import { withFields } from '../../common/proto/merge-messages.ts';

/** A secret with the contents of its files instead of their names, and the folders in which a change of them is seen. */
export interface InlinedSecret {
  readonly secret: Secret;
  /** One for every file, or the one that the secret itself names. */
  readonly folders: readonly string[];
}

type Read = (path: string) => Uint8Array;

/** Throws what the system says of a file that cannot be read. */
export function inlineSecret(secret: Secret, read: Read): InlinedSecret {
  const folders: string[] = [];
  const inline = <S extends DataSource | undefined>(source: S): S => {
    if (source?.specifier.case !== 'filename') return source;
    const path = source.specifier.value;
    folders.push(path.slice(0, path.lastIndexOf('/') + 1) || './');
    return withFields<DataSource>(source, { specifier: { case: 'inlineBytes', value: read(path) } }) as S;
  };
  const { type } = secret;
  const inlined = (value: Secret['type'], watched?: { readonly path: string }): InlinedSecret => ({
    secret: withFields(secret, { type: value }),
    folders: watched === undefined ? folders : [`${watched.path}/`],
  });
  switch (type.case) {
    case 'tlsCertificate': {
      const { certificateChain, privateKey, password, ocspStaple, pkcs12, watchedDirectory } = type.value;
      const value = withFields(type.value, {
        certificateChain: inline(certificateChain),
        privateKey: inline(privateKey),
        password: inline(password),
        ocspStaple: inline(ocspStaple),
        pkcs12: inline(pkcs12),
        watchedDirectory: undefined,
      });
      return inlined({ case: type.case, value }, watchedDirectory);
    }
    case 'validationContext': {
      const { trustedCa, crl, watchedDirectory } = type.value;
      const value = withFields(type.value, {
        trustedCa: inline(trustedCa),
        crl: inline(crl),
        watchedDirectory: undefined,
      });
      return inlined({ case: type.case, value }, watchedDirectory);
    }
    case 'sessionTicketKeys': {
      const keys = type.value.keys.map((key) => inline(key));
      return inlined({ case: type.case, value: withFields(type.value, { keys }) });
    }
    default:
      return { secret, folders };
  }
}
