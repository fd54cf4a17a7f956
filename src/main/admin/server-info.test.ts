import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adminHeaders, okReply } from './admin-handler.ts';
import { type CommandLineFacts, commandLineOptionsJson } from './command-line-options.ts';
import { registrySchema } from './registry-schema.ts';

const facts: CommandLineFacts = {
  configPath: 'd.yaml',
  configYaml: '',
  mode: 'serve',
  logLevel: 'info',
  componentLogLevelText: 'http:debug',
  logFormat: '[%v]',
  logFormatEscaped: false,
  logPath: '',
  adminAddressPath: '',
  localAddressIpVersion: 'v4',
  serviceCluster: '',
  serviceNode: 'x',
  serviceZone: '',
  drainTimeMs: 600_000,
  parentShutdownTimeMs: 900_000,
  drainStrategy: 'immediate',
  fileFlushIntervalMs: 1500,
  restartEpoch: 0,
  baseId: 0,
  baseIdPath: '',
  allowUnknownStaticFields: false,
  rejectUnknownDynamicFields: false,
  ignoreUnknownDynamicFields: true,
  skipDeprecatedLogs: false,
  cpusetThreads: false,
  disabledExtensions: ['a'],
  statsTags: [{ name: 'c', value: 'd_e' }],
  flags: new Map([['use-dynamic-base-id', []]]),
};

test('every flag is shown, in Envoy’s order', () => {
  const json = commandLineOptionsJson(facts, 3);
  assert.equal(
    Object.keys(json).join(' '),
    'base_id concurrency config_path config_yaml allow_unknown_static_fields admin_address_path ' +
      'local_address_ip_version log_level component_log_level log_format log_path service_cluster service_node ' +
      'service_zone file_flush_interval drain_time parent_shutdown_time mode disable_hot_restart ' +
      'enable_mutex_tracing restart_epoch cpuset_threads reject_unknown_dynamic_fields log_format_escaped ' +
      'disabled_extensions ignore_unknown_dynamic_fields use_dynamic_base_id base_id_path drain_strategy ' +
      'enable_fine_grain_logging socket_path socket_mode enable_core_dump stats_tag skip_hot_restart_on_no_parent ' +
      'skip_hot_restart_parent_stats skip_deprecated_logs file_flush_min_size log_stacktrace_single_entry',
  );
  assert.deepEqual(
    [json.base_id, json.concurrency, json.file_flush_interval, json.drain_time, json.mode, json.drain_strategy],
    ['0', 3, '1.500s', '600s', 'Serve', 'Immediate'],
  );
  assert.deepEqual([json.use_dynamic_base_id, json.enable_core_dump, json.stats_tag], [true, false, ['c:d_e']]);
});

test('every answer has the headers that keep browsers from guessing and caching', () => {
  assert.deepEqual(adminHeaders(okReply()), [
    ['content-type', 'text/plain; charset=UTF-8'],
    ['cache-control', 'no-cache, max-age=0'],
    ['x-content-type-options', 'nosniff'],
  ]);
});

test('the registry answers for fields: lists, messages, none', () => {
  const fields = [
    { name: 'static_clusters', fieldKind: 'list', message: { typeName: 'StaticCluster' } },
    { name: 'version_info', fieldKind: 'scalar' },
  ];
  type Types = Parameters<typeof registrySchema>[0];
  const types = { message: (name: string) => (name === 'Dump' ? { fields } : undefined) } as unknown as Types;
  const schema = registrySchema(types);
  assert.deepEqual(schema.field('Dump', 'static_clusters'), { repeated: true, typeName: 'StaticCluster' });
  assert.deepEqual(schema.field('Dump', 'version_info'), { repeated: false, typeName: undefined });
  assert.equal(schema.field('Dump', 'nope'), undefined);
  assert.equal(schema.field('Other', 'version_info'), undefined);
});
