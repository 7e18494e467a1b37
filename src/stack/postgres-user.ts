import { execFileSync } from 'node:child_process';
import { accessSync, chownSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { UsageError } from '../domain/failure.ts';
import type { Command } from './child-process.ts';

/**
 * PostgreSQL refuses to run as root (containers, CI). It then runs as the user `postgres` or, where there
 * is none, `nobody`, who owns the folder. Ordinary users run it as themselves.
 */
export function forPostgres(folder: string, file: string): (command: Command) => Command {
  if (process.getuid?.() !== 0) return (command) => command;
  const { uid, gid } = statSync(folder).uid === 0 ? serverUser() : statSync(folder);
  chownSync(folder, uid, gid);
  if (isOpenToAll(folder) && isOpenToAll(path.dirname(file))) {
    return (command) => ({ ...command, uid, gid });
  }
  return throughClosedFolders(uid, gid, folder);
}

function serverUser(): { uid: number; gid: number } {
  for (const name of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = ['-u', '-g'].map((what) =>
        Number(execFileSync('id', [what, name], { stdio: 'pipe' })),
      );
      if (uid && gid) return { uid, gid };
    } catch {
      // No such user: the next one.
    }
  }
  throw new UsageError(
    'PostgreSQL cannot run as root, and there is no user `postgres` or `nobody` to run it as.',
    'Run as an ordinary user, create a user `postgres`, or set DATABASE_URL to a server of yours.',
  );
}

/** Whether everybody may pass through all folders above. */
function isOpenToAll(folder: string): boolean {
  for (let above = path.dirname(path.resolve(folder)); ; above = path.dirname(above)) {
    if ((statSync(above).mode & constants.S_IXOTH) === 0) return false;
    if (above === path.dirname(above)) return true;
  }
}

/**
 * Under /root, or in a folder made by mktemp, only root reaches its own files. Here PostgreSQL keeps one of
 * root's capabilities: to pass through. (`no_setuid_fixup`, because access(2) would ignore it otherwise.)
 */
function throughClosedFolders(uid: number, gid: number, folder: string): (command: Command) => Command {
  const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((file) => isExecutable(file));
  if (!setpriv) {
    throw new UsageError(
      `PostgreSQL cannot run as root, and no other user can reach ${folder}.`,
      'Run as an ordinary user, use folders that every user may enter, or set DATABASE_URL to a server of yours.',
    );
  }
  const keep = [
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
    '--securebits=+no_setuid_fixup',
  ];
  return (command) => ({ ...command, file: setpriv, args: [...keep, command.file, ...command.args] });
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
