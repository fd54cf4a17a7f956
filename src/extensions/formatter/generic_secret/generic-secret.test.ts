import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DiscoveredSecret, SecretLookup } from '../../../../sdk/config.ts';
import { configReader } from '../../../../test/harness/extension-config.ts';
import { loggedStream, testConfig } from '../../../../test/harness/logged-stream.ts';
import { parseFormat } from '../../../common/formatter/formatter.ts';
import { genericSecretFormatter } from './index.ts';

const TYPE = 'envoy.extensions.formatter.generic_secret.v3.GenericSecret';
const secretOf = (text: string) => ({ secret: { specifier: { case: 'inlineString', value: text } } }) as never;

/** One secret of the bootstrap, `token`, and one of a file. */
class Secrets implements SecretLookup {
  value: DiscoveredSecret['value'] = undefined;
  changed = (): void => {};

  staticSecret(kind: string, name: string) {
    return kind === 'genericSecret' && name === 'token' ? secretOf('abcdef') : undefined;
  }

  discover(): DiscoveredSecret {
    return { key: 'k', value: this.value };
  }

  onChange(_key: string, callback: () => void): Disposable {
    this.changed = callback;
    return { [Symbol.dispose]: () => {} };
  }
}

function formatter(json: object, text: string, secrets = new Secrets()) {
  const resources = { readFile: () => ({ error: '' }), environmentVariable: () => undefined, secrets };
  const { config, problems } = configReader([genericSecretFormatter], resources).read(TYPE, json as never);
  const { ctx, faults } = testConfig();
  const commands = genericSecretFormatter.createCommands(config as never);
  const made = parseFormat(text, ctx, { commands });
  const { context, info } = loggedStream({});
  return { text: () => made.format(context, info), problems: [...problems, ...faults()].join() };
}
const token = { secret_configs: { x: { name: 'token' } } };
const found = {
  secret_configs: { x: { name: 'n', sds_config: { path_config_source: { path: '/s.yaml' } } } },
};

test('a secret of the bootstrap, cut to a length', () => {
  assert.equal(formatter(token, '%SECRET(x)% %SECRET(x):2%').text(), 'abcdef ab');
});

test('a secret of a file is there once it has come, and follows it', () => {
  const secrets = new Secrets();
  const { text } = formatter(found, '%SECRET(x)%', secrets);
  assert.equal(text(), '-');
  secrets.value = secretOf('one');
  secrets.changed();
  assert.equal(text(), 'one');
});

test('names that are not there are refused', () => {
  assert.match(formatter(token, '%SECRET(y)%').problems, /secret 'y' is not configured in secret_configs/);
  const unknown = { secret_configs: { x: { name: 'nobody' } } };
  assert.match(formatter(unknown, 'x').problems, /secret 'nobody' not found in static bootstrap resources/);
});
