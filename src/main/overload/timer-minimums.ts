import type {
  OverloadAction,
  ScaleTimersOverloadActionConfig_ScaleTimer as ScaleTimer,
  ScaleTimersOverloadActionConfig,
} from '../../../api/generated/envoy/config/overload/v3/overload_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { ScaledTimer } from '../../../sdk/extension.ts';
import { durationMs } from '../../common/upstream/proto-values.ts';
import type { TimerMinimum } from '../../snapshot/overload.ts';

export const REDUCE_TIMEOUTS = 'envoy.overload_actions.reduce_timeouts';
const TYPE = 'envoy.config.overload.v3.ScaleTimersOverloadActionConfig';

/** Of TimerType; flushing of streams is timed in HTTP/2 and HTTP/3 alone. */
const TIMERS: readonly { readonly name: string; readonly timer: ScaledTimer | undefined }[] = [
  { name: 'UNSPECIFIED', timer: undefined },
  { name: 'HTTP_DOWNSTREAM_CONNECTION_IDLE', timer: 'http-connection-idle' },
  { name: 'HTTP_DOWNSTREAM_STREAM_IDLE', timer: 'http-stream-idle' },
  { name: 'TRANSPORT_SOCKET_CONNECT', timer: 'transport-socket-connect' },
  { name: 'HTTP_DOWNSTREAM_CONNECTION_MAX', timer: 'http-connection-max' },
  { name: 'HTTP_DOWNSTREAM_STREAM_FLUSH', timer: undefined },
];

/** What `reduce_timeouts` says, in Envoy's words what is wrong with it; nothing of any other action. */
export function parseTimerMinimums({ name, typedConfig }: OverloadAction, ctx: ConfigContext): TimerMinimum[] {
  if (name !== REDUCE_TIMEOUTS) return [];
  if (typedConfig === undefined) {
    ctx.error(`Overload action "${name}" requires typed_config`);
    return [];
  }
  const at = ctx.child('typed_config');
  const message = at.unpack(typedConfig);
  if (message === undefined) return [];
  if (message.$typeName !== TYPE) {
    at.error(`typed_config resolves to ${message.$typeName} instead of ${TYPE}`);
    return [];
  }
  const { timerScaleFactors } = message as ScaleTimersOverloadActionConfig;
  const known = new Set<number>();
  return timerScaleFactors.flatMap((factor, i) => {
    const entry = TIMERS[factor.timer];
    if (known.has(factor.timer)) {
      at.child('timer_scale_factors', i).error(`Found duplicate entry for timer type ${entry?.name ?? factor.timer}`);
    }
    known.add(factor.timer);
    return entry?.timer === undefined ? [] : [minimumOf(entry.timer, factor)];
  });
}

function minimumOf(timer: ScaledTimer, { overloadAdjust }: ScaleTimer): TimerMinimum {
  if (overloadAdjust.case === 'minTimeout') {
    return { timer, kind: 'absolute', ms: durationMs(overloadAdjust.value) ?? 0 };
  }
  return { timer, kind: 'share', share: (overloadAdjust.value?.value ?? 0) / 100 };
}
