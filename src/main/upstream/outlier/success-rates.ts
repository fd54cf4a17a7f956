/** Which hosts of a cluster fail much more often than the others. */
import type { RuntimeSnapshot } from '../../../../sdk/extension.ts';
import type { OutlierConfig } from '../../../common/upstream/outlier-config.ts';
import type { Origin } from '../../../common/upstream/outlier-counts.ts';
import type { OutlierMonitor } from './outlier-monitor.ts';

/** Percent; -1 = there were too few hosts or requests. */
export interface SuccessRateNumbers {
  readonly average: number;
  readonly threshold: number;
}

export const NO_NUMBERS: SuccessRateNumbers = Object.freeze({ average: -1, threshold: -1 });

export interface RateOutliers {
  readonly numbers: SuccessRateNumbers;
  readonly bySuccessRate: readonly OutlierMonitor[];
  readonly byFailurePercentage: readonly OutlierMonitor[];
}

/** Notes rates of hosts with enough requests in their monitors. */
export function findRateOutliers(
  monitors: readonly OutlierMonitor[],
  origin: Origin,
  config: OutlierConfig,
  runtime: RuntimeSnapshot,
): RateOutliers {
  const integer = (name: string, fallback: number) => runtime.getInteger(`outlier_detection.${name}`, fallback);
  const rateHosts = integer('success_rate_minimum_hosts', config.successRateMinimumHosts);
  const rateVolume = integer('success_rate_request_volume', config.successRateRequestVolume);
  const failureHosts = integer('failure_percentage_minimum_hosts', config.failurePercentageMinimumHosts);
  const failureVolume = integer('failure_percentage_request_volume', config.failurePercentageRequestVolume);
  const none = { numbers: NO_NUMBERS, bySuccessRate: [], byFailurePercentage: [] };
  if (monitors.length < rateHosts && monitors.length < failureHosts) return none;
  const serving = monitors.filter(({ isEjected }) => !isEjected);
  const withVolume = (volume: number) => serving.filter((each) => (each.successRate(origin)?.volume ?? -1) >= volume);
  for (const each of withVolume(Math.min(rateVolume, failureVolume))) each.successRates[origin] = rateOf(each, origin);
  const rated = withVolume(rateVolume);
  const isEnough = rated.length > 0 && rated.length >= rateHosts;
  const factor = integer('success_rate_stdev_factor', config.successRateStdevFactor) / 1000;
  const numbers = isEnough
    ? numbersOf(
        rated.map((each) => rateOf(each, origin)),
        factor,
      )
    : NO_NUMBERS;
  const failing = withVolume(failureVolume);
  const limit = integer('failure_percentage_threshold', config.failurePercentageThreshold);
  return {
    numbers,
    bySuccessRate: isEnough ? rated.filter((each) => rateOf(each, origin) < numbers.threshold) : [],
    byFailurePercentage:
      failing.length > 0 && failing.length >= failureHosts
        ? failing.filter((each) => 100 - rateOf(each, origin) >= limit)
        : [],
  };
}

function rateOf(monitor: OutlierMonitor, origin: Origin): number {
  return monitor.successRate(origin)?.rate ?? 0;
}

/** So many standard deviations below the mean. */
function numbersOf(rates: readonly number[], factor: number): SuccessRateNumbers {
  const average = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  const variance = rates.reduce((sum, rate) => sum + (rate - average) ** 2, 0) / rates.length;
  return { average, threshold: average - factor * Math.sqrt(variance) };
}
