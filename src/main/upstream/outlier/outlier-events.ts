/** The log of ejections (envoy.data.cluster.v3.OutlierDetectionEvent), a line of JSON each. */
import type { TimeSource } from '../../../../sdk/event.ts';
import type { AccessLogFile } from '../../../../sdk/extension.ts';
import { utf8Bytes } from '../../../common/byte-string.ts';
import type { JsonObject } from '../../admin/admin-context.ts';
import { timestamp } from '../../admin/config-dump-sections.ts';
import type { OutlierMonitor } from './outlier-monitor.ts';
import { OUTLIER_TYPES, type OutlierType } from './outlier-stats.ts';
import type { SuccessRateNumbers } from './success-rates.ts';

export class OutlierEvents {
  readonly #file: AccessLogFile;
  readonly #time: TimeSource;

  constructor(file: AccessLogFile, time: TimeSource) {
    this.#file = file;
    this.#time = time;
  }

  eject(
    cluster: string,
    monitor: OutlierMonitor,
    type: OutlierType,
    enforced: boolean,
    numbers: SuccessRateNumbers,
  ): void {
    const common = this.#common(OUTLIER_TYPES[type].event, cluster, monitor, monitor.lastUnejectionMs);
    this.#write({
      ...common,
      action: 'EJECT',
      ...this.#counts(monitor, enforced),
      ...detailOf(monitor, type, numbers),
    });
  }

  /** Of Envoy's message the type stays at its first value. */
  uneject(cluster: string, monitor: OutlierMonitor): void {
    const common = this.#common(OUTLIER_TYPES.consecutive5xx.event, cluster, monitor, monitor.lastEjectionMs);
    this.#write({ ...common, action: 'UNEJECT', ...this.#counts(monitor, false) });
  }

  #common(type: string, cluster: string, { host }: OutlierMonitor, lastMs: number | undefined): JsonObject {
    const sinceMs = lastMs === undefined ? undefined : this.#time.monotonicTimeMs() - lastMs;
    return {
      type,
      timestamp: timestamp(this.#time.systemTimeMs()),
      ...(sinceMs !== undefined && { secs_since_last_action: String(Math.floor(sinceMs / 1000)) }),
      cluster_name: cluster,
      upstream_url: host.addressText,
    };
  }

  #counts({ ejections }: OutlierMonitor, enforced: boolean): JsonObject {
    return { num_ejections: ejections, enforced };
  }

  #write(event: JsonObject): void {
    this.#file.write(utf8Bytes(`${JSON.stringify(event)}\n`));
  }
}

function detailOf({ successRates }: OutlierMonitor, type: OutlierType, numbers: SuccessRateNumbers): JsonObject {
  const isLocal = type === 'localOriginSuccessRate' || type === 'failurePercentageLocalOrigin';
  const host_success_rate = Math.trunc(successRates[isLocal ? 'local' : 'external']);
  switch (type) {
    case 'successRate':
    case 'localOriginSuccessRate':
      return {
        eject_success_rate_event: {
          host_success_rate,
          cluster_average_success_rate: Math.trunc(numbers.average),
          cluster_success_rate_ejection_threshold: Math.trunc(numbers.threshold),
        },
      };
    case 'failurePercentage':
    case 'failurePercentageLocalOrigin':
      return { eject_failure_percentage_event: { host_success_rate } };
    default:
      return { eject_consecutive_event: {} };
  }
}
