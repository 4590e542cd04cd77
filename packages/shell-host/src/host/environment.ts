import { shellError } from '../errors.ts'
import { userAndHome } from './user-and-home.ts'

/** Names that change which code a program runs. A client may never set them. */
const REFUSED =
  /^(LD_.*|DYLD_.*|NODE_OPTIONS|NODE_PATH|NODE_EXTRA_CA_CERTS|BASH_ENV|ENV|SHELLOPTS|BASHOPTS|BASH_FUNC_.*|PROMPT_COMMAND|PS4|IFS|PYTHON(PATH|STARTUP|HOME)|PERL5?(LIB|OPT)|RUBY(LIB|OPT)|JAVA_TOOL_OPTIONS|GCONV_PATH|LOCPATH|HOSTALIASES|GIT_(SSH.*|EXEC_PATH|CONFIG.*)|HOLDFAST_.*|PATH|HOME|USER|LOGNAME|SHELL)$/

/** What {@link shellEnvironment} builds from. */
export interface EnvironmentParts {
  /** The program's own shell, for SHELL. */
  readonly shell: string
  /** For USER and HOME. @defaultValue as {@link userAndHome} finds them */
  readonly user?: string | undefined
  readonly home?: string | undefined
  /** What the operator adds. Anything goes. */
  readonly server?: Readonly<Record<string, string>> | undefined
  /** What the client asks for. Names outside `allowed` and names that change which code runs are refused. */
  readonly client?: Readonly<Record<string, string>> | undefined
  /** Names that a client may set. @defaultValue LANG LANGUAGE LC_* TERM COLORTERM TZ NO_COLOR EDITOR PAGER */
  readonly allowed?: ((name: string) => boolean) | undefined
}

const ALLOWED = /^(LANG|LANGUAGE|LC_[A-Z]+|TERM|COLORTERM|TZ|NO_COLOR|FORCE_COLOR|EDITOR|VISUAL|PAGER)$/

/**
 * The whole environment of a new shell, built from nothing: none of the server's own variables is in it.
 * @throws `shell/not_allowed` for a name that a client may not set.
 */
export function shellEnvironment(parts: EnvironmentParts): Record<string, string> {
  const { user = userAndHome().user, home = userAndHome().home } = parts
  const allowed = parts.allowed ?? ((name: string): boolean => ALLOWED.test(name))
  for (const [name, value] of Object.entries(parts.client ?? {})) {
    if (REFUSED.test(name) || !allowed(name) || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || value.includes('\0')) {
      throw shellError(
        'shell/not_allowed',
        `The variable ${JSON.stringify(name.slice(0, 64))} may not be set by a client.`,
      )
    }
  }
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: home,
    USER: user,
    LOGNAME: user,
    SHELL: parts.shell,
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    ...parts.client,
    ...parts.server,
  }
}
