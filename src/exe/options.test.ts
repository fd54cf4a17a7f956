import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Options, parseOptions } from './options.ts';

const read = (line: string): Options => parseOptions(line.split(' ').filter((arg) => arg !== '')) as Options;

test('flags are read', () => {
  const options = read(
    '-c a.yaml --concurrency 2 -l debug --component-log-level upstream:trace,http:off --drain-time-s 5',
  );
  assert.equal(options.configPath, 'a.yaml');
  assert.equal(options.concurrency, 2);
  assert.equal(options.logLevel, 'debug');
  assert.deepEqual(
    [...options.componentLogLevels],
    [
      ['upstream', 'trace'],
      ['http', 'off'],
    ],
  );
  assert.equal(options.drainTimeMs, 5000);
});

test('defaults are those of the Envoy command line', () => {
  const options = read('');
  assert.equal(options.mode, 'serve');
  assert.equal(options.concurrency, undefined);
  assert.equal(options.drainTimeMs, 600_000);
  assert.equal(options.fileFlushIntervalMs, 10_000);
  assert.equal(options.localAddressIpVersion, 'v4');
});

/** A flag (with its value), the option that it sets, to what; each is something else without the flag. */
const flagEffects: readonly (readonly [string, keyof Options, unknown])[] = [
  ['-c a.yaml', 'configPath', 'a.yaml'],
  ['--config-path a.yaml', 'configPath', 'a.yaml'],
  ['--config-yaml {}', 'configYaml', '{}'],
  ['--mode validate', 'mode', 'validate'],
  ['--mode init_only', 'mode', 'init_only'],
  ['--concurrency 3', 'concurrency', 3],
  ['--log-level trace', 'logLevel', 'trace'],
  ['--log-format %v', 'logFormat', '%v'],
  ['--log-format-escaped', 'logFormatEscaped', true],
  ['--log-path a.log', 'logPath', 'a.log'],
  ['--component-log-level http:off', 'componentLogLevelText', 'http:off'],
  ['--admin-address-path a', 'adminAddressPath', 'a'],
  ['--local-address-ip-version v6', 'localAddressIpVersion', 'v6'],
  ['--service-cluster c', 'serviceCluster', 'c'],
  ['--service-node n', 'serviceNode', 'n'],
  ['--service-zone z', 'serviceZone', 'z'],
  ['--drain-time-s 7', 'drainTimeMs', 7000],
  ['--drain-strategy immediate', 'drainStrategy', 'immediate'],
  ['--parent-shutdown-time-s 8', 'parentShutdownTimeMs', 8000],
  ['--file-flush-interval-msec 9', 'fileFlushIntervalMs', 9],
  ['--file-flush-min-size-kb 10', 'fileFlushMinSizeKb', 10],
  ['--allow-unknown-static-fields', 'allowUnknownStaticFields', true],
  ['--allow-unknown-fields', 'allowUnknownStaticFields', true],
  ['--reject-unknown-dynamic-fields', 'rejectUnknownDynamicFields', true],
  ['--ignore-unknown-dynamic-fields', 'ignoreUnknownDynamicFields', true],
  ['--skip-deprecated-logs', 'skipDeprecatedLogs', true],
  ['--disable-extensions a,,b', 'disabledExtensions', ['a', 'b']],
  [
    '--stats-tag a:b --stats-tag c:d',
    'statsTags',
    [
      { name: 'a', value: 'b' },
      { name: 'c', value: 'd' },
    ],
  ],
  ['--socket-engine node', 'socketEngine', 'node'],
  ['--plugin a.ts --plugin b.ts', 'plugins', ['a.ts', 'b.ts']],
  ['--cpuset-threads', 'cpusetThreads', true],
  ['--base-id 11', 'baseId', 11],
  ['--base-id-path a', 'baseIdPath', 'a'],
  ['--restart-epoch 12', 'restartEpoch', 12],
];

for (const [line, option, value] of flagEffects) {
  test(`${line} sets ${option}`, () => {
    assert.deepEqual(read(line)[option], value);
    assert.notDeepEqual(read('')[option], value);
  });
}

