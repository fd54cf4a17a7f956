import type { FixedHeapConfig } from '../../../../api/generated/envoy/extensions/resource_monitors/fixed_heap/v3/fixed_heap_pb.ts';
import type { ResourceMonitorExtension } from '../../../../sdk/extension.ts';

interface FixedHeapLimit {
  readonly bytes: number;
  /** '' = none: what runtime has under it stands over `bytes`. */
  readonly runtimeKey: string;
}

/** envoy.resource_monitors.fixed_heap: what the process holds of memory, against a limit. */
export const fixedHeap: ResourceMonitorExtension<FixedHeapLimit> = {
  category: 'envoy.resource_monitors',
  name: 'envoy.resource_monitors.fixed_heap',
  configTypes: ['envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig'],

  parseConfig(message, ctx) {
    const { maxHeapSizeBytes, maxHeapSizeBytesRuntime: runtime } = message as FixedHeapConfig;
    if (maxHeapSizeBytes !== 0n && runtime !== undefined) {
      ctx.error('fixed_heap: exactly one of max_heap_size_bytes or max_heap_size_bytes_runtime must be set');
    }
    const bytes = Number(runtime?.defaultValue ?? maxHeapSizeBytes);
    if (bytes === 0) ctx.error('fixed_heap: max heap size must be greater than 0');
    return { bytes, runtimeKey: runtime?.runtimeKey ?? '' };
  },

  createMonitor: ({ bytes, runtimeKey }, { processMemoryBytes, runtime }) => ({
    pressure() {
      const limit = runtimeKey === '' ? bytes : runtime.snapshot.getInteger(runtimeKey, bytes);
      return processMemoryBytes() / limit;
    },
  }),
};
