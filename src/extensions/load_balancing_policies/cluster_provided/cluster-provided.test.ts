import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterProblems } from '../../../../test/harness/cluster-problems.ts';
import { ClusterReader } from '../../../../test/harness/upstream-world.ts';

const reader = new ClusterReader();
const problems = (fields: object) => clusterProblems(reader, { type: 'ORIGINAL_DST', ...fields });
const lbPolicy = 'CLUSTER_PROVIDED';

test('the policy and the type want each other, and a header is named only where one counts', () => {
  assert.deepEqual(problems({ lbPolicy, originalDstLbConfig: { useHttpHeader: true, httpHeaderName: 'x' } }), []);
  assert.match(problems({})[0] ?? '', /LB policy ROUND_ROBIN is not valid for Cluster type ORIGINAL_DST/);
  assert.match(problems({ lbPolicy, type: 'STATIC' })[0] ?? '', /cluster 'u' did not provide one/);
  assert.match(problems({ lbPolicy, loadAssignment: { clusterName: 'u' } })[0] ?? '', /must have no load assignment/);
  assert.match(
    problems({ lbPolicy, originalDstLbConfig: { httpHeaderName: 'x' } })[0] ?? '',
    /use_http_header is false/,
  );
});
