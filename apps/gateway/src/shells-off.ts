import { refuseUpgrade, requestUrl } from '@holdfast/gate'
import { isShellPath } from '@holdfast/protocol/shell'
import type { RequestEndpoint, UpgradeEndpoint } from '@holdfast/server'
import { sendError } from './responses.ts'

const REFUSAL = { status: 403, code: 'shell/off', message: 'Shells are switched off on this gateway.' } as const

/** Answers the paths of shells where they are switched off. */
export const shellsOff: UpgradeEndpoint = {
  handles: isShellPath,
  upgrade: (_request, socket) => {
    socket.on('error', () => {})
    refuseUpgrade(socket, REFUSAL)
  },
}

/** The same for the list of shells. */
export const shellListOff: RequestEndpoint = {
  handles: (request) => /^\/shells(\/[^/]+)?\/?$/.test(requestUrl(request)?.pathname ?? ''),
  handle: (_request, response) => sendError(response, REFUSAL.status, REFUSAL.code, REFUSAL.message),
}
