import type { TlsFault } from '../../common/tls/tls-fault.ts';

const fault = (code: number, reason: string): TlsFault => ({ code, reason });

/** Why bytes are no ClientHello. */
export const HelloFaults = {
  BadAlert: fault(102, 'BAD_ALERT'),
  ClientHelloParseFailed: fault(131, 'CLIENTHELLO_PARSE_FAILED'),
  ConnectionRejected: fault(133, 'CONNECTION_REJECTED'),
  DecodeError: fault(137, 'DECODE_ERROR'),
  EncryptedLengthTooLong: fault(146, 'ENCRYPTED_LENGTH_TOO_LONG'),
  ErrorParsingExtension: fault(149, 'ERROR_PARSING_EXTENSION'),
  ExcessiveMessageSize: fault(150, 'EXCESSIVE_MESSAGE_SIZE'),
  HttpsProxyRequest: fault(155, 'HTTPS_PROXY_REQUEST'),
  HttpRequest: fault(156, 'HTTP_REQUEST'),
  RecordLengthMismatch: fault(199, 'RECORD_LENGTH_MISMATCH'),
  RecordTooLarge: fault(200, 'RECORD_TOO_LARGE'),
  TooManyEmptyFragments: fault(219, 'TOO_MANY_EMPTY_FRAGMENTS'),
  TooManyWarningAlerts: fault(220, 'TOO_MANY_WARNING_ALERTS'),
  UnexpectedMessage: fault(223, 'UNEXPECTED_MESSAGE'),
  UnexpectedRecord: fault(225, 'UNEXPECTED_RECORD'),
  UnknownAlertType: fault(227, 'UNKNOWN_ALERT_TYPE'),
  WrongVersionNumber: fault(247, 'WRONG_VERSION_NUMBER'),
  ExcessHandshakeData: fault(255, 'EXCESS_HANDSHAKE_DATA'),
} as const satisfies Readonly<Record<string, TlsFault>>;
