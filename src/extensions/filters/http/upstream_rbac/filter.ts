import type { DecoderFilterCallbacks, HttpFilter, UpstreamCallbacks } from '../../../../../sdk/http.ts';
import type { Host } from '../../../../../sdk/upstream.ts';
import type { RbacJudge } from '../../common/rbac/http-judge.ts';
import { UPSTREAM_ADDRESS, type UpstreamAddress } from '../../common/rbac/upstream-address.ts';

/** Judges an attempt when its host is chosen: what is denied gets no connection. */
export class UpstreamRbacFilter implements HttpFilter, UpstreamCallbacks {
  readonly #judge: RbacJudge;
  #callbacks!: DecoderFilterCallbacks;

  constructor(judge: RbacJudge) {
    this.#judge = judge;
  }

  setDecoderFilterCallbacks(callbacks: DecoderFilterCallbacks): void {
    this.#callbacks = callbacks;
    callbacks.upstreamCallbacks?.addUpstreamCallbacks(this);
  }

  onHostSelected({ address }: Host): void {
    const { streamInfo, connection, requestHeaders } = this.#callbacks;
    const chosen: UpstreamAddress = { address };
    // Another attempt is for another host.
    streamInfo.filterState.set(UPSTREAM_ADDRESS, chosen, false, 'Request');
    // The rules are about a client: a mirrored request has none.
    if (connection !== undefined && requestHeaders !== undefined) this.#judge.judge(requestHeaders, this.#callbacks);
  }
}
