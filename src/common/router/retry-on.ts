/** Conditions of retries, as bits (x-envoy-retry-on and x-envoy-retry-grpc-on). */
export const RetryOn = {
  '5xx': 0x1,
  'gateway-error': 0x2,
  'connect-failure': 0x4,
  'retriable-4xx': 0x8,
  'refused-stream': 0x10,
  cancelled: 0x20,
  'deadline-exceeded': 0x40,
  'resource-exhausted': 0x80,
  unavailable: 0x100,
  'retriable-status-codes': 0x200,
  internal: 0x400,
  'retriable-headers': 0x800,
  'envoy-ratelimited': 0x1000,
  reset: 0x2000,
  'http3-post-connect-failure': 0x4000,
  'reset-before-request': 0x8000,
} as const;

const GRPC_ON: ReadonlyMap<string, number> = new Map(
  (['cancelled', 'deadline-exceeded', 'resource-exhausted', 'unavailable', 'internal'] as const).map((name) => [
    name,
    RetryOn[name],
  ]),
);
const HTTP_ON: ReadonlyMap<string, number> = new Map(Object.entries(RetryOn).filter(([name]) => !GRPC_ON.has(name)));

/** Conditions of a comma-separated list; `known` is false when there is one that we do not know. */
export interface ParsedRetryOn {
  readonly bits: number;
  readonly known: boolean;
}

/** Those of HTTP, as `x-envoy-retry-on` has them. */
export function parseRetryOn(list: string): ParsedRetryOn {
  return parseList(list, HTTP_ON);
}

/** Those of gRPC, as `x-envoy-retry-grpc-on` has them. */
export function parseRetryGrpcOn(list: string): ParsedRetryOn {
  return parseList(list, GRPC_ON);
}

function parseList(list: string, conditions: ReadonlyMap<string, number>): ParsedRetryOn {
  let bits = 0;
  let known = true;
  for (const item of list.split(',')) {
    const bit = conditions.get(item.trim());
    if (bit !== undefined) bits |= bit;
    else if (item !== '') known = false;
  }
  return { bits, known };
}
