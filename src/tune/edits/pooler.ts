import { environmentEdits } from '../../audit/subjects/environment-edit.ts';
import type { Service, Stack } from '../../stack/stack.ts';
import type { TunedSetting } from '../plan.ts';
import { edited, fromVariable, leave, unchanged, variableOf, type GroupEdit } from './group.ts';

/** A setting of PgBouncer, in the environment that the usual images make its configuration of. */
export function poolerEdit(stack: Stack, service: Service, setting: TunedSetting): GroupEdit {
  const { environment, image } = service.compose;
  const plain = setting.name.toUpperCase();
  const names = [`PGBOUNCER_${plain}`, plain];
  const present = names.find((name) => environment.has(name));
  const repository = (image?.value ?? '').split('@')[0] ?? '';
  // https://hub.docker.com/r/bitnami/pgbouncer, https://github.com/edoburu/docker-pgbouncer
  const usual = /(?:^|\/)bitnami(?:legacy)?\/pgbouncer(?=:|$)/.test(repository)
    ? names[0]
    : /(?:^|\/)edoburu\/pgbouncer(?=:|$)/.test(repository)
      ? names[1]
      : undefined;
  const name = present ?? usual;
  if (name === undefined) return leave([setting], 'Its image takes no such variable that is known here.');
  const current = environment.get(name);
  if (current?.value === setting.value) return unchanged([setting]);
  const variable = variableOf(stack.files, current?.at);
  return variable === undefined
    ? edited(
        [setting],
        environmentEdits(stack, service, name, setting.value),
        `${name} is written where it cannot be changed for this service alone.`,
      )
    : leave([setting], fromVariable(variable));
}
