import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccessLog, AccessLoggerExtension, LogContext, ServerFactoryContext } from '../../../sdk/extension.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import { createStatsMemory } from '../stats/stats-memory.ts';
import { StatsStore } from '../stats/stats-store.ts';
import { type AccessLogConfig, createAccessLogs } from './access-log-config.ts';

/** A log with this filter, and what it has written. */
function logWith(filter: ((info: StreamInfo) => boolean) | undefined, write = (_line: string): void => {}) {
  const lines: string[] = [];
  const faults: string[] = [];
  const log: AccessLog = {
    log: (_context, info) => {
      write(info.routeName);
      lines.push(info.routeName);
    },
  };
  const extension = { createAccessLog: () => log } as unknown as AccessLoggerExtension;
  const config: AccessLogConfig = {
    logger: { extension, name: 'x', config: undefined },
    filter: filter && (() => ({ evaluate: (_context: LogContext, info: StreamInfo) => filter(info) })),
  };
  const scope = new StatsStore(createStatsMemory()).createScope();
  const context = { scope, logger: () => ({ error: (text: string) => faults.push(text) }) };
  const [made] = createAccessLogs([config], context as unknown as ServerFactoryContext);
  const tell = (routeName: string) => made?.log({} as LogContext, { routeName } as StreamInfo);
  return { lines, faults, tell, threw: () => scope.counter('access_logs.filter_threw').value };
}

test('without a filter every stream is logged, with one those that it lets pass', () => {
  const all = logWith(undefined);
  const some = logWith(({ routeName }) => routeName === 'b');
  for (const name of ['a', 'b', 'c']) for (const log of [all, some]) log.tell(name);
  assert.deepEqual([all.lines, some.lines], [['a', 'b', 'c'], ['b']]);
});

test('what a log or its filter throws costs the line, and is counted', () => {
  const fail = (name: string): boolean => {
    if (name === 'a') throw new Error('no');
    return true;
  };
  for (const log of [logWith(({ routeName }) => fail(routeName)), logWith(undefined, fail)]) {
    log.tell('a');
    log.tell('b');
    assert.deepEqual([log.lines, log.threw(), log.faults.length], [['b'], 1, 1]);
  }
});

test('a log hears of a stream’s end behind the last line, even of one that its filter keeps back', () => {
  const heard: string[] = [];
  const log: AccessLog = {
    log: ({ accessLogType }) => heard.push(accessLogType),
    streamEnded: () => heard.push('end'),
  };
  const extension = { createAccessLog: () => log } as unknown as AccessLoggerExtension;
  for (const isLogged of [true, false]) {
    const config: AccessLogConfig = {
      logger: { extension, name: 'x', config: undefined },
      filter: () => ({ evaluate: () => isLogged }),
    };
    const [made] = createAccessLogs([config], {} as ServerFactoryContext);
    for (const accessLogType of ['DownstreamStart', 'DownstreamEnd'] as const) {
      made?.log({ accessLogType } as LogContext, {} as StreamInfo);
    }
  }
  assert.deepEqual(heard, ['DownstreamStart', 'DownstreamEnd', 'end', 'end']);
});
