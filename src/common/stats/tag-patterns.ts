/**
 * Envoy's default tags: how parts of a statistic's name become labels (source/common/config/well_known_names.cc,
 * documented at https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/statistics).
 */

/** Dotted tokens: `*` is any one token, `**` any number, `$` the one that is the tag's value. */
export interface TokenPattern {
  readonly name: string;
  readonly tokens: string;
}

/** The first group is cut out of the name, the second is the tag's value. */
export interface RegexPattern {
  readonly name: string;
  readonly regex: RegExp;
  /** Names without it cannot match: asked first, since it is cheap. */
  readonly substring?: string;
  /** The value that is no tag. */
  readonly except?: string;
}

/** Tried in this order, then the token patterns. */
export const DEFAULT_REGEX_PATTERNS: readonly RegexPattern[] = [
  { name: 'envoy.response_code', regex: /_rq(_(\d{3}))$/, substring: '_rq_' },
  { name: 'envoy.response_code_class', regex: /_rq_((\d))xx$/, substring: '_rq_' },
  {
    name: 'envoy.dynamo_partition_id',
    regex: /^http\.[^.]+\.dynamodb\.table\.[^.]+\.capacity\.[^.]+(\.__partition_id=(\w{7}))$/,
    substring: '.dynamodb.table.',
  },
  {
    name: 'envoy.dynamo_operation',
    regex: /^http\.[^.]+\.dynamodb.(?:operation|table\.[^.]+\.capacity)(\.([^.]+))(?:\.|$)/,
    substring: '.dynamodb.',
  },
  {
    name: 'envoy.dynamo_table',
    regex: /^http\.[^.]+\.dynamodb.(?:table|error)\.(([^.]+)\.)/,
    substring: '.dynamodb.',
  },
  { name: 'envoy.ssl_cipher', regex: /^listener\..*?\.ssl\.ciphers(\.([\w-]+))$/, substring: '.ssl.ciphers.' },
  {
    name: 'envoy.ssl_curve',
    regex: /^(?:listener|cluster)\..*?\.ssl\.curves(\.([\w-]+))$/,
    substring: '.ssl.curves.',
  },
  {
    name: 'envoy.ssl_sigalg',
    regex: /^(?:listener|cluster)\..*?\.ssl\.sigalgs(\.([\w-]+))$/,
    substring: '.ssl.sigalgs.',
  },
  {
    name: 'envoy.ssl_version',
    regex: /^(?:listener|cluster)\..*?\.ssl\.versions(\.(TLSv\d\.\d))$/,
    substring: '.ssl.versions.',
  },
  {
    name: 'envoy.tls_certificate',
    regex: /^(?:listener|cluster)\..*?\.ssl\.certificate\.(([^.]+)\.).*$/,
    substring: '.ssl.certificate',
  },
  { name: 'cipher_suite', regex: /^cluster\.[^.]+\.ssl\.ciphers(\.([\w-]+))$/, substring: '.ssl.ciphers.' },
  { name: 'envoy.http_conn_manager_prefix', regex: /^listener\..*?\.http\.(([^.]+)\.)/, substring: '.http.' },
  {
    name: 'envoy.worker_id',
    regex:
      /^(?:listener\.(?:(?:\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[[a-fA-F_\d]+\])_\d+|[^.]+)|server|listener_manager|thread_local_cluster_manager)\.worker_((\d+)\.)/,
  },
  {
    name: 'envoy.listener_address',
    regex: /^listener\.(((?:\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[[a-fA-F_\d]+\])_\d+|[^.]+)\.)/,
    except: 'admin',
  },
  {
    name: 'envoy.rds_route_config',
    regex: /^http\.[^.]+\.rds\.(([\w.-]+)\.)\w+?$/,
    substring: '.rds.',
  },
  {
    name: 'envoy.scoped_rds_config',
    regex: /^http\.[^.]+\.scoped_rds\.(([\w./-]+)\.)\w+?$/,
    substring: '.scoped_rds.',
  },
  { name: 'envoy.xds_resource_name', regex: /^sds\.(([^.]+)\.).+/ },
  {
    name: 'envoy.rbac_policy_name',
    regex: /^http\.[^.]+\.rbac\.(?:[^.]+\.)?policy\.(([^.]+)\.)(?:allowed|shadow_allowed|denied|shadow_denied)$/,
    substring: '.rbac.',
  },
  {
    name: 'envoy.rbac_http_prefix',
    regex: /^http\.[^.]+\.rbac\.(([^.]+)\.).*?/,
    substring: '.rbac.',
    except: 'policy',
  },
  { name: 'envoy.proxy_protocol_prefix', regex: /^proxy_proto\.(([^.]+)\.).+$/, except: 'versions' },
  { name: 'envoy.proxy_protocol_version', regex: /^proxy_proto\.((?:[^.]+\.)?versions\.v(\d)\.)\w+$/ },
  {
    name: 'envoy.health_check_name',
    regex: /^cluster\.[^.]+\.health_check(\.name\.([^.]+))\..+/,
    substring: '.health_check.name.',
  },
];

