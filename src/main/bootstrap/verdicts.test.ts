import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { loadDescriptors } from '../../../api/load-descriptors.ts';
import { ConfigError } from '../../../sdk/config.ts';
import { TypeRegistry } from '../../common/proto/type-registry.ts';
import { loadBootstrap } from './load-bootstrap.ts';

interface Verdict {
  readonly name: string;
  readonly format: string;
  readonly text: string;
  readonly configYaml?: string;
  readonly accepted: boolean;
}

/** Small files with what Envoy's `--mode validate` says of each; checks across resources are not among them. */
const file = new URL('testdata/verdicts.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: readonly Verdict[] };

test('what Envoy accepts is accepted, what it refuses is refused', () => {
  const registry = new TypeRegistry(loadDescriptors());
  const differing: string[] = [];
  for (const { name, format, text, configYaml, accepted } of cases) {
    const readFile = (): Uint8Array => new TextEncoder().encode(text);
    let refusal: string | undefined;
    try {
      loadBootstrap({ registry, configPath: `case.${format}`, configYaml, readFile });
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      refusal = error.message;
    }
    if ((refusal === undefined) !== accepted) differing.push(`${name}: ${refusal ?? 'accepted'}`);
  }
  assert.ok(cases.length > 300);
  assert.deepEqual(differing, []);
});

test('every refusal names the file and a place in it', () => {
  const registry = new TypeRegistry(loadDescriptors());
  for (const { name, format, text, configYaml, accepted } of cases) {
    if (accepted) continue;
    const readFile = (): Uint8Array => new TextEncoder().encode(text);
    const load = (): unknown => loadBootstrap({ registry, configPath: `case.${format}`, configYaml, readFile });
    assert.throws(
      load,
      (error) => {
        assert.ok(error instanceof ConfigError);
        return error.problems.every(({ position }) => position !== undefined && position.line >= 1);
      },
      name,
    );
  }
});
