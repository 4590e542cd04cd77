import { type PeerWord, peerWord } from '@holdfast/core/contract'
import type { ClassifyDialsOptions } from '@holdfast/transport-browser'

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
      const id = shellId()
      const asked = id === undefined ? `${base}/api/me` : `${base}/shells/${encodeURIComponent(id)}`
      const headers = { authorization: `Bearer ${token}` }
      const response = await fetch(asked, { headers, signal, cache: 'no-store' })
      const body = await response.text()
      const { status } = response
      if (response.ok && id === undefined && !mayStart(body))
        return { status: 403, headers: response.headers, word: MAY_NOT_START }
      const word = response.ok ? undefined : peerWord(body)
      return { status, headers: response.headers, ...(word === undefined ? {} : { word }) }
    },
  }
}

function mayStart(body: string): boolean {
  return /"startsShells":true/.test(body)
}
