import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkedDecision, defaultPolicy } from '../src/host/spawn-policy.ts'

/** What a shell says of itself, asked in its own words. */
export const IS_LOGIN: Readonly<Record<string, string>> = {
  bash: 'shopt -q login_shell && echo login',
  // It has no other way to tell.
  dash: '[ "$PROFILE" = read ] && echo login',
  fish: 'status is-login; and echo login',
  zsh: '[[ -o login ]] && echo login',
}

/** A shell of this system with these arguments, made by the policy: whether it is one of a login. */
export async function isLoginShell(name: string, args: readonly string[], login: boolean): Promise<boolean> {
  const home = mkdtempSync(join(tmpdir(), 'login-'))
  writeFileSync(join(home, '.profile'), 'PROFILE=read\n')
  try {
    const policy = defaultPolicy({ shell: name, shellArgs: args, cwd: home, env: { HOME: home } })
    const request = { principal: { id: 'ada', scopes: new Set<string>() }, shellId: 's', tty: true }
    const decision = checkedDecision(await policy({ ...request, login, size: { width: 80, height: 24 } }))
    const command = ['-c', `${IS_LOGIN[name]}; true`]
    const said = execFileSync(decision.file, [...decision.args, ...command], { env: decision.env, encoding: 'utf8' })
    return said.trim() === 'login'
  } finally {
    rmSync(home, { recursive: true })
  }
}
