import { changeFlags } from '../../readers/commands/splice.ts';
import type { PythonCall, PythonModule, PythonValue } from '../../readers/python/settings.ts';
import type { Span } from '../../source/span.ts';
import type { Service, Stack } from '../../stack/stack.ts';
import type { Fix, Severity, Verdict } from '../finding.ts';
import { rule } from '../rule.ts';
import { environmentEdits } from '../subjects/environment-edit.ts';

export const appDebug = rule({
  id: 'app-debug',
  category: 'app',
  severity: 'medium',
  title: {
    fail: 'Debug mode is on',
    pass: 'Debug mode is off',
  },
  why: "Debug mode is made for one developer. Flask's debugger runs any Python that a visitor types; Django's error pages show settings and sources, and `DEBUG = True` keeps every SQL query of a process in memory; template caches are off. Turn it on by a variable that production does not set.",
  example: {
    language: 'yaml',
    bad: "environment:\n  FLASK_DEBUG: '1'",
    good: "environment:\n  FLASK_DEBUG: '0'",
  },
  references: [
    'https://flask.palletsprojects.com/en/stable/debugging/',
    'https://docs.djangoproject.com/en/stable/ref/settings/#debug',
    'https://docs.djangoproject.com/en/stable/howto/deployment/checklist/#debug',
  ],
  evaluate: (stack) =>
    stack.services.flatMap((service) => (service.role === 'app' ? judge(stack, service) : [])),
});

interface Debug {
  at: Span;
  text: string;
  severity: Severity;
  fix: Fix;
}

/** Variables that switch debugging on, with what they are when they do. */
const variables: Readonly<Record<string, { on: RegExp; off: string; severity: Severity }>> = {
  FLASK_DEBUG: { on: /^(?:1|true|yes|on)$/i, off: '0', severity: 'high' },
  FLASK_ENV: { on: /^development$/i, off: 'production', severity: 'medium' },
  DJANGO_DEBUG: { on: /^(?:1|true|yes|on)$/i, off: 'False', severity: 'medium' },
  DEBUG: { on: /^(?:1|true|yes|on)$/i, off: 'False', severity: 'medium' },
};

function judge(stack: Stack, service: Service): readonly Verdict[] {
  const isPython =
    service.python.length > 0 || /python|gunicorn|flask|django/i.test(service.app?.words.join(' ') ?? '');
  if (!isPython && !service.compose.environment.has('FLASK_DEBUG')) return [];
  const [worst] = [...fromVariables(stack, service), ...fromCode(stack, service)].toSorted(
    (one, other) => order.indexOf(one.severity) - order.indexOf(other.severity),
  );
  const common = { subject: service.name, confidence: 'static' } as const;
  if (!worst)
    return [
      {
        ...common,
        status: 'pass',
        at: service.compose.nameAt,
        message: `Nothing switches debug mode of ${service.name} on.`,
      },
    ];
  const { at, text, severity, fix } = worst;
  return [
    {
      ...common,
      status: 'fail',
      severity,
      at,
      message: `${service.name} runs in debug mode: ${text}.`,
      current: text,
      expected: 'debug mode off',
      evidence: [{ at, text }],
      fix,
    },
  ];
}

const order: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'info'];

function fromVariables(stack: Stack, service: Service): readonly Debug[] {
  return Object.entries(variables).flatMap(([name, { on, off, severity: usual }]): Debug[] => {
    const inCompose = service.compose.environment.get(name);
    const found = inCompose ?? service.image?.env.get(name);
    if (found?.value === undefined || !on.test(found.value.trim())) return [];
    // Only Flask's own server brings its debugger.
    const severity = name === 'FLASK_DEBUG' && !isFlaskServer(service) ? 'medium' : usual;
    const edits = inCompose ? environmentEdits(stack, service, name, off) : undefined;
    return [
      {
        at: found.at,
        text: `${name}=${found.value}`,
        severity,
        fix: {
          title: `Set ${name} to ${off}`,
          edits: edits ?? [],
          ...(edits ? {} : { manual: `Set \`${name}\` of \`${service.name}\` to \`${off}\`.` }),
          requires: inCompose ? 'recreate' : 'rebuild',
        },
      },
    ];
  });
}

