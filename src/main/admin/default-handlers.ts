/** Every page that a server has from the start. */
import type { AdminHandler } from './admin-handler.ts';
import { clustersHandler } from './handlers/clusters-handler.ts';
import { configDumpHandler } from './handlers/config-dump-handler.ts';
import { listenerHandlers } from './handlers/listener-handlers.ts';
import { loggingHandler } from './handlers/logging-handler.ts';
import { profilingHandlers } from './handlers/profiling-handlers.ts';
import { runtimeHandlers } from './handlers/runtime-handlers.ts';
import { serverHandlers } from './handlers/server-handlers.ts';
import { statsHandlers } from './handlers/stats-handlers.ts';

export function defaultAdminHandlers(): AdminHandler[] {
  return [
    clustersHandler,
    configDumpHandler,
    loggingHandler,
    ...listenerHandlers,
    ...profilingHandlers,
    ...runtimeHandlers,
    ...serverHandlers,
    ...statsHandlers,
  ];
}
