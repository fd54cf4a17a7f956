import type { RequestHeaderMap } from '../../../sdk/headers.ts';
import { HeaderNames } from '../../common/headers/names.ts';
import { parseRetryGrpcOn, parseRetryOn } from '../../common/router/retry-on.ts';

/** The first of the named headers whose value is not what it must be (`strict_check_headers`). */
export function findInvalidHeader(headers: RequestHeaderMap, names: readonly string[]): string | undefined {
  return names.find((name) => {
    const value = headers.get(name);
    return value !== undefined && !isValid(name, value);
  });
}

function isValid(name: string, value: string): boolean {
  if (name === HeaderNames.EnvoyRetryOn) return parseRetryOn(value).known;
  if (name === HeaderNames.EnvoyRetryGrpcOn) return parseRetryGrpcOn(value).known;
  return /^\d{1,20}$/.test(value);
}
