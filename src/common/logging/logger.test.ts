import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileLogFormat, defaultLogFormat } from './log-format.ts';
import { Logging } from './logger.ts';

const time = { systemTimeMs: () => Date.UTC(2026, 10, 21, 15, 4, 5, 67) + 0.5, monotonicTimeMs: () => 0 };

function logging(overrides: Partial<ConstructorParameters<typeof Logging>[0]> = {}) {
  const lines: string[] = [];
  const options = {
    level: 'info',
    componentLevels: new Map(),
    format: '[%l][%n] %v',
    escape: false,
    threadId: 7,
  } as const;
  return { lines, log: new Logging({ ...options, ...overrides }, time, (line) => lines.push(line)) };
}

test('a component logs what its level lets through, others keep the general level', () => {
  const { log, lines } = logging({ componentLevels: new Map([['upstream', 'debug']]) });
  log.logger('upstream').debug('seen');
  log.logger('http').debug('not seen');
  log.logger('http').warn('seen too');
  assert.deepEqual(lines, ['[debug][upstream] seen\n', '[warning][http] seen too\n']);
});

test('a level changed later holds for loggers made before', () => {
  const { log, lines } = logging();
  const http = log.logger('http');
  assert.equal(log.setLevel('http', 'off'), true);
  http.critical('not seen');
  log.setAllLevels('trace');
  http.trace('seen');
  assert.equal(log.setLevel('nonsense', 'info'), false);
  assert.deepEqual(lines, ['[trace][http] seen\n']);
});

test('escaped entries are one line', () => {
  const { log, lines } = logging({ escape: true });
  log.logger('main').info('a\nb');
  assert.deepEqual(lines, ['[info][main] a\\nb\n']);
});

test('the format follows spdlog', () => {
  const record = { timeMs: time.systemTimeMs(), threadId: 7, level: 'info', component: 'main', message: 'hello' };
  const cases: readonly (readonly [string, string])[] = [
    [defaultLogFormat, '[2026-11-21 15:04:05.067][7][info][main] [main:0] hello'],
    ['%a %b %d %I:%M:%S %p %L', 'Sat Nov 21 03:04:05 PM I'],
    ['100%% %q', '100% %q'],
    ['%f', '067500'],
    ['%c|%x|%h', 'Sat Nov 21 15:04:05 2026|11/21/26|Nov'],
    ['%+|%*|%&|', 'hello|||'],
    ['%8n|%-8n|%=7n|%3!n|%2n|%!n|%0n|%-n|%-q', '    main|main    | main  |mai|main|n|main|main|%q'],
    ['%99v', 'hello'.padStart(64)],
    ['%v %', 'hello '],
    ['%v%5', 'hello'],
  ];
  for (const [format, expected] of cases) assert.equal(compileLogFormat(format)(record), expected);
});

test('elapsed time is that since the line before, or since the log began', () => {
  const line = compileLogFormat('%O %o %i %u', 1000);
  const at = (timeMs: number) => line({ timeMs, threadId: 1, level: 'info', component: 'main', message: '' });
  assert.equal(at(2500), '1 1500 1500000 1500000000');
  assert.equal(at(2501), '0 1 1000 1000000');
  assert.equal(at(2000), '0 0 0 0');
});
