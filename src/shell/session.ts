import { quote } from './quote.ts';
import { exitOnSignal } from './script.ts';

/**
 * How a command gets into a shell that we know nothing about. sshd hands the text to the login shell of the account,
 * which may be fish, zsh or csh; so that text is kept to what all of them read alike, and the command itself
 * is run by POSIX `sh`. Each form first prints `marker` on both streams, on standard error with the process id,
 * which is also the id of the process group and of the session: sshd makes each command the leader of its own.
 */
export interface SessionToken {
  /** Exported as OPS_RUN_ID, so that what a dead client left behind can be found in /proc/PID/environ. */
  runId: string;
  /** A line that no output contains: letters, digits and `-` only. */
  marker: string;
}

const prologue = (marker: string) => `echo ${marker}; echo ${marker} $$ >&2`;

const start = ({ runId }: SessionToken, body: string) =>
  `exec env OPS_RUN_ID=${quote(runId)} sh -c '${body}'`;

/** Linux hands at most 128 KiB to a program as one argument. */
const longestArgument = 100_000;

/**
 * Whether the command can travel as an argument, quoted. In fish a backslash means something inside single quotes,
 * in csh a line end and `!` do; such commands travel on standard input.
 */
export function fitsArgument(command: string): boolean {
  return Buffer.byteLength(command) <= longestArgument && !/[\\\n\r!]/.test(command);
}

/** Runs a command that `fitsArgument`, with standard input all its own. */
export function argumentSession(token: SessionToken, command: string): string {
  return `${start(token, `${prologue(token.marker)}; exec sh -c "$1"`)} sh ${quote(command)}`;
}

/**
 * Runs a command that is written to standard input first (`commandHeader`); what follows is the command's own input.
 * If the connection is cut before the header is whole, nothing runs.
 */
export function headerSession(token: SessionToken): string {
  const read = [
    'ops_n=$(printf "%b" "\\012x"); ops_n=${ops_n%x}; ops_c=',
    `while IFS= read -r ops_l; do if [ "$ops_l" = ${token.marker} ]; then unset ops_l ops_n; eval "$ops_c"; exit; fi`,
    'ops_c=$ops_c$ops_l$ops_n; done; exit 255',
  ].join('; ');
  return start(token, `${prologue(token.marker)}; ${read}`);
}

/** The text to write first for `headerSession`. */
export function commandHeader({ marker }: SessionToken, command: string): string {
  return `${command}\n${marker}\n`;
}

/**
 * Runs a script that is written to standard input whole (`scriptText`). It is read to its end before it starts,
 * so a cut connection never runs half of it, and no command in it can eat the rest.
 */
export function scriptSession(token: SessionToken): string {
  const body = [
    prologue(token.marker),
    'ops_s=$(cat)',
    `case $ops_s in (*${token.marker}) ;; (*) exit 255;; esac`,
    `eval "\${ops_s%${token.marker}}"`,
  ].join('; ');
  return start(token, body);
}

/** The text to write for `scriptSession`. */
export function scriptText({ marker }: SessionToken, script: string): string {
  return `${script}\n${marker}`;
}

/**
 * Ends sessions that the forms above began: TERM to each process group and to every process of each session
 * (`timeout` makes groups of its own), and KILL to what is left after `graceSeconds`.
 */
export function endSessions(pids: readonly number[], graceSeconds: number): string {
  const rounds = Math.max(1, Math.round(graceSeconds * 5));
  return [
    `ids='${pids.join(' ')}'`,
    'members() { for d in /proc/[0-9]*; do',
    '  IFS= read -r l 2>/dev/null <"$d/stat" || continue',
    // Behind the name in parentheses: state, parent, group, session.
    '  set -- ${l##*) }; [ "$1" != Z ] || continue',
    '  case " $ids " in *" $4 "*) echo "${d#/proc/}";; esac',
    'done 2>/dev/null; }',
    'end() { for i in $ids $(members); do kill -"$1" -- "-$i" 2>/dev/null; kill -"$1" "$i" 2>/dev/null; done; }',
    'left() { for i in $ids; do kill -0 -- "-$i" 2>/dev/null && return; done; [ -n "$(members)" ]; }',
    'end TERM',
    // A stopped process hears TERM only when it goes on.
    'end CONT',
    'n=0',
    `while left && [ "$n" -lt ${rounds} ]; do n=$((n+1)); sleep 0.2 2>/dev/null || sleep 1; done`,
    'if left; then end KILL; fi',
    'exit 0',
  ].join('\n');
}

/**
 * Writes standard input to a file: beside it first, with its mode, then renamed over it; a file that did not
 * arrive whole is thrown away. What somebody has put in the place of the first file is not written to.
 * @param bytes length of the content
 */
export function receiveFile(path: string, mode: number, bytes: number): string {
  return [
    'umask 077',
    `f=${quote(path)}`,
    't=$f.ops-$$',
    'set -C; : >"$t" || exit 1; set +C',
    `trap 'rm -f "$t"' EXIT`,
    exitOnSignal,
    `cat >"$t" || exit 1`,
    `n=$(wc -c <"$t")`,
    `[ "$n" -eq ${bytes} ] || { echo "only $n of ${bytes} bytes arrived" >&2; exit 1; }`,
    `chmod ${mode.toString(8).padStart(4, '0')} "$t" || exit 1`,
    'sync "$t" 2>/dev/null',
    'mv -f "$t" "$f" || exit 1',
    'trap - EXIT',
  ].join('\n');
}
