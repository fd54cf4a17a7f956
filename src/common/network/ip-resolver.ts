/** Of address resolvers (`resolver_name`) the only one there is, here as in Envoy: it reads IP addresses. */
export const IP_RESOLVER = 'envoy.ip';
