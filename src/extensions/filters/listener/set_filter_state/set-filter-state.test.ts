import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListenerFactoryContext } from '../../../../../sdk/extension.ts';
import type { ListenerFilterCallbacks } from '../../../../../sdk/network.ts';
import { configReader } from '../../../../../test/harness/extension-config.ts';
import { loggedStream } from '../../../../../test/harness/logged-stream.ts';
import { listenerSetFilterState } from './index.ts';

test('an accepted socket has its values', () => {
  const { config, problems } = configReader([listenerSetFilterState]).read(
    'envoy.extensions.filters.listener.set_filter_state.v3.Config',
    {
      on_accept: [
        {
          object_key: 'envoy.tcp_proxy.cluster',
          format_string: { text_format_source: { inline_string: 'of %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%' } },
        },
      ],
    },
  );
  assert.deepEqual(problems, []);
  const { info: streamInfo } = loggedStream();
  const filter = listenerSetFilterState.createFilterFactory(config as never, {} as ListenerFactoryContext)();
  assert.equal(filter.onAccept({ streamInfo } as unknown as ListenerFilterCallbacks), 'Continue');
  assert.equal(streamInfo.filterState.get('envoy.tcp_proxy.cluster')?.serializeAsString?.(), 'of 127.0.0.1');
});
