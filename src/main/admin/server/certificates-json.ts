import type { CertificateInUse, CertificatesInUse } from '../../../../sdk/extension.ts';
import { daysUntil } from '../../certificate-directory.ts';
import type { JsonObject } from '../admin-context.ts';
import { timestamp } from '../config-dump-sections.ts';

/** envoy.admin.v3.Certificate, every field of it. */
export function certificatesJson({ authorities, presented }: CertificatesInUse, nowMs: number): JsonObject {
  return {
    ca_cert: authorities.map((certificate) => detailsJson(certificate, nowMs)),
    cert_chain: presented.map((certificate) => detailsJson(certificate, nowMs)),
  };
}

function detailsJson({ path, certificate, ocspResponse }: CertificateInUse, nowMs: number): JsonObject {
  const { serialNumber, dnsSans, uriSans, ipSans, validFromMs, expirationMs } = certificate;
  return {
    path,
    serial_number: serialNumber,
    subject_alt_names: [
      ...dnsSans.map((dns) => ({ dns })),
      ...uriSans.map((uri) => ({ uri })),
      ...ipSans.map((ip) => ({ ip_address: ip })),
    ],
    days_until_expiration: String(daysUntil(expirationMs, nowMs)),
    valid_from: timestamp(validFromMs),
    expiration_time: timestamp(expirationMs),
    ...(ocspResponse === undefined
      ? {}
      : {
          ocsp_details: {
            valid_from: timestamp(ocspResponse.validFromMs),
            expiration: timestamp(ocspResponse.expirationMs),
          },
        }),
  };
}
