import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeAdmin, fakeHost } from '../../../test/harness/fake-admin-context.ts';
import type { AdminCluster, AdminConfigDump, JsonObject, MessageSchema } from './admin-context.ts';
import { AdminRouter } from './admin-router.ts';
import { bootstrapSection, staticSection } from './config-dump-sections.ts';
import { defaultAdminHandlers } from './default-handlers.ts';
import { asAny } from './field-mask.ts';

const TYPE = 'type.googleapis.com/';
const CLUSTERS = 'envoy.admin.v3.ClustersConfigDump';
const BOOTSTRAP = 'envoy.admin.v3.BootstrapConfigDump';
const SECRETS = 'envoy.admin.v3.SecretsConfigDump';
const ENDPOINTS = 'envoy.admin.v3.EndpointsConfigDump';
const ANY = 'google.protobuf.Any';

/** Fields by message: the name of the message they hold, with [] for lists. */
const FIELDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  [BOOTSTRAP]: { bootstrap: 'Bootstrap', last_updated: 'Timestamp' },
  Bootstrap: { node: 'Node' },
  Node: { id: '', cluster: '' },
  [CLUSTERS]: { version_info: '', static_clusters: 'StaticCluster[]', dynamic_active_clusters: 'DynamicCluster[]' },
  StaticCluster: { cluster: ANY, last_updated: 'Timestamp' },
  Cluster: { name: '', type: '' },
  [ENDPOINTS]: {
    static_endpoint_configs: 'StaticEndpointConfig[]',
    dynamic_endpoint_configs: 'DynamicEndpointConfig[]',
  },
};

const schema: MessageSchema = {
  field(typeName, field) {
    const kind = FIELDS[typeName]?.[field];
    if (kind === undefined) return undefined;
    return { repeated: kind.endsWith('[]'), typeName: kind.replace('[]', '') || undefined };
  },
};

const at = Date.UTC(2026, 10, 21, 11, 12, 32, 199);
const cluster = (name: string) => ({
  name,
  resource: { '@type': `${TYPE}Cluster`, name, type: 'STATIC' },
  lastUpdatedMs: at,
});

const configDump: AdminConfigDump = {
  schema,
  sections: new Map([
    ['clusters', staticSection('clusters', () => [cluster('u'), cluster('dead')])],
    ['bootstrap', bootstrapSection(() => ({ node: { id: 'n', cluster: 'c' } }), Date.UTC(2026, 0, 1))],
    ['empty', { dump: () => undefined }],
    ['secrets', { dump: () => asAny({}, 'envoy.admin.v3.SecretsConfigDump') }],
  ]),
};

function dump(query: string, clusters: readonly AdminCluster[] = []) {
  const router = new AdminRouter(fakeAdmin({ configDump, clusters: () => clusters }).context, defaultAdminHandlers());
  const response = router.handle({
    method: 'GET',
    path: `/config_dump?${query}`,
    contentType: '',
    accept: '',
    body: '',
  });
  return { status: response.status, type: response.contentType, text: [...response.body].join('') };
}

function configs(query: string): JsonObject[] {
  const { status, text } = dump(query);
  assert.equal(status, 200, text);
  return JSON.parse(text).configs;
}

test('sections come by key, endpoints only when asked for', () => {
  const types = (query: string) => configs(query).map((config) => String(config['@type']).slice(TYPE.length));
  assert.deepEqual(types(''), [BOOTSTRAP, CLUSTERS, SECRETS]);
  // There are no clusters.
  assert.deepEqual(types('include_eds'), [BOOTSTRAP, CLUSTERS, SECRETS]);
  assert.equal(dump('include_eds&resource=static_endpoint_configs').status, 404);
});

test('a resource is the elements of a list, each with its type', () => {
  const elements = configs('resource=static_clusters&mask=cluster.name');
  assert.deepEqual(elements, [
    { '@type': `${TYPE}StaticCluster`, cluster: { '@type': `${TYPE}Cluster`, name: 'dead' } },
    { '@type': `${TYPE}StaticCluster`, cluster: { '@type': `${TYPE}Cluster`, name: 'u' } },
  ]);
  assert.equal(dump('resource=dynamic_active_clusters').text, '{}\n');
});

test('a mask keeps its fields, and drops the sections that have no such field', () => {
  assert.deepEqual(configs('mask=bootstrap.node.id'), [
    { '@type': TYPE + BOOTSTRAP, bootstrap: { node: { id: 'n' } } },
  ]);
  assert.deepEqual(configs('mask=version_info'), [{ '@type': TYPE + CLUSTERS }]);
  assert.ok(JSON.stringify(configs('mask=static_clusters')).includes('"name":"dead"'));
});

