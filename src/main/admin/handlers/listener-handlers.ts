/** `/listeners` and `/drain_listeners` (source/server/admin/listeners_handler.cc). */
import type { AdminContext, AdminListener, JsonObject } from '../admin-context.ts';
import { type AdminHandler, type AdminResponse, okReply, textReply } from '../admin-handler.ts';
import { jsonReply, listField } from '../proto-json.ts';
import type { QueryParams } from '../query-params.ts';

function show(query: QueryParams, context: AdminContext): AdminResponse {
  const listeners = [...context.listeners()];
  if (query.get('format') === 'json') return jsonReply({ listener_statuses: listField(listeners.map(status)) });
  const lines = listeners.flatMap(({ name, addresses }) => addresses.map(({ text }) => `${name}::${text}\n`));
  return textReply(lines.join(''));
}

function status(listener: AdminListener): JsonObject {
  const [first, ...more] = listener.addresses;
  return {
    name: listener.name,
    local_address: first?.json,
    additional_local_addresses: listField(more.map(({ json }) => json)),
  };
}

function drain(query: QueryParams, context: AdminContext): AdminResponse {
  context.lifecycle.drainListeners({
    graceful: query.has('graceful'),
    skipExit: query.has('skip_exit'),
    inboundOnly: query.has('inboundonly'),
  });
  return okReply();
}

export const listenerHandlers: readonly AdminHandler[] = [
  {
    path: '/listeners',
    help: 'print listener info',
    mutates: false,
    params: [{ name: 'format', kind: 'choice', help: 'File format to use', choices: ['text', 'json'] }],
    handle: show,
  },
  {
    path: '/drain_listeners',
    help: 'drain listeners',
    mutates: true,
    params: [
      {
        name: 'graceful',
        kind: 'boolean',
        help:
          'When draining listeners, enter a graceful drain period prior to closing listeners. This behaviour and ' +
          'duration is configurable via server options or CLI',
      },
      {
        name: 'skip_exit',
        kind: 'boolean',
        help:
          'When draining listeners, drain the connections but never stop the listeners. The graceful parameter has no ' +
          'effect when this is set, since the drain period only delays stopping the listeners',
      },
      {
        name: 'inboundonly',
        kind: 'boolean',
        help:
          'Drains all inbound listeners. traffic_direction field in envoy_v3_api_msg_config.listener.v3.Listener is ' +
          'used to determine whether a listener is inbound or outbound.',
      },
    ],
    handle: drain,
  },
];
