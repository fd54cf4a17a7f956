/**
 * The Prometheus page as length-delimited `io.prometheus.client.MetricFamily` messages (api/overlay). Written field by
 * field: a page may have millions of metrics. Numbers are written though they are 0, as proto2 does with what is set.
 */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { quantiles, SUPPORTED_QUANTILES, sampleCount, sampleSum } from '../../common/stats/histogram-statistics.ts';
import { nativeHistogram } from '../../common/stats/native-histogram.ts';
import type { MergedHistogram } from './merged-histogram.ts';
import { STATS_A_TURN } from './merged-stats.ts';
import type { LabelSet, PrometheusFormat, PrometheusType } from './prometheus-format.ts';

/** How histograms are shown. */
export type ProtobufHistograms =
  | { readonly kind: 'summary' }
  | { readonly kind: 'cumulative' }
  | { readonly kind: 'native'; readonly maxBuckets: number };

const TYPES: Readonly<Record<PrometheusType, number>> = { counter: 0, gauge: 1, summary: 2, histogram: 4 };
const PAUSE = new Uint8Array(0);
const ZERO_THRESHOLD = 0.5;
const PERCENT_ZERO_THRESHOLD = 5e-7;
/** Of a native histogram without samples. */
const EMPTY_SCHEMA = 3;

/** Of the NaN that Envoy's histograms give. */
const NAN_BITS = 0x7fff_ffff_ffff_ffffn;

type Write = (writer: BinaryWriter) => void;

export class PrometheusProtobuf implements PrometheusFormat<Uint8Array> {
  readonly histogramType: PrometheusType;
  readonly #histograms: ProtobufHistograms;

  constructor(histograms: ProtobufHistograms) {
    this.#histograms = histograms;
    this.histogramType = histograms.kind === 'summary' ? 'summary' : 'histogram';
  }

  number(type: PrometheusType, _name: string, labels: LabelSet, value: number): Uint8Array {
    const field = type === 'gauge' ? 2 : 3;
    return metric(labels, (writer) => message(writer, field, (child) => double(child, 1, unsigned(value))));
  }

  textReadout(_name: string, { tags }: LabelSet, value: string): Uint8Array {
    const all = [...tags, { name: 'text_value', value }];
    return metric({ tags: all }, (writer) => message(writer, 2, (child) => double(child, 1, 0)));
  }

  histogram(_name: string, labels: LabelSet, histogram: MergedHistogram): Uint8Array {
    const shown = this.#histograms;
    return metric(labels, (writer) => {
      if (shown.kind === 'summary') message(writer, 4, (child) => writeSummary(child, histogram));
      else if (shown.kind === 'cumulative') message(writer, 7, (child) => writeBuckets(child, histogram));
      else message(writer, 7, (child) => writeNative(child, histogram, shown.maxBuckets));
    });
  }

  /** The length stands in front: all metrics of the name have to be there first. */
  *family(name: string, type: PrometheusType, metrics: Iterable<Uint8Array>): Iterable<Uint8Array> {
    const head = new BinaryWriter().tag(1, WireType.LengthDelimited).string(name);
    const pieces: Uint8Array[] = [head.tag(3, WireType.Varint).int32(TYPES[type]).finish()];
    let length = pieces[0]?.length ?? 0;
    for (const bytes of metrics) {
      pieces.push(bytes);
      length += bytes.length;
      if (pieces.length % STATS_A_TURN === 0) yield PAUSE;
    }
    yield new BinaryWriter().uint32(length).finish();
    yield* pieces;
  }

  join(pieces: readonly Uint8Array[]): Uint8Array {
    let length = 0;
    for (const piece of pieces) length += piece.length;
    const joined = new Uint8Array(length);
    let at = 0;
    for (const piece of pieces) {
      joined.set(piece, at);
      at += piece.length;
    }
    return joined;
  }
}

/** Gauges are 64-bit unsigned in Envoy. */
function unsigned(value: number): number {
  return value >= 0 ? Math.floor(value) : Number(BigInt.asUintN(64, BigInt(Math.floor(value))));
}

/** As a field of its family. */
function metric({ tags }: Pick<LabelSet, 'tags'>, value: Write): Uint8Array {
  const writer = new BinaryWriter();
  message(writer, 4, (child) => {
    for (const tag of tags) {
      message(child, 1, (pair) => {
        pair.tag(1, WireType.LengthDelimited).string(tag.name);
        pair.tag(2, WireType.LengthDelimited).string(tag.value);
      });
    }
    value(child);
  });
  return writer.finish();
}

function message(writer: BinaryWriter, field: number, write: Write): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  write(writer);
  writer.join();
}

function double(writer: BinaryWriter, field: number, value: number): void {
  writer.tag(field, WireType.Bit64);
  if (Number.isNaN(value)) writer.fixed64(NAN_BITS);
  else writer.double(value);
}

function uint64(writer: BinaryWriter, field: number, value: number): void {
  writer.tag(field, WireType.Varint).uint64(value);
}

function writeSummary(writer: BinaryWriter, { interval }: MergedHistogram): void {
  uint64(writer, 1, sampleCount(interval));
  double(writer, 2, sampleSum(interval));
  for (const [at, value] of quantiles(interval, SUPPORTED_QUANTILES).entries()) {
    message(writer, 3, (quantile) => {
      double(quantile, 1, SUPPORTED_QUANTILES[at] as number);
      double(quantile, 2, value);
    });
  }
}

/** There is no bucket for what is above the last border: the count tells. */
function writeBuckets(writer: BinaryWriter, histogram: MergedHistogram): void {
  const { cumulative, buckets } = histogram;
  uint64(writer, 1, sampleCount(cumulative));
  double(writer, 2, sampleSum(cumulative));
  for (const [at, count] of histogram.cumulativeBuckets().entries()) {
    message(writer, 3, (bucket) => {
      uint64(bucket, 1, count);
      double(bucket, 2, buckets[at] as number);
    });
  }
}

function writeNative(writer: BinaryWriter, { cumulative, unit }: MergedHistogram, maxBuckets: number): void {
  const count = sampleCount(cumulative);
  if (count === 0) return writeEmptyNative(writer);
  const zeroThreshold = unit === 'percent' ? PERCENT_ZERO_THRESHOLD : ZERO_THRESHOLD;
  const native = nativeHistogram(cumulative, zeroThreshold, maxBuckets);
  uint64(writer, 1, count);
  double(writer, 2, sampleSum(cumulative));
  writer.tag(5, WireType.Varint).sint32(native.schema);
  double(writer, 6, zeroThreshold);
  uint64(writer, 7, native.zeroCount);
  for (const { offset, length } of native.spans) writeSpan(writer, offset, length);
  for (const delta of native.deltas) writer.tag(13, WireType.Varint).sint64(delta);
}

/** A span without buckets tells that it is a native histogram. */
function writeEmptyNative(writer: BinaryWriter): void {
  writer.tag(5, WireType.Varint).sint32(EMPTY_SCHEMA);
  uint64(writer, 7, 0);
  writeSpan(writer, 0, 0);
}

function writeSpan(writer: BinaryWriter, offset: number, length: number): void {
  message(writer, 12, (span) => span.tag(1, WireType.Varint).sint32(offset).tag(2, WireType.Varint).uint32(length));
}
