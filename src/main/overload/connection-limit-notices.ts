import type { Logger, Runtime } from '../../../sdk/extension.ts';

const monitor = '`envoy.resource_monitors.global_downstream_max_connections`';
const runtimeKey = 'overload.global_downstream_max_connections';

/** Envoy's words at a start without a monitor of the process's connections, or with the runtime key that came before it. */
export function tellOfConnectionLimit(isMonitored: boolean, runtime: Runtime, logger: Logger): void {
  if (runtime.snapshot.getString(runtimeKey) !== undefined) {
    logger.warn(
      `Usage of the deprecated runtime key ${runtimeKey}, consider switching to ${monitor} instead.` +
        'This runtime key will be removed in future.',
    );
  }
  if (isMonitored) return;
  logger.warn(
    'There is no configured limit to the number of allowed active downstream connections. ' +
      `Configure a limit in ${monitor} resource monitor.`,
  );
}
