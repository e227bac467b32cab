import type { Service } from '../../stack/stack.ts';
import type { Verdict } from '../finding.ts';
import { isUnresolved } from '../subjects/compose.ts';
import { rule } from '../rule.ts';

export const composeImageLatest = rule({
  id: 'compose-image-latest',
  category: 'operations',
  severity: 'low',
  title: {
    fail: 'The version of the image is left to chance',
    pass: 'The image has a version',
  },
  why: 'An image without a tag is `latest`: the next pull may bring another major version, a rollback brings the same image back, and two hosts run different ones. A database that meets the files of an older major version does not start at all.',
  example: { language: 'yaml', bad: 'image: postgres', good: 'image: postgres:17' },
  references: ['https://docs.docker.com/build/building/best-practices/#pin-base-image-versions'],
  evaluate: ({ services, files }) =>
    services.flatMap((service) => judge(service, (path) => files.read(path))),
});

function judge(service: Service, read: (path: string) => string | undefined): Verdict[] {
  const { image, build } = service.compose;
  if (image === undefined || build) return [];
  const written = read(image.at.path)?.slice(image.at.start, image.at.end) ?? '';
  // Whoever deploys it gives the version: `app:${TAG:-latest}`.
  if (isUnresolved(service, 'image') || written.includes('$')) return [];
  const common = { subject: service.name, at: image.at, confidence: 'static', current: image.value } as const;
  const tag = tagOf(image.value);
  if (tag !== undefined && !floating.test(tag))
    return [{ ...common, status: 'pass', message: `${service.name} runs ${image.value}.` }];
  const data = service.role === 'postgres' || service.role === 'database';
  return [
    {
      ...common,
      status: 'fail',
      ...(data ? { severity: 'medium' } : {}),
      message: `${service.name} runs \`${image.value}\`, whatever version that is on the day of the pull${data ? '; the next major version will not start with the data that is there' : ''}.`,
      expected: 'a tag with a version, or a digest',
      fix: {
        title: `Name the version of ${service.name}'s image`,
        edits: [],
        manual: `Write the version that runs now into \`image\` of \`${service.name}\`; \`docker compose exec ${service.name}\` and the image's own \`--version\` tell it.`,
        requires: 'recreate',
      },
    },
  ];
}

/** Tags that name a base system or a channel and no version: `alpine`, `latest-dev`, `stable-alpine`. */
const floating =
  /^(?:latest|stable|mainline|edge|main|master|nightly|lts|current|rolling|alpine|slim|bookworm|bullseye|trixie|fpm|apache|management|perl|dev)(?:-(?:latest|alpine|slim|bookworm|bullseye|trixie|fpm|apache|otel|perl|dev))*$/;

/** The tag of an image, or its digest. A colon before the last slash is a registry's port. */
function tagOf(image: string): string | undefined {
  const name = image.slice(image.lastIndexOf('/') + 1);
  const digest = name.indexOf('@');
  if (digest >= 0) return name.slice(digest + 1);
  const colon = name.indexOf(':');
  return colon < 0 ? undefined : name.slice(colon + 1);
}
