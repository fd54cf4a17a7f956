import type { RequestHeaderMap } from '../../../../../sdk/headers.ts';
import type { DecoderFilterCallbacks, FilterHeadersStatus, HttpFilter } from '../../../../../sdk/http.ts';
import type { RbacJudge } from '../../common/rbac/http-judge.ts';

export class RbacFilter implements HttpFilter {
  readonly #judge: RbacJudge;
  #callbacks!: DecoderFilterCallbacks;

  constructor(judge: RbacJudge) {
    this.#judge = judge;
  }

  setDecoderFilterCallbacks(callbacks: DecoderFilterCallbacks): void {
    this.#callbacks = callbacks;
  }

  decodeHeaders(headers: RequestHeaderMap): FilterHeadersStatus {
    return this.#judge.judge(headers, this.#callbacks);
  }
}