test('what has no meaning here is taken', () => {
  const switches = [
    ...['--use-dynamic-base-id', '--disable-hot-restart', '--skip-hot-restart-on-no-parent'],
    ...['--skip-hot-restart-parent-stats', '--enable-fine-grain-logging', '--enable-mutex-tracing'],
    ...['--enable-core-dump', '--log-stacktrace-single-entry', '--socket-path @x', '--socket-mode 999'],
  ];
  assert.equal(read(switches.join(' ')).mode, 'serve');
});

test('faults have the words of Envoy', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['--bogus', /PARSE ERROR: Argument: --bogus\n {13}Couldn't find match for argument/],
    ['extra', /Argument: extra\n/],
    ['--mode bad', /^error: unknown mode 'bad'/],
    ['-l bad', /^error: invalid log level specified 'bad'/],
    ['--concurrency x', /Argument: \(--concurrency\)\n {13}Couldn't read argument value from string 'x'/],
    ['--log-level debug -l info', /Argument: -l \(--log-level\)\n {13}Argument already set!/],
    ['--component-log-level foo:debug', /^error: invalid component specified 'foo'/],
    // In Envoy it is the mode that is told.
    ['--mode validate --drain-strategy x', /^error: unknown drain-strategy 'validate'/],
    ['--config-path=a.yaml', /Argument: --config-path=a\.yaml\n {13}Couldn't find match for argument/],
    ['-ca.yaml', /Argument: -ca\.yaml\n/],
    ['--concurrency -1', /Couldn't read argument value from string '-1'/],
    ['--drain-time-s 4294967296', /Couldn't read argument value from string '4294967296'/],
    ['--hot-restart-version --base-id x', /Argument: \(--base-id\)/],
    ['--bogus --version', /Argument: --bogus/],
    ['--component-log-level http:debug,', /^error: component log level not correctly specified ''/],
    ['--component-log-level http:', /^error: invalid log level specified ''/],
    [
      '--enable-fine-grain-logging --component-log-level http:debug',
      /^error: --component-log-level will not work with --enable-fine-grain-logging/,
    ],
    ['--local-address-ip-version v5', /^error: unknown IP address version 'v5'/],
    ['--stats-tag foo', /^error: misformatted stats-tag 'foo'/],
    ['--restart-epoch 1 --use-dynamic-base-id', /^error: cannot use --restart-epoch=1 with --use-dynamic-base-id/],
    ['--socket-path x --socket-mode 999', /^error: invalid socket-mode '999'/],
    ['-c', /Missing a value for this argument!/],
  ];
  for (const [line, message] of cases) assert.throws(() => read(line), { name: 'CommandLineError', message }, line);
});

test('values are read as TCLAP and C++ streams read them', () => {
  const { mode, concurrency, drainTimeMs, baseId, restartEpoch, fileFlushIntervalMs } = parseOptions([
    ...[
      '--mode validate',
      '',
      '-',
      '--concurrency',
      ' +2',
      '--drain-time-s',
      '',
      '--base-id',
      '-1',
      '--restart-epoch',
      '007',
    ],
    ...['--file-flush-interval-msec 5', '--', '--bogus'],
  ]) as Options;
  const read = { mode, concurrency, drainTimeMs, baseId, restartEpoch, fileFlushIntervalMs };
  const expected = {
    mode: 'validate',
    concurrency: 2,
    drainTimeMs: 600_000,
    baseId: 2 ** 32 - 1,
    restartEpoch: 7,
    fileFlushIntervalMs: 5,
  };
  assert.deepEqual(read, expected);
  for (const empty of ['--mode', '--log-level', '--local-address-ip-version'])
    assert.throws(() => parseOptions([empty, '']), /''/, empty);
});

test('a notice wins over everything else', () => {
  assert.deepEqual(parseOptions(['--version', '-c', 'x']), { notice: 'version' });
  assert.deepEqual(parseOptions(['--version', '--bogus']), { notice: 'version' });
  assert.deepEqual(parseOptions(['-h']), { notice: 'help' });
  assert.deepEqual(parseOptions(['--hot-restart-version']), { notice: 'hot-restart-version' });
  const disabled = parseOptions(['--hot-restart-version', '--disable-hot-restart']);
  assert.deepEqual(disabled, { notice: 'hot-restart-disabled' });
});
