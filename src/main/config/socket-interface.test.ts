import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TypedExtensionConfig } from '../../../api/generated/envoy/config/core/v3/extension_pb.d.ts';
import { configReader } from '../../../test/harness/extension-config.ts';
import type { JsonInput } from '../../common/proto/json-value.ts';
import { checkSocketInterfaceName, parseBootstrapExtensions } from './socket-interface.ts';

const name = 'envoy.extensions.network.socket_interface.default_socket_interface';
const type = 'type.googleapis.com/envoy.extensions.network.socket_interface.v3.DefaultSocketInterface';
const reader = configReader([]);

interface Bootstrap {
  readonly bootstrapExtensions: readonly TypedExtensionConfig[];
  readonly defaultSocketInterface: string;
}

const read = (json: JsonInput) =>
  reader.parse('envoy.config.bootstrap.v3.Bootstrap', json, (bootstrap: Bootstrap, ctx) => {
    checkSocketInterfaceName(bootstrap.defaultSocketInterface, ctx.child('default_socket_interface'));
    return parseBootstrapExtensions(bootstrap.bootstrapExtensions, ctx);
  });

const extension = (fields: Readonly<Record<string, JsonInput>>) => ({
  bootstrap_extensions: [{ name, typed_config: { '@type': type, ...fields } }],
});
const options = (fields: Readonly<Record<string, JsonInput>>) => extension({ io_uring_options: fields });

for (const [what, json, expected] of [
  ['io_uring is not asked for without its options', extension({}), undefined],
  ['nor by the name alone', { default_socket_interface: name }, undefined],
  ['what its options leave open is Envoy’s', options({}), { size: 1000, readBufferBytes: undefined }],
  ['a size', options({ io_uring_size: 77 }), { size: 77, readBufferBytes: undefined }],
  ['receive buffers', options({ read_buffer_size: 65_536 }), { size: 1000, readBufferBytes: 65_536 }],
  ['of a page at least', options({ read_buffer_size: 17 }), { size: 1000, readBufferBytes: 4096 }],
  ['many receives by one', options({ enable_multishot_receive: true }), { size: 1000, readBufferBytes: undefined }],
] as const)
  test(what, () => assert.deepEqual(read(json), { config: expected, problems: [] }));

for (const [what, json, problem] of [
  [
    'a socket interface that there is not',
    { default_socket_interface: 'other' },
    /^default_socket_interface: socket interface 'other' is not supported yet/,
  ],
  [
    'one without configuration',
    { bootstrap_extensions: [{ name }] },
    /^bootstrap_extensions\[0\]: bootstrap extension/,
  ],
  [
    'another extension of the bootstrap',
    { bootstrap_extensions: [{ name: 'x', typed_config: { '@type': 'type.googleapis.com/google.protobuf.Struct' } }] },
    /^bootstrap_extensions\[0\]: bootstrap extension 'x' is not supported yet/,
  ],
  [
    'an option that is not supported',
    options({ write_timeout_ms: 5 }),
    /^bootstrap_extensions\[0\].typed_config.io_uring_options.write_timeout_ms/,
  ],
] as const)
  test(`${what} is refused by name`, () => {
    const { problems } = read(json);
    assert.equal(problems.length, 1, problems.join('\n'));
    assert.match(problems[0] ?? '', problem);
  });
