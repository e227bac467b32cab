/** Wrong ops.yaml files, and every message each one earns. */
export const badYaml: Readonly<Record<string, { yaml: string; says: readonly string[] }>> = {
  'key with a typo': {
    yaml: 'hosts: web1\nbrnch: main\n',
    says: ['ops.yaml:2:1: unknown key "brnch"; did you mean "branch"?'],
  },
  'camelCase instead of snake_case': {
    yaml: 'hosts: web1\nappDir: /srv/app\n',
    says: ['ops.yaml:2:1: unknown key "appDir"; did you mean "app_dir"?'],
  },
  'key that belongs into a section': {
    yaml: 'hosts: web1\nstability: 5s\n',
    says: ['ops.yaml:2:1: unknown key "stability"; did you mean "deploy.stability"?'],
  },
  'key that belongs into one of two sections': {
    yaml: 'targets:\n  production:\n    hosts: web1\n    timeout: 5s\n',
    says: [
      'ops.yaml:4:5: unknown key "timeout"; did you mean "health.timeout", "build.timeout", "release.timeout" or "bench.timeout"?',
    ],
  },
  'key with a typo that belongs into a section': {
    yaml: 'hosts: web1\nkeeep: 1\n',
    says: ['ops.yaml:2:1: unknown key "keeep"; did you mean "deploy.keep"?'],
  },
  'key like no other': {
    yaml: 'hosts: web1\nbuild:\n  zzz: 1\n',
    says: ['ops.yaml:3:3: unknown key "zzz"; valid keys here: cache, pull, args, timeout'],
  },
  'key with a typo in a host': {
    yaml: 'hosts:\n  - web1\n  - address: web2\n    prot: 22\n',
    says: ['ops.yaml:4:5: unknown key "prot"; did you mean "port"?'],
  },
  'secrets in the file': {
    yaml: 'hosts: web1\nssh:\n  passphrase: x\n  key: y\n  password: z\n',
    says: [
      'ops.yaml:3:3: unknown key "passphrase"; secrets have no place in a file that is shared; use the variable OPS_SSH_PASSPHRASE',
      'ops.yaml:4:3: unknown key "key"; secrets have no place in a file that is shared; use key_file, or the variable OPS_SSH_KEY_CONTENT',
      'ops.yaml:5:3: unknown key "password"; ops logs in with keys only',
    ],
  },
  'two problems in two targets, in the order of the lines': {
    yaml: 'targets:\n  a:\n    hosts: [web1]\n    branch: -x\n  b:\n    hots: [web2]\n',
    says: [
      'ops.yaml:4:13: targets.a.branch: expected a branch name, found "-x" (it begins with -)',
      'ops.yaml:6:5: unknown key "hots"; did you mean "hosts"?',
    ],
  },
  'duration without a unit we know': {
    yaml: 'hosts: web1\ndeploy:\n  stability: 5 minutes\n',
    says: [
      'ops.yaml:3:14: deploy.stability: expected a duration such as 30s, 500ms or 2m (a number counts seconds), found "5 minutes"',
    ],
  },
  'time-out of nothing': {
    yaml: 'hosts: web1\nhealth: { timeout: 0 }\n',
    says: [
      'ops.yaml:2:20: health.timeout: expected a duration such as 30s, 500ms or 2m (a number counts seconds), found 0 (at least 100ms)',
    ],
  },
  'size without a unit we know': {
    yaml: 'hosts: web1\ndeploy: { min_disk: 2 bananas }\n',
    says: [
      'ops.yaml:2:21: deploy.min_disk: expected a size such as 500M or 2G (a number counts MiB), found "2 bananas"',
    ],
  },
  'number in quotes': {
    yaml: 'hosts: web1\nssh:\n  port: "22"\n',
    says: ['ops.yaml:3:9: ssh.port: expected a port from 1 to 65535, found "22" (remove the quotes)'],
  },
  'port out of range, fraction': {
    yaml: 'hosts: web1\nssh: { port: 70000 }\nhealth: { port: 80.5 }\n',
    says: [
      'ops.yaml:2:14: ssh.port: expected a port from 1 to 65535, found 70000',
      'ops.yaml:3:17: health.port: expected a port from 1 to 65535, found 80.5',
    ],
  },
  'text without quotes that YAML reads as a number': {
    yaml: 'hosts: web1\nbranch: 1.0\n',
    says: ['ops.yaml:2:9: branch: expected a branch name, found 1 (put it into quotes)'],
  },
  'yes and no are text in YAML 1.2': {
    yaml: 'hosts: web1\nproduction: yes\n',
    says: ['ops.yaml:2:13: production: expected true or false, found "yes"'],
  },
  'key without a value': {
    yaml: 'hosts: web1\nbranch:\napp_dir: /srv/app\n',
    says: ['ops.yaml:2:1: branch: expected a branch name, found nothing'],
  },
  'choice with a typo': {
    yaml: 'hosts: web1\ndeploy:\n  strategy: roling\n',
    says: [
      'ops.yaml:3:13: deploy.strategy: expected rolling or recreate, found "roling" (did you mean rolling?)',
    ],
  },
  'choice that is none': {
    yaml: 'hosts: web1\nrelease: { hosts: some }\n',
    says: ['ops.yaml:2:19: release.hosts: expected all or first, found "some"'],
  },
  'batch of nobody, of too many, of something': {
    yaml: 'targets:\n  a: { hosts: h, deploy: { batch: 0 } }\n  b: { hosts: h, deploy: { batch: 120% } }\n  c: { hosts: h, deploy: { batch: half } }\n',
    says: [
      'ops.yaml:2:35: targets.a.deploy.batch: expected a number of hosts such as 1, or a share such as 25%, found 0 (no host would ever have its turn)',
      'ops.yaml:3:35: targets.b.deploy.batch: expected a number of hosts such as 1, or a share such as 25%, found "120%" (more than all)',
      'ops.yaml:4:35: targets.c.deploy.batch: expected a number of hosts such as 1, or a share such as 25%, found "half"',
    ],
  },
  'text instead of a section': {
    yaml: 'hosts: web1\nhealth: /health\n',
    says: ['ops.yaml:2:9: health: expected a map with path, port, timeout, found "/health"'],
  },
  'map instead of a list': {
    yaml: 'hosts: web1\nservices:\n  roll: { backend: true }\n',
    says: ['ops.yaml:3:9: services.roll: expected a list of service names, found a map'],
  },
  'list with a wrong item': {
    yaml: 'hosts: web1\nservices:\n  roll:\n    - backend\n    - web app\n',
    says: ['ops.yaml:5:7: services.roll: expected a service name (letters, digits, _ . -), found "web app"'],
  },
  'hosts that are none': {
    yaml: 'hosts:\n  - root:pw@web1\n  - web1:99999\n  - 5\n  - { name: web4 }\n',
    says: [
      'ops.yaml:2:5: hosts: expected a host such as deploy@203.0.113.5:22, or a map with address, user, port, found "root:…@web1" (a password cannot stand there; ops logs in with keys)',
      'ops.yaml:3:5: hosts: expected a host such as deploy@203.0.113.5:22, or a map with address, user, port, found "web1:99999" ("99999" is no port from 1 to 65535)',
      'ops.yaml:4:5: hosts: expected a host such as deploy@203.0.113.5:22, or a map with address, user, port, found 5',
      'ops.yaml:5:5: hosts.address: expected a host name, IP address or SSH alias, found nothing',
    ],
  },
  'host key that is no fingerprint': {
    yaml: 'hosts: [{ address: web1, host_key: "MD5:aa:bb" }]\n',
    says: [
      'ops.yaml:1:36: hosts.host_key: expected a fingerprint such as SHA256:… with 43 letters, as `ssh-keygen -lf` prints it, found "MD5:aa:bb"',
    ],
  },
  'jump host that is none': {
    yaml: 'hosts: web1\nssh: { jump: [ok@bastion, "-bad"] }\n',
    says: [
      'ops.yaml:2:27: ssh.jump: expected a jump host such as user@bastion.example.com:22, found "-bad" (the address begins with -)',
    ],
  },
  'paths and URLs that are none': {
    yaml: 'hosts: web1\napp_dir: srv/app\nurl: shop.example.com\nhealth: { path: health }\ncompose: { files: ../x.yml }\n',
    says: [
      'ops.yaml:2:10: app_dir: expected an absolute directory on the server such as /srv/app, found "srv/app" (it does not begin with /)',
      'ops.yaml:3:6: url: expected a URL such as https://shop.example.com, found "shop.example.com" (it does not begin with http:// or https://)',
      'ops.yaml:4:17: health.path: expected a path of the site such as /health, found "health" (it does not begin with /)',
      'ops.yaml:5:19: compose.files: expected a file below the app directory, or an absolute path, found "../x.yml" (it leads out of the app directory)',
    ],
  },
  'URL with a password, with a query': {
    yaml: 'targets:\n  a: { hosts: h, url: "https://me:pw@x.test" }\n  b: { hosts: h, url: "https://x.test/?a=1" }\n',
    says: [
      'ops.yaml:2:23: targets.a.url: expected a URL such as https://shop.example.com, found "https://me:…@x.test" (user and password do not belong there)',
      'ops.yaml:3:23: targets.b.url: expected a URL such as https://shop.example.com, found "https://x.test/?a=1" (it is a base: no ? or # part)',
    ],
  },
  'names for Compose': {
    yaml: 'hosts: web1\ncompose: { project: Shop, profiles: [a b] }\nservices: { proxy: -p }\n',
    says: [
      'ops.yaml:2:21: compose.project: expected a Compose project name (lower case letters, digits, _ -), found "Shop"',
      'ops.yaml:2:38: compose.profiles: expected a profile name (letters, digits, _ . -), found "a b"',
      'ops.yaml:3:20: services.proxy: expected a service name (letters, digits, _ . -), found "-p"',
    ],
  },
  'empty commands': {
    yaml: 'hosts: web1\nrelease: { command: [] }\nhooks: { before_deploy: "" }\n',
    says: [
      'ops.yaml:2:21: release.command: expected at least one word, found a list',
      'ops.yaml:3:25: hooks.before_deploy: expected a command, found "" (it is empty)',
    ],
  },
  'build arguments': {
    yaml: 'hosts: web1\nbuild:\n  args:\n    GOOD: 1\n    not-good: 2\n    LIST: [1]\n',
    says: [
      'ops.yaml:5:5: expected a name of letters, digits and _, found "not-good"',
      'ops.yaml:6:11: build.args.LIST: expected a text, number, true or false, found a list',
    ],
  },
  'requests and thresholds of a load test that are none': {
    yaml: 'hosts: web1\nbench:\n  rate: 0\n  requests:\n    - api\n    - { path: /a, wieght: 1 }\n    - { path: /a, headers: { "a b": c } }\n  thresholds: [p95<3%, pp95<1s]\n',
    says: [
      'ops.yaml:3:9: bench.rate: expected a whole number from 1 to 100000, found 0',
      'ops.yaml:5:7: bench.requests: expected a path such as /api/products, or a map with path, method, weight, headers, body, found "api" (the path "api" does not begin with /)',
      'ops.yaml:6:19: unknown key "wieght"; did you mean "weight"?',
      `ops.yaml:7:7: bench.requests: expected a path such as /api/products, or a map with path, method, weight, headers, body, found a map ("a b" is no header's name)`,
      'ops.yaml:8:16: bench.thresholds: expected a threshold such as p95<300ms or errors<1%, found "p95<3%" (Durations are written as 300ms or 1.5s.)',
      'ops.yaml:8:24: bench.thresholds: expected a threshold such as p95<300ms or errors<1%, found "pp95<1s" (Metrics: avg, min, med, p90, p95, p99, p99.9, max, errors, limited, hits, rps.)',
    ],
  },
  'checks that do not exist, thresholds that are none': {
    yaml: 'hosts: web1\nchecks:\n  skip: certificat\n  thresholds:\n    cpuu: { fail: 1 }\n    disk: { fial: 1 }\n    memory: 95\n    cpu: { fail: 40% }\n',
    says: [
      'ops.yaml:3:9: checks.skip: expected workers, cache-hit-rate, response-time, cpu, health, restarts, memory, disk, database-connections, certificate, errors or drift, found "certificat" (did you mean certificate?)',
      'ops.yaml:5:5: unknown key "cpuu"; did you mean "cpu"?',
      'ops.yaml:6:13: unknown key "fial"; did you mean "fail"?',
      'ops.yaml:7:13: checks.thresholds.memory: expected a map with warn and fail, found 95',
      'ops.yaml:8:18: checks.thresholds.cpu.fail: expected a number, found "40%"',
    ],
  },
  'names of targets': {
    yaml: 'default_target: prod\ntargets:\n  production: { hosts: a }\n  "my shop": { hosts: b, brnch: x }\n',
    says: [
      'ops.yaml:1:17: default_target: there is no target "prod"; did you mean "production"?',
      'ops.yaml:4:3: expected a target name (letters, digits, _ . -), found "my shop"',
      'ops.yaml:4:26: unknown key "brnch"; did you mean "branch"?',
    ],
  },
  'default target that nothing is like': {
    yaml: 'default_target: qa\ntargets: { production: { hosts: a }, staging: { hosts: b } }\n',
    says: ['ops.yaml:1:17: default_target: there is no target "qa"; targets: production, staging'],
  },
  'duplicate key': {
    yaml: 'hosts: web1\nbranch: a\nbranch: b\n',
    says: ['ops.yaml:3:1: duplicate key "branch"'],
  },
  'tab as indentation': {
    yaml: 'deploy:\n\tkeep: 3\n',
    says: ['ops.yaml:2:1: YAML is indented with spaces, not with tabs'],
  },
  'text that never ends': {
    yaml: 'hosts: "web1\n',
    says: ['ops.yaml:2:1: no valid YAML: Missing closing "quote'],
  },
  'second document': {
    yaml: 'hosts: web1\n---\nhosts: web2\n',
    says: ['ops.yaml:2:1: a second YAML document begins here; one is allowed'],
  },
  'alias without an anchor': {
    yaml: 'hosts: *all\n',
    says: ['ops.yaml:1:1: Unresolved alias (the anchor must be set before the alias): all'],
  },
  'list instead of a file of settings': {
    yaml: '- web1\n',
    says: ['ops.yaml:1:1: expected a map of settings, found a list'],
  },
  'wrong value behind an alias is shown where it stands': {
    yaml: 'x: &d { keep: 0 }\ntargets:\n  a:\n    hosts: h\n    deploy: *d\n',
    says: [
      'ops.yaml:1:1: unknown key "x"; valid keys here: default_target, targets, hosts, production, app_dir, branch, remote, url, ssh, compose, services, health, build, release, hooks, deploy, checks, bench',
      'ops.yaml:1:15: targets.a.deploy.keep: expected a whole number from 1 to 100, found 0',
    ],
  },
};