export const DEFAULT_TOKEN_PATTERNS: readonly TokenPattern[] = [
  { name: 'envoy.mongo_callsite', tokens: 'mongo.*.collection.*.callsite.$.query.**' },
  { name: 'envoy.mongo_collection', tokens: 'mongo.*.collection.$.**.query.*' },
  { name: 'envoy.mongo_cmd', tokens: 'mongo.*.cmd.$.**' },
  { name: 'envoy.grpc_bridge_method', tokens: 'cluster.*.grpc.*.$.**' },
  { name: 'envoy.http_user_agent', tokens: 'http.*.user_agent.$.**' },
  { name: 'envoy.virtual_cluster', tokens: 'vhost.*.vcluster.$.**' },
  { name: 'envoy.fault_downstream_cluster', tokens: 'http.*.fault.$.**' },
  { name: 'envoy.grpc_bridge_service', tokens: 'cluster.*.grpc.$.**' },
  { name: 'envoy.tcp_prefix', tokens: 'tcp.$.**' },
  { name: 'envoy.udp_prefix', tokens: 'udp.$.**' },
  { name: 'envoy.clientssl_prefix', tokens: 'auth.clientssl.$.**' },
  { name: 'envoy.ratelimit_prefix', tokens: 'ratelimit.$.**' },
  { name: 'envoy.cluster_name', tokens: 'cluster.$.**' },
  { name: 'envoy.ext_authz_prefix', tokens: 'cluster.*.ext_authz.$.**' },
  { name: 'envoy.ext_authz_prefix', tokens: 'http.*.ext_authz.$.**' },
  { name: 'envoy.http_conn_manager_prefix', tokens: 'http.$.**' },
  { name: 'envoy.virtual_host', tokens: 'vhost.$.**' },
  { name: 'envoy.mongo_prefix', tokens: 'mongo.$.**' },
  { name: 'envoy.route', tokens: 'vhost.*.route.$.**' },
  { name: 'envoy.thrift_prefix', tokens: 'thrift.$.**' },
  { name: 'envoy.redis_prefix', tokens: 'redis.$.**' },
  { name: 'envoy.local_http_ratelimit_prefix', tokens: '$.http_local_rate_limit.**' },
  { name: 'envoy.local_network_ratelimit_prefix', tokens: 'local_rate_limit.$.**' },
  { name: 'envoy.local_listener_ratelimit_prefix', tokens: 'listener_local_ratelimit.$.**' },
  { name: 'envoy.dns_filter_prefix', tokens: 'dns_filter.$.**' },
  { name: 'envoy.connection_limit_prefix', tokens: 'connection_limit.$.**' },
  { name: 'envoy.rbac_prefix', tokens: '$.rbac.**' },
  { name: 'envoy.google_grpc_client_prefix', tokens: 'grpc.$.**' },
];
