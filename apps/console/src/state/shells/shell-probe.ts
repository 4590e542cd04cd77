import { type PeerWord, peerWord } from '@holdfast/core/contract'
import { parseShellList } from '@holdfast/protocol/shell'
import type { ClassifyDialsOptions, ProbeResponse } from '@holdfast/transport-browser'
import { FULL } from './shell-words.ts'

/** What a probe asks about. */
export interface ShellProbeParts {
  readonly url: string
  readonly token: string
  /** The shell that is dialed, where there has to be one already; undefined: that it is not there is no refusal. */
  readonly shellId: () => string | undefined
}

const MAY_NOT_START: PeerWord = { code: 'shell/forbidden', message: 'You may not open shells here.' }

/** Asks over HTTP, with the same token, what the dial of a shell asks: browsers hide why a dial was refused. */
export function shellProbe({ url, token, shellId }: ShellProbeParts): ClassifyDialsOptions {
  const base = url.replace(/^ws/i, 'http')
  return {
    everyFailures: 1,
    fetch: async (_dialed, { signal }) => {
      const asked = async (path: string): Promise<Answer> => {
        const init = { headers: { authorization: `Bearer ${token}` }, signal, cache: 'no-store' } as const
        const response = await fetch(`${base}${path}`, init)
        return { status: response.status, headers: response.headers, body: await response.text() }
      }
      const id = shellId()
      if (id !== undefined) return withWord(await asked(`/shells/${encodeURIComponent(id)}`))
      const me = await asked('/api/me')
      if (me.status !== 200) return withWord(me)
      if (!mayStart(me.body)) return refusal(me, 403, MAY_NOT_START)
      const shells = await asked('/shells')
      const full = fullIn(shells.body)
      return full === undefined ? withWord(me) : refusal(shells, 503, { code: FULL, message: full })
    },
  }
}

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

function withWord({ status, headers, body }: Answer): ProbeResponse {
  const word = status === 200 ? undefined : peerWord(body)
  return word === undefined ? { status, headers } : { status, headers, word }
}

function refusal({ headers }: Answer, status: number, word: PeerWord): ProbeResponse {
  return { status, headers, word }
}

function mayStart(body: string): boolean {
  return /"startsShells":true/.test(body)
}

/** Why there is no room for another shell. */
function fullIn(body: string): string | undefined {
  try {
    const parsed = parseShellList(JSON.parse(body))
    return parsed.ok ? parsed.message.full : undefined
  } catch {
    // Something on the way answers for the gateway.
    return undefined
  }
}
