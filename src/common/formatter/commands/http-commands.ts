import type { LogContext } from '../../../../sdk/extension.ts';
import type { StreamInfo } from '../../../../sdk/stream-info.ts';
import { grpcStatusOf } from '../../access-log/grpc-status.ts';
import { isGrpcRequest } from '../../headers/grpc.ts';
import { bare, type Command, withParams } from '../command-syntax.ts';
import { BytesProvider, NumberProvider } from '../provider.ts';

const camelNames: readonly string[] = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
];

/** With absl's spelling of the second. */
const snakeNames: readonly string[] = camelNames.map((name, code) => {
  if (code === 1) return 'CANCELLED';
  return code === 0 ? name : name.replace(/(?<=[a-z])[A-Z]/g, '_$&').toUpperCase();
});

function statusOfGrpcRequest(context: LogContext, streamInfo: StreamInfo): number | undefined {
  const { requestHeaders } = context;
  return requestHeaders !== undefined && isGrpcRequest(requestHeaders) ? grpcStatusOf(context, streamInfo) : undefined;
}

function grpcStatusName(names: readonly string[]): BytesProvider {
  return new BytesProvider((context, streamInfo) => {
    const status = statusOfGrpcRequest(context, streamInfo);
    return status === undefined ? undefined : (names[status] ?? String(status));
  });
}

const grpcStatus = withParams('optional params', 'without length', ({ params }, ctx) => {
  switch (params) {
    case '':
    case 'CAMEL_STRING':
      return grpcStatusName(camelNames);
    case 'SNAKE_STRING':
      return grpcStatusName(snakeNames);
    case 'NUMBER':
      return new NumberProvider(statusOfGrpcRequest);
    default:
      ctx.error(`GrpcStatusFormatter only supports CAMEL_STRING, SNAKE_STRING or NUMBER. Got: ${params}`);
      return undefined;
  }
});

export const httpCommands: readonly (readonly [string, Command])[] = [
  ['LOCAL_REPLY_BODY', bare(new BytesProvider((context) => context.localReplyBody))],
  ['ACCESS_LOG_TYPE', bare(new BytesProvider((context) => context.accessLogType))],
  ['GRPC_STATUS', grpcStatus],
  ['GRPC_STATUS_NUMBER', bare(new NumberProvider(statusOfGrpcRequest))],
  ['REQUEST_HEADERS_BYTES', bare(new NumberProvider((context) => context.requestHeaders?.byteSize ?? 0))],
  ['RESPONSE_HEADERS_BYTES', bare(new NumberProvider((context) => context.responseHeaders?.byteSize ?? 0))],
  ['RESPONSE_TRAILERS_BYTES', bare(new NumberProvider((context) => context.responseTrailers?.byteSize ?? 0))],
  // There is no tracing yet: no span, no id.
  ['TRACE_ID', bare(new BytesProvider(() => undefined))],
  ['SPAN_ID', bare(new BytesProvider(() => undefined))],
];
