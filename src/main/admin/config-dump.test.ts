import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeAdmin } from '../../../test/harness/fake-admin-context.ts';
import type { AdminConfigDump, JsonObject, MessageSchema, NameFilter } from './admin-context.ts';
import { AdminRouter } from './admin-router.ts';
import { defaultAdminHandlers } from './default-handlers.ts';

const TYPE = 'type.googleapis.com/';
const CLUSTERS = 'envoy.admin.v3.ClustersConfigDump';
const BOOTSTRAP = 'envoy.admin.v3.BootstrapConfigDump';
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
  [ENDPOINTS]: { static_endpoint_configs: 'StaticEndpointConfig[]' },
};

const schema: MessageSchema = {
  field(typeName, field) {
    const kind = FIELDS[typeName]?.[field];
    if (kind === undefined) return undefined;
    return { repeated: kind.endsWith('[]'), typeName: kind.replace('[]', '') || undefined };
  },
};

function clusters(accepts: NameFilter): JsonObject {
  const names = ['dead', 'u'].filter(accepts);
  return {
    '@type': TYPE + CLUSTERS,
    static_clusters: names.map((name) => ({
      cluster: { '@type': `${TYPE}Cluster`, name, type: 'STATIC' },
      last_updated: '2026-11-21T11:12:32.199Z',
    })),
  };
}

const configDump: AdminConfigDump = {
  schema,
  endpoints: () => ({ '@type': TYPE + ENDPOINTS }),
  sections: new Map([
    ['clusters', { dump: clusters }],
    ['bootstrap', { dump: () => ({ '@type': TYPE + BOOTSTRAP, bootstrap: { node: { id: 'n', cluster: 'c' } } }) }],
    ['empty', { dump: () => undefined }],
  ]),
};

function dump(query: string) {
  const router = new AdminRouter(fakeAdmin({ configDump }).context, defaultAdminHandlers());
  const response = router.handle({ method: 'GET', path: `/config_dump?${query}`, contentType: '', body: '' });
  assert.equal(typeof response.body, 'string');
  return { status: response.status, type: response.contentType, text: String(response.body) };
}

function configs(query: string): JsonObject[] {
  const { status, text } = dump(query);
  assert.equal(status, 200, text);
  return JSON.parse(text).configs;
}

test('sections come by key, endpoints only when asked for', () => {
  const types = (query: string) => configs(query).map((config) => String(config['@type']).slice(TYPE.length));
  assert.deepEqual(types(''), [BOOTSTRAP, CLUSTERS]);
  assert.deepEqual(types('include_eds'), [BOOTSTRAP, CLUSTERS, ENDPOINTS]);
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
    ['resource=static_clusters&mask=zz', 400, 'FieldMask paths: "zz"\n could not be successfully used.'],
    ['name_regex=(', 400, 'INVALID_ARGUMENT: Error while parsing name_regex from (: missing ): ('],
  ];
  for (const [query, status, text] of cases) assert.deepEqual(dump(query), { status, type: 'text/plain', text });
});
