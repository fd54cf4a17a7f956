import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultTagExtractors, fixedTag, regexTag, TagProducer } from './tags.ts';

const producer = new TagProducer(defaultTagExtractors());

function produced(name: string): string {
  const { extractedName, tags } = producer.produce(name);
  return `${extractedName} ${tags.map((tag) => `${tag.name.replace('envoy.', '')}=${tag.value}`).join(',')}`;
}

/** Left: names; right: what Envoy 1.40's /stats/prometheus makes of them. */
const cases: readonly (readonly [string, string])[] = [
  ['cluster.u.upstream_rq_404', 'cluster.upstream_rq response_code=404,cluster_name=u'],
  ['cluster.u.upstream_rq_4xx', 'cluster.upstream_rq_xx response_code_class=4,cluster_name=u'],
  ['cluster.u.external.upstream_rq_503', 'cluster.external.upstream_rq response_code=503,cluster_name=u'],
  [
    'listener.127.0.0.1_18180.http.in.downstream_rq_2xx',
    'listener.http.downstream_rq_xx response_code_class=2,http_conn_manager_prefix=in,listener_address=127.0.0.1_18180',
  ],
  [
    'listener.admin.http.admin.downstream_rq_2xx',
    'listener.admin.http.downstream_rq_xx response_code_class=2,http_conn_manager_prefix=admin',
  ],
  [
    'listener.127.0.0.1_18180.worker_0.downstream_cx_total',
    'listener.worker_downstream_cx_total worker_id=0,listener_address=127.0.0.1_18180',
  ],
  ['listener.[__1]_80.downstream_cx_total', 'listener.downstream_cx_total listener_address=[__1]_80'],
  ['listener.admin.downstream_cx_total', 'listener.admin.downstream_cx_total '],
  ['server.worker_0.watchdog_miss', 'server.worker_watchdog_miss worker_id=0'],
  [
    'thread_local_cluster_manager.worker_0.clusters_inflated',
    'thread_local_cluster_manager.worker_clusters_inflated worker_id=0',
  ],
  [
    'vhost.v.vcluster.vc.upstream_rq_404',
    'vhost.vcluster.upstream_rq response_code=404,virtual_cluster=vc,virtual_host=v',
  ],
  ['vhost.v.route.rr.upstream_rq_total', 'vhost.route.upstream_rq_total virtual_host=v,route=rr'],
  ['tcp.t.downstream_cx_total', 'tcp.downstream_cx_total tcp_prefix=t'],
  ['http.in.rds.a.b.update_success', 'http.rds.update_success rds_route_config=a.b,http_conn_manager_prefix=in'],
  [
    'http.in.rbac.rsp.policy.poly.allowed',
    'http.rbac.policy.allowed rbac_policy_name=poly,rbac_http_prefix=rsp,http_conn_manager_prefix=in',
  ],
  ['http.in.rbac.policy.poly.allowed', 'http.rbac.policy.allowed rbac_policy_name=poly,http_conn_manager_prefix=in'],
  ['nrb.rbac.denied', 'rbac.denied rbac_prefix=nrb'],
  ['proxy_proto.ppp.versions.v2.found', 'proxy_proto.found proxy_protocol_prefix=ppp,proxy_protocol_version=2'],
  ['proxy_proto.versions.v1.found', 'proxy_proto.found proxy_protocol_version=1'],
  ['sds.secx.update_success', 'sds.update_success xds_resource_name=secx'],
  ['hlrl.http_local_rate_limit.ok', 'http_local_rate_limit.ok local_http_ratelimit_prefix=hlrl'],
  ['server.live', 'server.live '],
  ['cluster.u', 'cluster.u '],
  ['cluster_manager.cluster_added', 'cluster_manager.cluster_added '],
];

for (const [name, expected] of cases) {
  test(`the tags of ${name}`, () => assert.equal(produced(name), expected));
}

test('own tags: a fixed value, and a regex whose first group is cut out', () => {
  const own = new TagProducer([fixedTag('env', 'prod'), regexTag('shard', '^cluster\\.(shard_(\\d+)\\.)')]);
  assert.deepEqual(own.produce('cluster.shard_7.rq'), {
    extractedName: 'cluster.rq',
    tags: [
      { name: 'env', value: 'prod' },
      { name: 'shard', value: '7' },
    ],
  });
  assert.deepEqual(own.produce('http.rq').extractedName, 'http.rq');
});

test('of two extractors for one tag the first that finds it counts', () => {
  const own = new TagProducer([regexTag('t', '(a(\\d))'), regexTag('t', '(b(\\d))')]);
  assert.deepEqual(own.produce('a1.b2'), { extractedName: '.b2', tags: [{ name: 't', value: '1' }] });
});

test('what is cut at the end takes the dots before it along', () => {
  const own = new TagProducer([regexTag('t', '(live)'), regexTag('u', '^server\\.((state))$')]);
  assert.equal(own.produce('server.live').extractedName, 'server');
  assert.equal(own.produce('server.state').extractedName, 'server');
});

test('what is there before the configuration has no tags', () => {
  const own = new TagProducer([fixedTag('env', 'prod')]);
  assert.deepEqual(own.produce('filesystem.write_failed').tags, []);
  assert.deepEqual(own.produce('server.hot_restart_generation').tags, []);
  assert.equal(own.produce('server.hot_restart_epoch').tags.length, 1);
});

test('a pattern may have classes of POSIX', () => {
  const found = regexTag('t', '^a\\.(([[:alpha:]_]+)\\.)').extract('a.b_c.d', []);
  assert.deepEqual(found, { value: 'b_c', start: 2, end: 6 });
});
