import { beforeAll, expect, it } from 'vitest'
import { installTerminalPrograms } from '../../../../scripts/terminal-programs.ts'
import { IS_LOGIN, isLoginShell } from '../login-shells.ts'

beforeAll(() => installTerminalPrograms())

const ARGS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  bash: [[], ['--norc', '--noprofile']],
  dash: [[]],
  fish: [[], ['--no-config'], ['--private']],
  zsh: [[], ['--no-rcs'], ['-f', '--no-global-rcs'], ['-o', 'nullglob']],
}

it.each(Object.keys(IS_LOGIN))(
  '%s begins as at a login when it is asked to, whatever else it is given',
  async (name) => {
    for (const args of ARGS[name] ?? []) {
      expect(await isLoginShell(name, args, true), args.join(' ')).toBe(true)
      expect(await isLoginShell(name, args, false), args.join(' ')).toBe(false)
    }
  },
)