test('a name has to match as a whole', () => {
  const names = (regex: string) => configs(`resource=static_clusters&mask=cluster.name&name_regex=${regex}`).length;
  assert.equal(names('u'), 1);
  assert.equal(names('.*'), 2);
  assert.equal(dump('resource=static_clusters&name_regex=dea').text, '{}\n');
});

test('what cannot be shown is refused in Envoy’s words', () => {
  const cases: readonly (readonly [string, number, string])[] = [
    ['resource=bad', 404, 'bad not found in config dump'],
    ['resource=bootstrap', 400, 'bootstrap is not a repeated field. Use ?mask=bootstrap to get only this field'],
    ['mask=bad', 400, 'FieldMask bad could not be successfully applied to any configs.'],
    [
      'mask=static_clusters.cluster',
      400,
      'FieldMask static_clusters.cluster could not be successfully applied to any configs.',
    ],
    ['resource=static_clusters&mask=zz', 400, 'FieldMask \npaths: "zz"\n could not be successfully used.'],
    ['name_regex=(', 400, 'INVALID_ARGUMENT: Error while parsing name_regex from (: missing ): ('],
  ];
  for (const [query, status, text] of cases) assert.deepEqual(dump(query), { status, type: 'text/plain', text });
});

test('a dump says when it was made', () => {
  const [bootstrap, clusters] = configs('');
  assert.equal(bootstrap?.last_updated, '2026-01-01T00:00:00Z');
  assert.ok(JSON.stringify(clusters).endsWith('"type":"STATIC"},"last_updated":"2026-11-21T11:12:32.199Z"}]}'));
});

test('endpoints are grouped by priority and locality', () => {
  const limits = { maxConnections: 1, maxPendingRequests: 1, maxRequests: 1, maxRetries: 1 };
  const hc: AdminCluster = {
    name: 'hc',
    observabilityName: 'hc',
    addedViaApi: false,
    edsServiceName: '',
    defaultPriority: limits,
    highPriority: limits,
    overprovisioningFactor: 140,
    hasDynamicEndpoints: false,
    outlier: undefined,
    hosts: [
      fakeHost('127.0.0.1:2', {
        region: 'r',
        hostname: 'hh',
        weight: 3,
        health: 'UNHEALTHY',
      }),
      fakeHost('127.0.0.1:3', { region: 'r', metadata: { filter_metadata: { 'envoy.lb': { canary: true } } } }),
      fakeHost('127.0.0.1:4', { priority: 1, health: 'DEGRADED' }),
    ],
  };
  const whole = JSON.parse(dump('include_eds', [hc]).text).configs as JsonObject[];
  const whatTypes = whole.map((config) => String(config['@type']).slice(TYPE.length));
  assert.deepEqual(whatTypes, [BOOTSTRAP, CLUSTERS, ENDPOINTS, SECRETS]);
  const { text } = dump('include_eds&resource=static_endpoint_configs&name_regex=hc', [hc, { ...hc, name: 'other' }]);
  const dumped = JSON.parse(text).configs;
  assert.equal(dumped.length, 1);
  const address = (port: number) => ({ socket_address: { address: '127.0.0.1', port_value: port } });
  assert.deepEqual(dumped[0].endpoint_config, {
    '@type': `${TYPE}envoy.config.endpoint.v3.ClusterLoadAssignment`,
    cluster_name: 'hc',
    endpoints: [
      {
        locality: { region: 'r' },
        lb_endpoints: [
          {
            endpoint: { address: address(2), health_check_config: {}, hostname: 'hh' },
            health_status: 'UNHEALTHY',
            load_balancing_weight: 3,
          },
          {
            endpoint: { address: address(3), health_check_config: {} },
            health_status: 'HEALTHY',
            metadata: { filter_metadata: { 'envoy.lb': { canary: true } } },
            load_balancing_weight: 1,
          },
        ],
        load_balancing_weight: 0,
      },
      {
        locality: {},
        lb_endpoints: [
          {
            endpoint: { address: address(4), health_check_config: {} },
            health_status: 'DEGRADED',
            load_balancing_weight: 1,
          },
        ],
        load_balancing_weight: 0,
        priority: 1,
      },
    ],
    policy: { overprovisioning_factor: 140 },
  });
  const moved = dump('include_eds&resource=dynamic_endpoint_configs', [{ ...hc, hasDynamicEndpoints: true }]);
  assert.equal(JSON.parse(moved.text).configs.length, 1);
});
