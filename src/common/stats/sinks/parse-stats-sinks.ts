import type { StatsSink as StatsSinkProto } from '../../../../api/generated/envoy/config/metrics/v3/stats_pb.d.ts';
import type { ConfigContext } from '../../../../sdk/config.ts';
import { type ResolvedExtension, resolveExtension } from '../../../../sdk/extension.ts';
import type { StatsSinkExtension } from '../../../../sdk/stats-sink.ts';

export type ConfiguredSink = ResolvedExtension<StatsSinkExtension>;

/** `stats_sinks` of the bootstrap; faults are gathered in `ctx`, the bootstrap's place. */
export function parseStatsSinks(sinks: readonly StatsSinkProto[], ctx: ConfigContext): readonly ConfiguredSink[] {
  return sinks.flatMap(({ name, configType }, index) => {
    const named = { name, typedConfig: configType.value };
    const found = resolveExtension<StatsSinkExtension>(ctx.child('stats_sinks', index), 'envoy.stats_sinks', named);
    return found === undefined ? [] : [found];
  });
}
