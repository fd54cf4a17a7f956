import type { Problem } from './project.ts';

/** What a rule lets pass. `path` ends in `/` for a folder; `what` is the problem's `what`, or its beginning before `*`. */
export interface Exception {
  readonly rule: string;
  readonly path: string;
  readonly what: string;
  readonly reason: string;
}

const FILTERS = 'src/extensions/filters';

export const EXCEPTIONS: readonly Exception[] = [
  {
    rule: 'import',
    path: `${FILTERS}/network/http_connection_manager/`,
    what: 'src/worker/*',
    reason: 'the extension is a thin face of the connection manager, which is core',
  },
  {
    rule: 'import',
    path: `${FILTERS}/http/router/`,
    what: 'src/worker/*',
    reason: 'the router is the terminal filter that drives route match and upstream requests, which are core',
  },
  {
    rule: 'import',
    path: `${FILTERS}/network/tcp_proxy/`,
    what: 'src/worker/*',
    reason: 'the terminal filter over the tcp proxy core',
  },
  {
    rule: 'import',
    path: `${FILTERS}/udp/udp_proxy/`,
    what: 'src/worker/*',
    reason: 'the filter over the core of the udp proxy',
  },
  {
    rule: 'import',
    path: 'src/extensions/clusters/',
    what: 'src/main/upstream/*',
    reason: 'a cluster type discovers hosts on the main thread, on the base that all cluster types share',
  },
  {
    rule: 'import',
    path: 'src/extensions/health_checkers/',
    what: 'src/main/upstream/*',
    reason: 'a health checker runs on the main thread, on the base that all checkers share',
  },
  {
    rule: 'import',
    path: 'src/extensions/health_check/',
    what: 'src/main/upstream/*',
    reason: 'where the events of health checks go is for the main thread, as the checks are',
  },
  {
    rule: 'import',
    path: 'src/extensions/transport_sockets/',
    what: 'src/network/*',
    reason: 'a transport socket is network code by its nature (TLS lives there)',
  },
  {
    rule: 'import',
    path: 'src/common/cel/library.ts',
    what: 'node:module',
    reason: 'what few configurations need is loaded when one needs it, and a configuration is read synchronously',
  },
  {
    rule: 'ban',
    path: 'src/event/file-watcher.ts',
    what: 'node:dgram',
    reason:
      'no datagram passes: Node waits for an epoll in the guise of a socket, the one way to have it wait for any descriptor',
  },
  {
    rule: 'orphan',
    path: 'src/network/engine/compliance/',
    what: 'unreached',
    reason: 'the tests that every socket engine must pass, shared by their test files',
  },
];

/** The problems that no exception lets pass. */
export function withoutExceptions(problems: readonly Problem[], exceptions = EXCEPTIONS): Problem[] {
  return problems.filter((problem) => !exceptions.some((exception) => lets(exception, problem)));
}

/** Exceptions for one file that let nothing pass any more, and those without a reason. */
export function checkExceptions(problems: readonly Problem[], exceptions = EXCEPTIONS): Problem[] {
  return exceptions.flatMap((exception) => {
    const { path, rule, what, reason } = exception;
    const report = (message: string) => [{ rule: 'exception', path, what: `${rule} ${what}`, message }];
    if (reason.trim() === '') return report('is an exception without a reason');
    if (path.endsWith('/') || problems.some((problem) => lets(exception, problem))) return [];
    return report('needs this exception no more: remove it');
  });
}

function lets(exception: Exception, problem: Problem): boolean {
  if (exception.rule !== problem.rule) return false;
  const { path, what } = exception;
  const samePath = path.endsWith('/')
    ? problem.path.startsWith(path) || `${problem.path}/` === path
    : path === problem.path;
  return samePath && (what.endsWith('*') ? problem.what.startsWith(what.slice(0, -1)) : what === problem.what);
}
