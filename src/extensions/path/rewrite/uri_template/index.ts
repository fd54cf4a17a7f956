import type { UriTemplateRewriteConfig } from '../../../../../api/generated/envoy/extensions/path/rewrite/uri_template/v3/uri_template_rewrite_pb.d.ts';
import type { PathMatchPolicy, PathRewriteExtension, PathRewritePolicy } from '../../../../../sdk/router.ts';
import {
  parseUriTemplateRewrite,
  substitutionFor,
  UriTemplate,
  type UriTemplateRewrite,
} from '../../../../common/router/uri-template.ts';

const NAME = 'envoy.path.rewrite.uri_template.uri_template_rewriter';
const MATCHER = 'envoy.path.match.uri_template.uri_template_matcher';

/** Rewrites what a URI template has matched. */
class TemplateRewritePolicy implements PathRewritePolicy {
  readonly #rewrite: UriTemplateRewrite;
  readonly #text: string;
  /** For the one match that a route has. */
  #substitution: string | undefined = undefined;

  constructor(rewrite: UriTemplateRewrite, text: string) {
    this.#rewrite = rewrite;
    this.#text = text;
  }

  checkCompatible(match: PathMatchPolicy | undefined): string | undefined {
    if (!(match instanceof UriTemplate)) return `unable to use ${NAME} extension without ${MATCHER} extension`;
    this.#substitution = substitutionFor(this.#rewrite, match);
    if (this.#substitution !== undefined) return undefined;
    return `mismatch between variables in path_match_policy ${match.template} and path_rewrite_policy ${this.#text}`;
  }

  rewritePath(path: string, match: PathMatchPolicy): string | undefined {
    if (this.#substitution === undefined || !(match instanceof UriTemplate)) return undefined;
    return match.substitute(path, this.#substitution);
  }
}

/** `path_rewrite_policy` (envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig). */
export const uriTemplateRewrite: PathRewriteExtension = {
  category: 'envoy.path.rewrite',
  name: NAME,
  configTypes: ['envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig'],
  parseConfig(message, ctx) {
    const { pathTemplateRewrite: text } = message as UriTemplateRewriteConfig;
    const rewrite = parseUriTemplateRewrite(text);
    if (!('error' in rewrite)) return new TemplateRewritePolicy(rewrite, text);
    ctx.error(`path_rewrite_policy.path_template_rewrite ${text} is invalid: ${rewrite.error}`);
    return new TemplateRewritePolicy({ parts: [] }, text);
  },
};
