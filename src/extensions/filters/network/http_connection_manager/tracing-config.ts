import type { HttpConnectionManager_Tracing as TracingProto } from '../../../../../api/generated/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import type { TracingSampling } from '../../../../../sdk/router.ts';
import { checkSpanFormats, finePercentFraction, percentFraction } from '../../../../common/router/route-tracing.ts';

/** `tracing` without a provider: requests are chosen and told so, but there are no spans. */
export function parseTracing(config: TracingProto | undefined, ctx: ConfigContext): TracingSampling | undefined {
  if (config === undefined) return undefined;
  if (config.provider !== undefined) {
    ctx.child('provider').error(`tracing provider ${config.provider.name} is not supported yet`);
  }
  checkSpanFormats(config, ctx);
  return {
    client: percentFraction(config.clientSampling),
    random: finePercentFraction(config.randomSampling),
    overall: percentFraction(config.overallSampling),
  };
}
