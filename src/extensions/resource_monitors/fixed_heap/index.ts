import type { FixedHeapConfig } from '../../../../api/generated/envoy/extensions/resource_monitors/fixed_heap/v3/fixed_heap_pb.ts';
import type { ResourceMonitorExtension } from '../../../../sdk/extension.ts';

/** envoy.resource_monitors.fixed_heap: what the process holds of memory, against a limit. */
export const fixedHeap: ResourceMonitorExtension<number> = {
  category: 'envoy.resource_monitors',
  name: 'envoy.resource_monitors.fixed_heap',
  configTypes: ['envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig'],

  parseConfig(message, ctx) {
    const config = message as FixedHeapConfig;
    const { maxHeapSizeBytes } = config;
    ctx.requireSupported(config, ['maxHeapSizeBytes']);
    if (maxHeapSizeBytes === 0n) ctx.error('fixed_heap: max heap size must be greater than 0');
    return Number(maxHeapSizeBytes);
  },

  createMonitor: (maxBytes, { processMemoryBytes }) => ({ pressure: () => processMemoryBytes() / maxBytes }),
};
