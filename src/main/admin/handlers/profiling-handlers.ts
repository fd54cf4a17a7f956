/**
 * Pages of Envoy's profilers and allocator. `/allocprofiler` asks V8; the others answer as an Envoy does that is built
 * without them.
 */
import type { AdminContext } from '../admin-context.ts';
import { type AdminHandler, type AdminParam, type AdminResponse, okReply, textReply } from '../admin-handler.ts';
import { jsonReply } from '../proto-json.ts';
import type { QueryParams } from '../query-params.ts';

const ON_OFF = ['y', 'n'];

function enableParam(help: string): AdminParam {
  return { name: 'enable', kind: 'choice', help, choices: ON_OFF };
}

const BAD_SWITCH = textReply('?enable=<y|n>\n', 400);

/** The value of a page's only parameter, undefined when it is not as it should be. */
function switchOf(query: QueryParams): string | undefined {
  const enable = query.size === 1 ? query.get('enable') : undefined;
  return enable !== undefined && ON_OFF.includes(enable) ? enable : undefined;
}

/** Envoy needs `admin.profile_path` to be writable; there is no CPU profiler here that could be. */
function cpuProfiler(query: QueryParams): AdminResponse {
  const enable = switchOf(query);
  if (enable === undefined) return BAD_SWITCH;
  return enable === 'y' ? textReply('failure to start the profiler', 500) : okReply();
}

/** What is allocated, as V8 sees it: in its `.heapprofile` format, where Envoy has tcmalloc's. */
function allocationProfiler(query: QueryParams, { allocations }: AdminContext): AdminResponse {
  const enable = switchOf(query);
  if (enable === undefined) return BAD_SWITCH;
  if (enable === 'y')
    return allocations.start() ? okReply() : textReply('Allocation profiler has already started', 400);
  const profile = allocations.stop();
  return profile === undefined ? textReply('Allocation profiler is not started', 400) : textReply(profile);
}

function unsupported(what: string): () => AdminResponse {
  return () => textReply(`The current build does not support ${what}`, 501);
}

/** With --enable-mutex-tracing: threads share no mutexes that could be contended. */
function contention(_query: QueryParams, context: AdminContext): AdminResponse {
  if (context.serverInfo().commandLineOptions.enable_mutex_tracing !== true) {
    return textReply('Mutex contention tracing is not enabled. To enable, run Envoy with flag --enable-mutex-tracing.');
  }
  return jsonReply({ num_contentions: '0', current_wait_cycles: '0', lifetime_wait_cycles: '0' });
}

function reader(path: string, help: string, handle: AdminHandler['handle']): AdminHandler {
  return { path, help, mutates: false, params: [], handle };
}

export const profilingHandlers: readonly AdminHandler[] = [
  {
    path: '/allocprofiler',
    help: 'enable/disable the allocation profiler (if supported)',
    mutates: true,
    params: [enableParam('enable/disable the allocation profiler')],
    handle: allocationProfiler,
  },
  {
    path: '/cpuprofiler',
    help: 'enable/disable the CPU profiler',
    mutates: true,
    params: [enableParam('enables the CPU profiler')],
    handle: cpuProfiler,
  },
  {
    path: '/heapprofiler',
    help: 'enable/disable the heap profiler',
    mutates: true,
    params: [enableParam('enable/disable the heap profiler')],
    handle: unsupported('heap profiler'),
  },
  reader('/contention', 'dump current Envoy mutex contention stats (if enabled)', contention),
  reader('/heap_dump', 'dump current Envoy heap (if supported)', unsupported('heap dump')),
  reader('/peak_heap_dump', 'dump peak Envoy heap (if supported)', unsupported('heap dump')),
  reader('/memory/tcmalloc', 'print TCMalloc stats', unsupported('TCMalloc stats')),
];
