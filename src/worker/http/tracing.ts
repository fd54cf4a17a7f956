import type { Runtime } from '../../../sdk/extension.ts';
import type { RequestHeaderMap, ResponseHeaderMap } from '../../../sdk/headers.ts';
import type { Fraction, TracingSampling } from '../../../sdk/router.ts';
import type { TraceReason } from '../../../sdk/stream-info.ts';
import { HeaderNames } from '../../common/headers/names.ts';
import type { ActiveStream } from './active-stream.ts';

export interface TracingOptions {
  readonly sampling: TracingSampling;
  readonly runtime: Runtime;
  /** Requests leave our machine: the listener's traffic direction is OUTBOUND. */
  readonly isEgress: boolean;
}

const ALL: Fraction = { numerator: 100, denominator: 100 };
const DRAWS = 10_000;
const HEADER = HeaderNames.EnvoyDecoratorOperation;

/** Decides whether a request is traced, and says so in its id (ConnectionManagerUtility::mutateTracingRequestHeader). */
export function decideTracing(stream: ActiveStream, options: TracingOptions, headers: RequestHeaderMap): void {
  if (stream.internallyCreated) return;
  stream.streamInfo.traceReason = reasonOf(stream, options, headers);
}

function reasonOf(stream: ActiveStream, options: TracingOptions, headers: RequestHeaderMap): TraceReason {
  const { tracing: ids } = stream.config.requestId;
  if (ids === undefined) return 'Sampling';
  const drawn = ids.toInteger(headers);
  if (drawn === undefined) return 'NotTraceable';
  const sampling = stream.route()?.tracing ?? options.sampling;
  const { snapshot } = options.runtime;
  const isOn = (key: string, fraction: Fraction = ALL, draw?: number) =>
    snapshot.featureEnabled(key, fraction.numerator, fraction.denominator, draw);
  let reason = ids.reason(headers);
  if (reason === 'NotTraceable') {
    if (headers.has(HeaderNames.ClientTraceId) && isOn('tracing.client_enabled', sampling.client)) {
      reason = 'ClientForced';
    } else if (headers.has(HeaderNames.EnvoyForceTrace)) {
      reason = 'ServiceForced';
    } else if (isOn('tracing.random_sampling', sampling.random, drawn % DRAWS)) {
      reason = 'Sampling';
    }
    if (reason !== 'NotTraceable') ids.setReason(headers, reason);
  }
  if (reason !== 'NotTraceable' && !isOn('tracing.global_enabled', sampling.overall, drawn % DRAWS)) {
    reason = 'NotTraceable';
    ids.setReason(headers, reason);
  }
  return reason;
}

/** Counts, and tells the upstream the operation's name, or takes the client's. */
export function beginTracing(stream: ActiveStream, { isEgress }: TracingOptions, headers: RequestHeaderMap): void {
  count(stream);
  const decorator = stream.route()?.decorator;
  const operation = decorator?.propagate === true ? decorator.operation : '';
  if (isEgress) {
    if (operation !== '') headers.set(HEADER, operation);
    return;
  }
  stream.decoratedOperation = headers.get(HEADER) ? '' : operation;
  headers.remove(HEADER);
}

/** Tells the client the operation's name; of an upstream it is for us alone. */
export function tellOperation(stream: ActiveStream, { isEgress }: TracingOptions, headers: ResponseHeaderMap): void {
  if (isEgress) headers.remove(HEADER);
  else if (stream.decoratedOperation !== '') headers.set(HEADER, stream.decoratedOperation);
}

function count({ streamInfo, config }: ActiveStream): void {
  const { tracingStats: stats } = config;
  switch (streamInfo.traceReason) {
    case 'ClientForced':
      return stats?.clientEnabled.inc();
    case 'ServiceForced':
      return stats?.serviceForced.inc();
    case 'Sampling':
      return stats?.randomSampling.inc();
    case 'NotTraceable':
      return stats?.notTraceable.inc();
  }
}
