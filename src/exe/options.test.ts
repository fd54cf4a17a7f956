import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Options, parseOptions } from './options.ts';

const read = (line: string): Options => parseOptions(line.split(' ').filter((arg) => arg !== '')) as Options;

test('flags are read in every spelling', () => {
  const options = read(
    '-c a.yaml --concurrency=2 -l debug --component-log-level upstream:trace,http:off --drain-time-s 5',
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

test('faults have the words of Envoy', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['--bogus', /PARSE ERROR: Argument: --bogus\n {13}Couldn't find match for argument/],
    ['extra', /Argument: extra\n/],
    ['--mode bad', /^error: unknown mode 'bad'/],
    ['-l bad', /^error: invalid log level specified 'bad'/],
    ['--concurrency x', /Argument: \(--concurrency\)\n {13}Couldn't read argument value from string 'x'/],
    ['--log-level debug -l info', /Argument: -l \(--log-level\)\n {13}Argument already set!/],
    ['--component-log-level foo:debug', /^error: invalid component specified 'foo'/],
    ['--drain-strategy x', /^error: unknown drain-strategy 'x'/],
    ['--local-address-ip-version v5', /^error: unknown IP address version 'v5'/],
    ['--stats-tag foo', /^error: misformatted stats-tag 'foo'/],
    ['--restart-epoch 1 --use-dynamic-base-id', /^error: cannot use --restart-epoch=1 with --use-dynamic-base-id/],
    ['-c', /Missing a value for this argument!/],
  ];
  for (const [line, message] of cases) assert.throws(() => read(line), { name: 'CommandLineError', message }, line);
});

test('a notice wins over everything else', () => {
  assert.deepEqual(parseOptions(['--version', '-c', 'x']), { notice: 'version' });
  assert.deepEqual(parseOptions(['-h']), { notice: 'help' });
  assert.deepEqual(parseOptions(['--hot-restart-version']), { notice: 'hot-restart-version' });
  const disabled = parseOptions(['--hot-restart-version', '--disable-hot-restart']);
  assert.deepEqual(disabled, { notice: 'hot-restart-disabled' });
});
