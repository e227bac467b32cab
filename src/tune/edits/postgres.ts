import { postgresFix } from '../../audit/subjects/postgres-fix.ts';
import { postgresServices, sameValue, settingOf } from '../../audit/subjects/postgres.ts';
import { isOfficial } from '../../readers/postgres/images.ts';
import type { Service, Stack } from '../../stack/stack.ts';
import type { TunedSetting } from '../plan.ts';
import { edited, fromVariable, leave, unchanged, variableOf, type GroupEdit } from './group.ts';

/** PostgreSQL's settings in its configuration file, if the project has one, else on its command line. */
export function postgresEdit(stack: Stack, { name }: Service, settings: readonly TunedSetting[]): GroupEdit {
  const service = postgresServices(stack).find((one) => one.name === name);
  if (!service) return leave(settings, 'Its settings were not found in the files.');
  const official = isOfficial(service.compose.image?.value ?? '');
  const same: TunedSetting[] = [];
  const left: GroupEdit[] = [];
  const changes: TunedSetting[] = [];
  for (const setting of settings) {
    const current = settingOf(service, setting.name);
    const variable = variableOf(stack.files, current?.at, setting.name);
    if (current !== undefined && sameValue(setting.name, setting.value, current.value)) same.push(setting);
    else if (setting.name === 'wal_compression' && !official)
      left.push(
        leave(
          [setting],
          'Its image is not an official one, and may have a PostgreSQL that was built without.',
        ),
      );
    else if (variable !== undefined) left.push(leave([setting], fromVariable(variable)));
    else changes.push(setting);
  }
  if (changes.length > 0) {
    const { edits } = postgresFix(stack, service, changes, { title: '' });
    left.push(
      edited(changes, edits, 'The image or the command starts PostgreSQL in a way that is not edited.'),
    );
  }
  return together([unchanged(same), ...left]);
}

function together(groups: readonly GroupEdit[]): GroupEdit {
  return {
    same: groups.flatMap(({ same }) => same),
    changed: groups.flatMap(({ changed }) => changed),
    edits: groups.flatMap(({ edits }) => edits),
    left: groups.flatMap(({ left }) => left),
  };
}
