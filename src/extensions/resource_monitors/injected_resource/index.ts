import type { InjectedResourceConfig } from '../../../../api/generated/envoy/extensions/resource_monitors/injected_resource/v3/injected_resource_pb.ts';
import type { ResourceMonitorExtension } from '../../../../sdk/extension.ts';

const NUMBER = /^\s*(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i;

/** envoy.resource_monitors.injected_resource: a number between 0 and 1 in a file, for trying a configuration out. */
export const injectedResource: ResourceMonitorExtension<string> = {
  category: 'envoy.resource_monitors',
  name: 'envoy.resource_monitors.injected_resource',
  configTypes: ['envoy.extensions.resource_monitors.injected_resource.v3.InjectedResourceConfig'],

  parseConfig: (message) => (message as InjectedResourceConfig).filename,

  createMonitor: (path, { resources }) => ({
    pressure() {
      const content = resources.readFile(path);
      if ('error' in content) return undefined;
      const text = new TextDecoder().decode(content);
      const value = NUMBER.test(text) ? Number(text) : Number.NaN;
      return value >= 0 && value <= 1 ? value : undefined;
    },
  }),
};
