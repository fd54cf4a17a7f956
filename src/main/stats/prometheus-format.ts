/** How the Prometheus page writes what it shows: as text or as messages. */
import type { Tag } from '../../common/stats/tags.ts';
import type { MergedHistogram } from './merged-histogram.ts';

export type PrometheusType = 'counter' | 'gauge' | 'summary' | 'histogram';

/** Labels of a metric. Many have the same: one object then. */
export interface LabelSet {
  /** As `name="value",…`, escaped. */
  readonly text: string;
  /** Names sanitised, values as they are. */
  readonly tags: readonly Tag[];
}

/** `P` is a piece of the page. */
export interface PrometheusFormat<P extends string | Uint8Array> {
  readonly histogramType: PrometheusType;
  number(type: PrometheusType, name: string, labels: LabelSet, value: number): P;
  textReadout(name: string, labels: LabelSet, value: string): P;
  histogram(name: string, labels: LabelSet, histogram: MergedHistogram): P;
  /** All metrics of a name; an empty piece is a pause. */
  family(name: string, type: PrometheusType, metrics: Iterable<P>): Iterable<P>;
  join(pieces: readonly P[]): P;
}