function isFlaskServer({ app }: Service): boolean {
  return app?.call?.name === 'flask.Flask.run' || (app?.kind === 'development' && app.words[0] === 'flask');
}

function fromCode(stack: Stack, service: Service): readonly Debug[] {
  const { app, python } = service;
  const found: Debug[] = [];
  const add = (value: PythonValue | undefined, text: string, severity: Severity): void => {
    if (!value || !isOn(value, service)) return;
    const written = stack.files.read(value.at.path)?.slice(value.at.start, value.at.end);
    found.push({
      at: value.at,
      text,
      severity,
      fix: {
        title: 'Switch debug mode off',
        edits: written === 'True' ? [{ ...value.at, text: 'False' }] : [],
        ...(written === 'True'
          ? {}
          : { manual: 'Set it to `False` unless a variable that only development sets says otherwise.' }),
        requires: 'rebuild',
      },
    });
  };
  // Only the call that starts the server: a debug run by hand is nobody's concern.
  if (app && isFlaskServer(service) && app.words.includes('--debug'))
    found.push({
      at: app.at,
      text: 'flask run --debug',
      severity: 'high',
      fix: {
        title: 'Start Flask without the debugger',
        edits: changeFlags(app, stack.files, [{ names: ['--debug'], value: null }]),
        requires: 'recreate',
      },
    });
  const call = app?.call;
  if (call?.name === 'flask.Flask.run') add(call.keywords.get('debug'), 'app.run(debug=True)', 'high');
  for (const module of python) {
    for (const application of module.calls) addApplication(application, add);
    if (isDjangoSettings(module, service))
      add(module.assignments.get('DEBUG')?.value, 'DEBUG = True', 'high');
  }
  return found;
}

function addApplication(
  call: PythonCall,
  add: (value: PythonValue | undefined, text: string, severity: Severity) => void,
): void {
  if (call.name === 'fastapi.FastAPI' || call.name === 'starlette.applications.Starlette')
    add(call.keywords.get('debug'), `${call.name.split('.').at(-1) ?? ''}(debug=True)`, 'medium');
}

function isOn(value: PythonValue, { compose, image }: Service): boolean {
  if (value.kind === 'boolean') return value.value;
  if (value.kind === 'string') return /^(?:1|true|yes|on)$/i.test(value.value);
  if (value.kind !== 'env') return false;
  const variable = compose.environment.get(value.name) ?? image?.env.get(value.name);
  if (variable) return false;
  return value.fallback?.kind === 'boolean' && value.fallback.value;
}

/** The settings that the service runs with: those that DJANGO_SETTINGS_MODULE names, or the only ones there are. */
function isDjangoSettings(module: PythonModule, { compose, image, python }: Service): boolean {
  if (!looksLikeSettings(module)) return false;
  const named =
    compose.environment.get('DJANGO_SETTINGS_MODULE')?.value ??
    image?.env.get('DJANGO_SETTINGS_MODULE')?.value;
  if (named !== undefined) {
    const path = named.replaceAll('.', '/');
    return (
      module.path === `${path}.py` ||
      module.path.endsWith(`/${path}.py`) ||
      module.path.endsWith(`${path}/__init__.py`)
    );
  }
  return python.filter((other) => looksLikeSettings(other)).length === 1;
}

function looksLikeSettings({ path, assignments }: PythonModule): boolean {
  return (
    assignments.has('DEBUG') &&
    (assignments.has('INSTALLED_APPS') ||
      assignments.has('DATABASES') ||
      assignments.has('ROOT_URLCONF') ||
      /settings/.test(path))
  );
}
