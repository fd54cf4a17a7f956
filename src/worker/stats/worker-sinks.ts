import type { StatsConfig, StatsSink } from '../../../api/generated/envoy/config/metrics/v3/stats_pb.d.ts';
import { ConfigContext, ConfigErrorCollector } from '../../../sdk/config.ts';
import type { ExtensionLookup } from '../../../sdk/extension.ts';
import type { TypeRegistry } from '../../common/proto/type-registry.ts';
import { parseStatsSinks } from '../../common/stats/sinks/parse-stats-sinks.ts';
import type { ThreadSinks } from '../../common/stats/sinks/thread-sinks.ts';
import { parseStatsConfig } from '../../common/stats/stats-config.ts';
import type { SocketEngine } from '../../network/engine/engine.ts';
import type { StatsSinksSnapshot } from '../../snapshot/worker-messages.ts';

export interface SinkParts {
  readonly types: TypeRegistry;
  readonly extensions: ExtensionLookup;
  readonly engine: Pick<SocketEngine, 'connectUdp'>;
}

/** Opens a worker's sinks: they hear of its samples, the rest is main's to tell. */
export function openWorkerSinks(sinks: ThreadSinks, snapshot: StatsSinksSnapshot, parts: SinkParts): void {
  const { types, extensions, engine } = parts;
  const collector = new ConfigErrorCollector();
  const ctx = new ConfigContext(collector, '', types, extensions);
  const decode = (type: string, bytes: Uint8Array) => types.requireDecoded(types.requireMessage(type), bytes);
  const messages = snapshot.sinks.map((bytes) => decode('envoy.config.metrics.v3.StatsSink', bytes) as StatsSink);
  const config = snapshot.config && (decode('envoy.config.metrics.v3.StatsConfig', snapshot.config) as StatsConfig);
  const configured = parseStatsSinks(messages, ctx);
  const checked = parseStatsConfig(config, snapshot.tags, ctx);
  collector.throwIfAny();
  sinks.open(configured, checked, { connectUdp: (address) => engine.connectUdp({ address }) });
}
