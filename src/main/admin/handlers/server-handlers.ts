/** What the server is and does: state, memory, certificates, health, exit (source/server/admin/server_info_handler.cc). */
import type { AdminContext, JsonObject } from '../admin-context.ts';
import { type AdminHandler, type AdminResponse, okReply, textReply } from '../admin-handler.ts';
import { jsonReply, listField } from '../proto-json.ts';
import type { QueryParams } from '../query-params.ts';

function ready(_query: QueryParams, context: AdminContext): AdminResponse {
  const { state } = context.serverInfo();
  return textReply(`${state}\n`, state === 'LIVE' ? 200 : 503);
}

function serverInfo(_query: QueryParams, context: AdminContext): AdminResponse {
  const info = context.serverInfo();
  return jsonReply({
    version: info.version,
    state: info.state,
    uptime_current_epoch: `${Math.floor(info.uptimeCurrentEpochSeconds)}s`,
    uptime_all_epochs: `${Math.floor(info.uptimeAllEpochsSeconds)}s`,
    hot_restart_version: info.hotRestartVersion,
    command_line_options: info.commandLineOptions,
    node: info.node,
    hot_restart_initializing: false,
  });
}

function memory(_query: QueryParams, context: AdminContext): AdminResponse {
  const memory = context.memory();
  return jsonReply({
    allocated: String(memory.allocated),
    heap_size: String(memory.heapSize),
    pageheap_unmapped: String(memory.pageheapUnmapped),
    pageheap_free: String(memory.pageheapFree),
    total_thread_cache: String(memory.totalThreadCache),
    total_physical_bytes: String(memory.totalPhysicalBytes),
  });
}

function certs(_query: QueryParams, context: AdminContext): AdminResponse {
  return jsonReply({ certificates: [...context.certificates()] });
}

function initDump(query: QueryParams, context: AdminContext): AdminResponse {
  const mask = query.get('mask');
  const dumps: JsonObject[] = [];
  for (const [component, unready] of context.unreadyTargets()) {
    if (mask !== undefined && mask !== component) continue;
    for (const { name, targetNames } of unready) dumps.push({ name, target_names: listField(targetNames) });
  }
  return jsonReply({ unready_targets_dumps: listField(dumps) });
}

function quit(_query: QueryParams, context: AdminContext): AdminResponse {
  return { ...okReply(), afterwards: () => context.lifecycle.shutdown() };
}

function healthcheck(fail: boolean): AdminHandler {
  return {
    path: fail ? '/healthcheck/fail' : '/healthcheck/ok',
    help: `cause the server to ${fail ? 'fail' : 'pass'} health checks`,
    mutates: true,
    params: [],
    handle(_query, context) {
      context.lifecycle.failHealthcheck(fail);
      return okReply();
    },
  };
}

function reader(path: string, help: string, handle: AdminHandler['handle']): AdminHandler {
  return { path, help, mutates: false, params: [], handle };
}

export const serverHandlers: readonly AdminHandler[] = [
  reader('/ready', 'print server state, return 200 if LIVE, otherwise return 503', ready),
  reader('/server_info', 'print server version/status information', serverInfo),
  reader('/memory', 'print current allocation/heap usage', memory),
  reader('/certs', 'print certs on machine', certs),
  reader('/hot_restart_version', 'print the hot restart compatibility version', (_query, context) =>
    textReply(context.serverInfo().hotRestartVersion),
  ),
  {
    path: '/init_dump',
    help: 'dump current Envoy init manager information (experimental)',
    mutates: false,
    params: [
      {
        name: 'mask',
        kind: 'text',
        help:
          'The desired component to dump unready targets. The mask is parsed as a Protobuf::FieldMask. For example, ' +
          'get the unready targets of all listeners with /init_dump?mask=listener`',
      },
    ],
    handle: initDump,
  },
  healthcheck(true),
  healthcheck(false),
  { path: '/quitquitquit', help: 'exit the server', mutates: true, params: [], handle: quit },
  {
    path: '/reopen_logs',
    help: 'reopen access logs',
    mutates: true,
    params: [],
    handle(_query, context) {
      context.lifecycle.reopenLogs();
      return okReply();
    },
  },
];
