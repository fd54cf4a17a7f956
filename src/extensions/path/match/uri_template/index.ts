import type { UriTemplateMatchConfig } from '../../../../../api/generated/envoy/extensions/path/match/uri_template/v3/uri_template_match_pb.d.ts';
import type { PathMatchExtension, PathMatchPolicy } from '../../../../../sdk/router.ts';
import { compileUriTemplate } from '../../../../common/router/uri-template.ts';

const NEVER: PathMatchPolicy = { match: () => false, template: '' };

/** Routes by URI templates: `path_match_policy` (envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig). */
export const uriTemplateMatch: PathMatchExtension = {
  category: 'envoy.path.match',
  name: 'envoy.path.match.uri_template.uri_template_matcher',
  configTypes: ['envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig'],
  parseConfig(message, ctx) {
    const { pathTemplate } = message as UriTemplateMatchConfig;
    const template = compileUriTemplate(pathTemplate);
    if (!('error' in template)) return template;
    ctx.error(`path_match_policy.path_template ${pathTemplate} is invalid: ${template.error}`);
    return NEVER;
  },
};
