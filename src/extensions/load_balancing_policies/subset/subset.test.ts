import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policy } from '../../../../test/harness/balancing.ts';
import { clusterProblems } from '../../../../test/harness/cluster-problems.ts';
import { ClusterReader } from '../../../../test/harness/upstream-world.ts';

const problems = (child: object) => {
  const fields = { subsetSelectors: [{ keys: ['v'] }], subsetLbPolicy: child };
  return clusterProblems(new ClusterReader(), policy('subset.v3.Subset', fields));
};
const named = (type: string) => ({
  policies: [{ typedExtensionConfig: { name: 'y', typedConfig: { '@type': type } } }],
});
const envoys = (name: string) => named(`type.googleapis.com/envoy.extensions.load_balancing_policies.${name}`);

test('subsets need a policy that is known, and not the cluster’s', () => {
  const text = "cluster: didn't find a registered load balancer factory implementation for subset lb with names from";
  assert.deepEqual(problems({ policies: [] }), [`${text} []`]);
  assert.deepEqual(problems(named('type.googleapis.com/google.protobuf.Struct')), [`${text} [y]`]);
  assert.deepEqual(problems(envoys('cluster_provided.v3.ClusterProvided')), ['subsets of a cluster provide no policy']);
  assert.deepEqual(problems(envoys('maglev.v3.Maglev')), []);
});
