import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLocator, splitPath } from './source-locator.ts';

const base = {
  file: 'a.yaml',
  text: 'static_resources:\n  clusters:\n  - name: a\n    connectTimeout: 1s\n  - name: b\n',
};
const over = { file: '--config-yaml', text: 'static_resources: {clusters: [{name: c}]}\nnode: {id: x}' };

test('a path is its steps', () => {
  assert.deepEqual(splitPath('a.b[0].c["x.y"].@type'), ['a', 'b', 0, 'c', 'x.y', '@type']);
});

test('a field is placed at its key, in either spelling', () => {
  const locate = createLocator([base]);
  assert.deepEqual(locate('static_resources.clusters[0].connect_timeout'), { file: 'a.yaml', line: 4, column: 5 });
  assert.deepEqual(locate('static_resources.clusters[1]'), { file: 'a.yaml', line: 5, column: 5 });
});

test('an absent path is placed at its nearest ancestor', () => {
  assert.deepEqual(createLocator([base])('static_resources.clusters[1].type'), { file: 'a.yaml', line: 5, column: 5 });
});

test('items of a merged list are found in the document that they come from', () => {
  const locate = createLocator([base, over]);
  assert.deepEqual(locate('static_resources.clusters[2].name'), { file: '--config-yaml', line: 1, column: 32 });
  assert.deepEqual(locate('static_resources.clusters[1].name'), { file: 'a.yaml', line: 5, column: 5 });
  assert.deepEqual(locate('node.id'), { file: '--config-yaml', line: 2, column: 8 });
});

test('a field that two documents have is placed in the later one', () => {
  const locate = createLocator([
    { file: 'a', text: 'node:\n  id: x\n' },
    { file: 'b', text: '{node: {id: y}}' },
  ]);
  assert.deepEqual(locate('node.id'), { file: 'b', line: 1, column: 9 });
});

test('one object stands for a list of one', () => {
  const locate = createLocator([{ file: 'f', text: 'filters:\n  name: x\n' }]);
  assert.deepEqual(locate('filters[0].name'), { file: 'f', line: 2, column: 3 });
});

test('fields of a packed TypedStruct are found under its value', () => {
  const text = 'typed_config:\n  "@type": x\n  type_url: y\n  value:\n    stat_prefix: z\n';
  assert.deepEqual(createLocator([{ file: 'f', text }])('typed_config.stat_prefix'), { file: 'f', line: 5, column: 5 });
});

test('aliases are followed', () => {
  const locate = createLocator([{ file: 'f', text: 'a: &x\n  b: 1\nc: *x\n' }]);
  assert.deepEqual(locate('c.b'), { file: 'f', line: 2, column: 3 });
});

test('JSON is placed as YAML is, which it also is', () => {
  const json = `{
  "a_b": [ {"x\\"y": [1, [2, "]}"], {"c": {}}], "e": ""}, "s,", [] ],
\t"typedConfig": {"value": {"deep": null}}, "last": [{"k": 1}, {"k": 2}],
  "last": [ ]}`;
  const paths = [
    '',
    'a_b',
    'aB[0]',
    'a_b[0]["x\\"y"]',
    'a_b[0]["x\\"y"][1]',
    'a_b[0]["x\\"y"][2].c',
    'a_b[0].e',
    'a_b[1]',
  ].concat(['a_b[2]', 'a_b[2].none', 'a_b[3]', 'typed_config.deep', 'typed_config[0].value', 'last[0].k', 'none']);
  const asJson = createLocator([{ file: 'f', text: json }]);
  const asYaml = createLocator([{ file: 'f', text: `${json} # no JSON` }]);
  for (const path of paths) assert.deepEqual(asJson(path), asYaml(path), path);
  assert.deepEqual(asJson('a_b[0]["x\\"y"][2].c'), { file: 'f', line: 2, column: 37 });
});
