import { type ConnectShell, shellEndpoint } from '@holdfast/shell'
import type { ShellCommandOptions } from './shell-options.ts'
import { shellWish } from './shell-wish.ts'

/** Where and as what a shell is dialed, in the size of this window. */
export function shellDial(options: ShellCommandOptions, command: readonly string[]): ConnectShell {
  const { url, token, observe, ifFree } = options
  const { columns, rows } = process.stdout
  return shellEndpoint({
    url,
    token,
    observe,
    onConflict: ifFree === true ? 'fail' : undefined,
    ...shellWish(options, command, { environment: process.env, hasTerminal: process.stdin.isTTY === true }),
    size: columns > 0 && rows > 0 ? { width: columns, height: rows } : undefined,
  })
}
