/** What counts as a use of something deprecated though no field of it is: servers that do not say whether clients need a certificate. */
import type { Suite } from '../case.ts';
import { bootstrap } from '../config.ts';
import { stats } from '../requests.ts';
import { certificates, file, pemFiles, server, withKeys } from './tls-context.ts';

const own = certificates('server');
const trusted = `validation_context: {trusted_ca: ${file('ca')}}`;
const discovered = '{name: none, sds_config: {path_config_source: {path: "{{folder}}/secrets.yaml"}}}';
const listeners: readonly (readonly [name: string, common: string, own: string])[] = [
  ['plain', own, ''],
  ['said', `${own}, ${trusted}`, 'require_client_certificate: false'],
  ['required', `${own}, ${trusted}`, 'require_client_certificate: true'],
  ['unsaid', `${own}, ${trusted}`, ''],
  ['empty', `${own}, validation_context: {}`, ''],
  ['discovered', `${own}, validation_context_sds_secret_config: ${discovered}`, ''],
  [
    'combined',
    `${own}, combined_validation_context: {default_validation_context: {}, validation_context_sds_secret_config: ${discovered}}`,
    '',
  ],
];

export const tlsDeprecations: Suite = {
  kind: 'traffic',
  name: 'tls-deprecations',
  files: {
    ...pemFiles('ca', ...withKeys('server')),
    'secrets.yaml':
      'resources: [{"@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret, name: none, validation_context: {}}]',
  },
  config: bootstrap(
    listeners.map(([name, common, more]) => server(name, common, more, '-')),
    [],
    'node: {id: me, cluster: mine}',
  ),
  cases: [{ name: 'counted', steps: [stats('^runtime\\.deprecated')] }],
};
