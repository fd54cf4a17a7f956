import type { CgroupMemoryConfig } from '../../../../api/generated/envoy/extensions/resource_monitors/cgroup_memory/v3/cgroup_memory_pb.d.ts';
import type { ConfigResources } from '../../../../sdk/config.ts';
import type { ResourceMonitorExtension } from '../../../../sdk/extension.ts';

interface Files {
  readonly usage: string;
  readonly limit: string;
}

/** Of version 2 and of version 1, in the order in which they are looked for. */
const versions: readonly Files[] = [
  { usage: '/sys/fs/cgroup/memory.current', limit: '/sys/fs/cgroup/memory.max' },
  { usage: '/sys/fs/cgroup/memory/memory.usage_in_bytes', limit: '/sys/fs/cgroup/memory/memory.limit_in_bytes' },
];

/** envoy.resource_monitors.cgroup_memory: what the control group holds of memory, against its limit or the configured one if that is less. */
export const cgroupMemory: ResourceMonitorExtension<number> = {
  category: 'envoy.resource_monitors',
  name: 'envoy.resource_monitors.cgroup_memory',
  configTypes: ['envoy.extensions.resource_monitors.cgroup_memory.v3.CgroupMemoryConfig'],

  parseConfig: (message) => Number((message as CgroupMemoryConfig).maxMemoryBytes) || Number.POSITIVE_INFINITY,

  createMonitor: (maxBytes, { resources }) => ({
    pressure() {
      const files = versions.find(({ usage }) => readNumber(resources, usage) !== undefined);
      if (files === undefined) return undefined;
      const usage = readNumber(resources, files.usage);
      const limit = readNumber(resources, files.limit);
      if (usage === undefined || limit === undefined) return undefined;
      return usage / Math.min(limit, maxBytes);
    },
  }),
};

/** `max` and -1 stand for no limit. */
function readNumber(resources: ConfigResources, path: string): number | undefined {
  const content = resources.readFile(path);
  if ('error' in content) return undefined;
  const text = new TextDecoder().decode(content).trim();
  if (text === 'max' || text === '-1') return Number.POSITIVE_INFINITY;
  return /^\d+$/.test(text) ? Number(text) : undefined;
}
