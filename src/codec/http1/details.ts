import type { CodecError } from '../../../sdk/codec.ts';

/** Response-code details of the HTTP/1 codec (Envoy: response_code_details.rst, "Per codec details"). */
export const Http1Details = {
  BodyDisallowed: 'http1.body_disallowed',
  CodecError: 'http1.codec_error',
  ConnectionHeaderRejected: 'http1.connection_header_rejected',
  ContentLengthAndChunked: 'http1.content_length_and_chunked_not_allowed',
  ContentLengthNotAllowed: 'http1.content_length_not_allowed',
  HeadersTooLarge: 'http1.headers_too_large',
  HttpsInPlaintext: 'http1.https_url_on_plaintext_connection',
  InvalidAuthority: 'http.invalid_authority',
  InvalidCharacters: 'http1.invalid_characters',
  InvalidScheme: 'http1.invalid_scheme',
  InvalidTransferEncoding: 'http1.invalid_transfer_encoding',
  InvalidUrl: 'http1.invalid_url',
  LowVersion: 'low_version',
  TooManyHeaders: 'http1.too_many_headers',
  TransferEncodingNotAllowed: 'http1.transfer_encoding_not_allowed',
  UnexpectedUnderscore: 'http1.unexpected_underscore',
} as const;

/** What is wrong with a message: the answer to it (of a request) and the words for the log. */
export interface Fault {
  readonly status: 400 | 403 | 426 | 431 | 501;
  readonly details: string;
  readonly message: string;
}

function fault(status: Fault['status'], details: string, message: string): Fault {
  return { status, details, message: `http/1.1 protocol error: ${message}` };
}

const codecFault = (message: string): Fault => fault(400, Http1Details.CodecError, message);

/** Messages are Envoy's; the ones that begin with HPE_ it keeps from http_parser. */
export const Faults = {
  BadMethod: codecFault('HPE_INVALID_METHOD'),
  BadUrl: codecFault('HPE_INVALID_URL'),
  BadVersion: codecFault('HPE_INVALID_VERSION'),
  BadStatusLine: codecFault('HPE_INVALID_CONSTANT'),
  BadStatus: codecFault('HPE_INVALID_STATUS'),
  BadHeaderName: codecFault('HPE_INVALID_HEADER_TOKEN'),
  MissingColon: codecFault('HEADER_MISSING_COLON'),
  LeadingWhitespace: codecFault('INVALID_HEADER_FORMAT'),
  BadContentLength: codecFault('UNPARSABLE_CONTENT_LENGTH'),
  SecondContentLength: codecFault('HPE_UNEXPECTED_CONTENT_LENGTH'),
  BadChunkSize: codecFault('HPE_INVALID_CHUNK_SIZE'),
  ChunkTooLong: codecFault('CHUNK_LENGTH_OVERFLOW'),
  BadChunkExtension: codecFault('INVALID_CHUNK_EXTENSION'),
  BadChunkEnd: codecFault('STRAY_DATA_AFTER_CHUNK'),
  BareLineFeed: codecFault('bare LF as a line end'),
  BareCarriageReturn: codecFault('CR without LF'),
  FoldedLine: codecFault('folded header line'),
  Extraneous: codecFault('extraneous data after response complete'),
  EndOfInput: codecFault('HPE_INVALID_EOF_STATE'),
  BadCharacters: fault(400, Http1Details.InvalidCharacters, 'header value contains invalid chars'),
  HeadersTooLarge: fault(431, Http1Details.HeadersTooLarge, 'headers size exceeds limit'),
  TrailersTooLarge: fault(431, Http1Details.HeadersTooLarge, 'trailers size exceeds limit'),
  TooManyHeaders: fault(431, Http1Details.TooManyHeaders, 'headers count exceeds limit'),
  TooManyTrailers: fault(431, Http1Details.TooManyHeaders, 'trailers count exceeds limit'),
  Underscore: fault(400, Http1Details.UnexpectedUnderscore, 'header name contains underscores'),
  ConnectWithBody: fault(400, Http1Details.BodyDisallowed, 'unsupported content length'),
  LengthAndEncoding: fault(
    400,
    Http1Details.ContentLengthAndChunked,
    "both 'Content-Length' and 'Transfer-Encoding' are set.",
  ),
  UnknownEncoding: fault(501, Http1Details.InvalidTransferEncoding, 'unsupported transfer encoding'),
  BadConnectionHeader: fault(400, Http1Details.ConnectionHeaderRejected, 'Invalid nominated headers in Connection.'),
  BadTarget: fault(400, Http1Details.InvalidUrl, 'invalid url in request line'),
  BadScheme: fault(400, Http1Details.InvalidScheme, 'invalid scheme'),
  HttpsInPlaintext: fault(403, Http1Details.HttpsInPlaintext, 'https in the clear'),
  BadAuthority: fault(400, Http1Details.InvalidAuthority, 'request headers failed spec compliance checks'),
  LowVersion: { ...fault(426, Http1Details.LowVersion, ''), message: 'Upgrade required for HTTP/1.0 or HTTP/0.9' },
  EncodingNotAllowed: fault(
    400,
    Http1Details.TransferEncodingNotAllowed,
    'transfer encoding not allowed in 1xx or 204',
  ),
  LengthNotAllowed: fault(400, Http1Details.ContentLengthNotAllowed, 'content length not allowed in 1xx or 204'),
} as const satisfies Record<string, Fault>;

export function protocolError(fault: Fault): CodecError {
  return { kind: 'protocol', details: fault.details, message: fault.message };
}
