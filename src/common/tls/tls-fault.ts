/** BoringSSL's words for the alerts of TLS (RFC 8446 section 6 and IANA's registry), by number. */
const reasons: ReadonlyMap<number, string> = new Map([
  [0, 'SSLV3_ALERT_CLOSE_NOTIFY'],
  [10, 'SSLV3_ALERT_UNEXPECTED_MESSAGE'],
  [20, 'SSLV3_ALERT_BAD_RECORD_MAC'],
  [21, 'TLSV1_ALERT_DECRYPTION_FAILED'],
  [22, 'TLSV1_ALERT_RECORD_OVERFLOW'],
  [30, 'SSLV3_ALERT_DECOMPRESSION_FAILURE'],
  [40, 'SSLV3_ALERT_HANDSHAKE_FAILURE'],
  [41, 'SSLV3_ALERT_NO_CERTIFICATE'],
  [42, 'SSLV3_ALERT_BAD_CERTIFICATE'],
  [43, 'SSLV3_ALERT_UNSUPPORTED_CERTIFICATE'],
  [44, 'SSLV3_ALERT_CERTIFICATE_REVOKED'],
  [45, 'SSLV3_ALERT_CERTIFICATE_EXPIRED'],
  [46, 'SSLV3_ALERT_CERTIFICATE_UNKNOWN'],
  [47, 'SSLV3_ALERT_ILLEGAL_PARAMETER'],
  [48, 'TLSV1_ALERT_UNKNOWN_CA'],
  [49, 'TLSV1_ALERT_ACCESS_DENIED'],
  [50, 'TLSV1_ALERT_DECODE_ERROR'],
  [51, 'TLSV1_ALERT_DECRYPT_ERROR'],
  [60, 'TLSV1_ALERT_EXPORT_RESTRICTION'],
  [70, 'TLSV1_ALERT_PROTOCOL_VERSION'],
  [71, 'TLSV1_ALERT_INSUFFICIENT_SECURITY'],
  [80, 'TLSV1_ALERT_INTERNAL_ERROR'],
  [86, 'TLSV1_ALERT_INAPPROPRIATE_FALLBACK'],
  [90, 'TLSV1_ALERT_USER_CANCELLED'],
  [100, 'TLSV1_ALERT_NO_RENEGOTIATION'],
  [110, 'TLSV1_ALERT_UNSUPPORTED_EXTENSION'],
  [111, 'TLSV1_ALERT_CERTIFICATE_UNOBTAINABLE'],
  [112, 'TLSV1_ALERT_UNRECOGNIZED_NAME'],
  [113, 'TLSV1_ALERT_BAD_CERTIFICATE_STATUS_RESPONSE'],
  [114, 'TLSV1_ALERT_BAD_CERTIFICATE_HASH_VALUE'],
  [115, 'TLSV1_ALERT_UNKNOWN_PSK_IDENTITY'],
  [116, 'TLSV1_ALERT_CERTIFICATE_REQUIRED'],
  [120, 'TLSV1_ALERT_NO_APPLICATION_PROTOCOL'],
  [121, 'TLSV1_ALERT_ECH_REQUIRED'],
]);

const alertBase = 1000;
const sslLibrary = 0x1000_0000;

/** A fault of TLS by the number and word that BoringSSL has for it: what Envoy logs. */
export interface TlsFault {
  readonly code: number;
  readonly reason: string;
}

/** Of an alert that the peer sent. */
export function alertFault(description: number): TlsFault {
  const code = alertBase + description;
  return { code, reason: reasons.get(description) ?? `reason(${code})` };
}

/** As the error queue of BoringSSL prints it. */
export function tlsFaultText({ code, reason }: TlsFault): string {
  return `error:${(sslLibrary + code).toString(16)}:SSL routines:OPENSSL_internal:${reason}`;
}
