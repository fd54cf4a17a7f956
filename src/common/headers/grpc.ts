import type { RequestHeaderMap } from '../../../sdk/headers.ts';
import { HeaderNames } from './names.ts';

/** `application/grpc`, alone or with a suffix that begins with `+`; what has no path, as CONNECT, calls no method. */
export function isGrpcRequest(headers: RequestHeaderMap): boolean {
  if (headers.path === '') return false;
  const contentType = headers.get(HeaderNames.ContentType);
  if (contentType === undefined || !contentType.startsWith('application/grpc')) return false;
  return contentType.length === 16 || contentType[16] === '+';
}
