import type { CpuUtilizationConfig } from '../../../../api/generated/envoy/extensions/resource_monitors/cpu_utilization/v3/cpu_utilization_pb.d.ts';
import type { ConfigResources } from '../../../../sdk/config.ts';
import type { ResourceMonitor, ResourceMonitorExtension } from '../../../../sdk/extension.ts';

const container = 1;
/** How much the newest period counts. */
const dampeningAlpha = 0.05;

interface CpuTimes {
  readonly work: number;
  readonly total: number;
}

/** The share of the time between two looks in which the machine's CPUs worked, dampened. */
class CpuUtilizationMonitor implements ResourceMonitor {
  readonly #resources: ConfigResources;
  #previous: CpuTimes | undefined;
  #utilization = 0;

  constructor(resources: ConfigResources) {
    this.#resources = resources;
    this.#previous = readTimes(resources);
  }

  pressure(): number | undefined {
    const now = readTimes(this.#resources);
    const before = this.#previous;
    if (now === undefined || before === undefined) return undefined;
    const work = now.work - before.work;
    const total = now.total - before.total;
    if (work < 0 || total <= 0) return undefined;
    this.#previous = now;
    this.#utilization = (work / total) * dampeningAlpha + this.#utilization * (1 - dampeningAlpha);
    return this.#utilization;
  }
}

/** User, nice and system time are work, idle time is none (proc_stat(5)). */
function readTimes(resources: ConfigResources): CpuTimes | undefined {
  const content = resources.readFile('/proc/stat');
  if ('error' in content) return undefined;
  const line = /^cpu +(\d+) (\d+) (\d+) (\d+)/.exec(new TextDecoder().decode(content));
  if (line === null) return undefined;
  const [user = 0, nice = 0, system = 0, idle = 0] = line.slice(1).map(Number);
  return { work: user + nice + system, total: user + nice + system + idle };
}

/** envoy.resource_monitors.cpu_utilization, of the host. */
export const cpuUtilization: ResourceMonitorExtension<undefined> = {
  category: 'envoy.resource_monitors',
  name: 'envoy.resource_monitors.cpu_utilization',
  configTypes: ['envoy.extensions.resource_monitors.cpu_utilization.v3.CpuUtilizationConfig'],

  parseConfig(message, ctx) {
    if ((message as CpuUtilizationConfig).mode === container)
      ctx.child('mode').error('mode CONTAINER is not supported yet');
    return undefined;
  },

  createMonitor: (_config, { resources }) => new CpuUtilizationMonitor(resources),
};
